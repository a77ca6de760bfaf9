"""Entry points do as a task on Databricks needs it: they return, or raise with a sentence."""

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from gympulse import entry_points, job
from gympulse.errors import JobFailed, SourceAway

ROOT = Path(__file__).parents[2]


def test_every_script_is_an_entry_point_and_loads():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    points = [EntryPoint(name, at, "") for name, at in declared["gympulse.jobs"].items()]

    scripts = {path.stem for path in (ROOT / "spark_jobs").glob("*.py")}
    assert {point.name for point in points} == scripts | {"unity_catalog"}
    assert {point.load().__name__ for point in points} == {point.name for point in points}


@pytest.fixture
def told(monkeypatch):
    """Let silver's work be a function's, and tell it words."""

    def tell(work, *words):
        monkeypatch.setattr(job, "run_layer", work)
        monkeypatch.setattr("sys.argv", ["silver", *words])
        return entry_points.silver

    return tell


def test_a_job_that_is_done_returns(told, capsys):
    seen = []

    assert told(lambda *args: seen.append(args[:2]), "--lake=/lake")() is None
    assert [(layer, settings.lake.root) for layer, settings in seen] == [("silver", "/lake")]
    assert capsys.readouterr().out.splitlines()[-1] == "silver is done."


def _away(*_):
    raise SourceAway("Kafka", "localhost:9092", "refused")


@pytest.mark.parametrize(
    ("work", "words", "said"),
    [
        pytest.param(
            _away,
            ["--lake=/lake"],
            "silver failed: Kafka at localhost:9092 does not answer (refused). Start it or "
            "correct the address; the next run takes all that has gathered meanwhile.\n"
            "More in README.md, When something breaks: Kafka or a database does not answer.",
            id="its work fails",
        ),
        pytest.param(
            print,
            [],
            "silver failed: --lake is missing: give the lake's local path or abfss:// URI.\n"
            "More in README.md, When something breaks: A setting or a form is refused.",
            id="words cannot be used",
        ),
        pytest.param(
            print,
            ["--lake=/lake", "--ocean"],
            "silver failed: it was told words that it does not understand; its log says which.\n"
            "More in README.md, When something breaks: A setting or a form is refused.",
            id="words are unknown",
        ),
    ],
)
def test_a_job_that_fails_raises_its_sentence(told, work, words, said):
    with pytest.raises(JobFailed) as failure:
        told(work, *words)()

    assert str(failure.value) == said


def test_serverless_compute_is_refused(told, monkeypatch):
    monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", "client.4.9")

    with pytest.raises(JobFailed, match="Give the task a cluster"):
        told(print, "--lake=/lake")()
