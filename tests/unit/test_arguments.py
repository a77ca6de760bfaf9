"""A command line says what a form says, and is read as it was meant."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gympulse.errors import BadSettings
from gympulse.lake import Lake
from gympulse.operations import arguments
from gympulse.operations.arguments import parse, words
from gympulse.operations.checks import check
from gympulse.operations.options import OPTIONS
from gympulse.settings import Rules, Settings

# Later than every day that is made up here.
TODAY = date(2025, 6, 1)
NO_REASON = "reason is missing. Why this is done, for whoever reads the record later."


@pytest.mark.parametrize(
    ("job", "asked", "said"),
    [
        pytest.param("verify", {}, [], id="nothing"),
        pytest.param("verify", {"from_date": None, "tables": []}, [], id="what is empty"),
        pytest.param("verify", {"tables": ()}, [], id="an empty tuple"),
        pytest.param("backfill", {"layers": None}, ["--layers"], id="none chosen, not the default"),
        pytest.param("verify", {"to_date": date(2025, 3, 1)}, ["--to-date=2025-03-01"], id="a day"),
        pytest.param(
            "verify",
            {"tables": ("users", "workouts")},
            ["--tables", "users", "workouts"],
            id="list",
        ),
        pytest.param("backfill", {"dry_run": True}, ["--dry-run"], id="a flag that is on"),
        pytest.param("backfill", {"dry_run": False}, ["--no-dry-run"], id="a flag that is off"),
        pytest.param("backfill", {"reason": "--mode x"}, ["--reason=--mode x"], id="a dash"),
        pytest.param(
            "gold_rebuild", {"max_removed_percent": 0}, ["--max-removed-percent=0"], id="a zero"
        ),
        pytest.param("verify", {"require_approval": True}, [], id="what is Airflow's alone"),
        pytest.param(
            "quarantine_review",
            {"cures": {"zip": "'é'", "a.b": 'x = "y"'}, "rules": ["bad_time"]},
            ["--rules", "bad_time", """--cures={"zip": "'\\u00e9'", "a.b": "x = \\"y\\""}"""],
            id="cures",
        ),
        pytest.param("quarantine_review", {"cures": {}, "rules": []}, [], id="no cures"),
    ],
)
def test_a_command_line_says_what_a_form_says(job, asked, said):
    assert words(job, asked) == said


def test_a_request_has_the_lake_the_rules_and_a_name():
    request = parse("verify", ["--lake", "l", "--time-zone=Europe/Paris", "--operation-id=-night"])

    assert request.operation_id == "-night"
    assert request.settings == Settings(Lake("l"), Rules(time_zone="Europe/Paris"))
    assert request.dates == (None, None)
    assert not request.is_dry_run


def test_a_restore_may_be_told_of_kafka(monkeypatch):
    """For bronze alone, which is read again from there; secrets are in the environment."""
    monkeypatch.setenv("GYMPULSE_KAFKA_OPTIONS", '{"client.id": "s"}')
    said = ["--lake", "l", "--point=p", "--reason=why"]
    kafka = parse("restore", [*said, "--kafka-bootstrap-servers=broker:9092"]).settings.kafka

    assert (kafka.bootstrap_servers, kafka.options) == ("broker:9092", {"client.id": "s"})
    assert parse("restore", said).settings.kafka is None
    monkeypatch.setenv("GYMPULSE_KAFKA_OPTIONS", "[]")
    assert parse("restore", said).settings.kafka is None
    with pytest.raises(BadSettings, match="is no JSON object"):
        parse("restore", [*said, "--kafka-bootstrap-servers=broker:9092"])


@pytest.mark.parametrize(
    ("said", "operator"),
    [
        pytest.param(["--by=-- Ann"], "-- Ann", id="whoever is named"),
        pytest.param([], "bob", id="or else the user of the system"),
        pytest.param(["--by= "], "bob", id="not a blank"),
    ],
)
def test_a_request_says_who_asks(monkeypatch, said, operator):
    monkeypatch.setenv("LOGNAME", "bob")

    assert parse("verify", ["--lake", "l", *said]).operator == operator


def test_a_user_without_a_name_is_unknown(monkeypatch):
    def nobody():
        raise KeyError("getpwuid(): uid not found: 1000")

    monkeypatch.setattr(arguments.getpass, "getuser", nobody)

    assert parse("verify", ["--lake", "l"]).operator == "unknown"


def test_an_operation_without_a_name_is_given_one():
    names = {parse("verify", ["--lake", "l"]).operation_id for _ in range(2)}

    assert len(names) == 2
    assert all(name.startswith("verify-") for name in names)


def test_a_command_line_names_problems_of_the_job_and_of_the_operation():
    with pytest.raises(BadSettings) as refused:
        parse("gold_rebuild", ["--max-removed-percent=200"])

    assert list(refused.value.problems) == [
        "--lake is missing: give the lake's local path or abfss:// URI.",
        NO_REASON,
        "max_removed_percent is 200; 0 to 100 is needed.",
    ]


_TEXTS = st.text("-= x'\"%{}\né", max_size=8)


def _values(option):
    """What a form may hold for an option, right or wrong."""
    if option.type is bool:
        return st.none() | st.booleans()
    if option.type is date:
        return st.none() | st.dates(date(1999, 1, 1), date(2024, 1, 1)).map(str) | st.just("soon")
    if option.type is float:
        return st.none() | st.integers(-1, 101) | st.floats(-1, 101)
    if option.type is list:
        return st.none() | st.lists(st.sampled_from([*option.choices, "unknown"]), max_size=3)
    if option.type is dict:
        texts = st.dictionaries(_TEXTS, _TEXTS, max_size=3)
        return st.none() | texts | texts.map(json.dumps) | st.sampled_from(["[]", '{"a": 1}', "{"])
    if option.choices:
        return st.none() | st.sampled_from([*option.choices, "unknown"])
    return st.none() | _TEXTS


forms = st.one_of(
    st.tuples(
        st.just(job),
        st.fixed_dictionaries({}, optional={each.name: _values(each) for each in options}),
    )
    for job, options in OPTIONS.items()
)


def _outcome(ask):
    try:
        return ask()
    except BadSettings as refused:
        return refused.problems


@given(forms)
def test_a_form_and_its_command_line_ask_for_the_same(form):
    """Or are refused with the same problems."""
    job, asked = form

    checked = _outcome(lambda: check(job, asked, TODAY))

    assert _outcome(lambda: _parsed(job, asked)) == checked
    if isinstance(checked, dict):
        assert _parsed(job, checked) == checked


def _parsed(job, asked):
    return parse(job, ["--lake=l", *words(job, asked)]).values
