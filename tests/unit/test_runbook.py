"""Failures name sections that the README has."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.errors import PySparkException

import gympulse.local.errors
import gympulse.serving.statements  # noqa: F401
from gympulse.errors import BadSettings, GympulseError, JobFailed, NotExpected
from gympulse.job import done
from gympulse.runbook import Section, more

README = (Path(__file__).parents[2] / "README.md").read_text()


def kinds(of: type[GympulseError] = GympulseError) -> Iterator[type[GympulseError]]:
    """All kinds of failures."""
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_the_readme_has_these_sections():
    _, _, rest = README.partition("\n## When something breaks\n")
    chapter, _, _ = rest.partition("\n## ")
    assert re.findall("^### (.*)$", chapter, re.MULTILINE) == list(Section)


def test_each_failure_names_one():
    own = {kind for kind in kinds() if kind.__module__.startswith("gympulse.")} - {JobFailed}
    assert {kind.__name__ for kind in own if not hasattr(kind, "section")} == set()
    assert {type(kind.section) for kind in own} == {Section}


def test_a_failure_says_where_more_is_said():
    failure = JobFailed("silver", str(BadSettings(["--lake is missing."])), Section.SETTINGS)
    assert str(failure) == (
        "silver failed: --lake is missing.\n"
        "More in README.md, When something breaks: A setting or a form is refused."
    )
    assert BadSettings(["--lake is missing."]).explained == str(failure).removeprefix(
        "silver failed: "
    )


WAY_OUT = "Nothing is lost: the next run resumes where this one stopped."


@pytest.mark.parametrize(
    ("told", "section"),
    [
        pytest.param("gympulse.errors.NotExpected: {}", NotExpected.section, id="a failed rule"),
        pytest.param("java.lang.OutOfMemoryError: {}", Section.SPARK, id="Spark's own"),
    ],
)
def test_what_a_batch_raised_keeps_its_section(told, section):
    """Spark hands on the text of it alone, among its own."""

    def work() -> None:
        raise PySparkException(f"[STREAM_FAILED] Query: {told.format('Rows are odd.')}\n\tat java")

    with pytest.raises(JobFailed) as failure:
        done("silver", work)

    assert failure.value.section == section
    assert str(failure.value).endswith(f"Rows are odd.\n{WAY_OUT}\n{more(section)}")
