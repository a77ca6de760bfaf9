"""What a job is told: defaults, options, and a sentence for each that cannot be used."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gympulse.errors import BadSettings
from gympulse.lake import Lake
from gympulse.settings import Kafka, Rules, Settings, parse_arguments, rule_words

SERVERS = ("--kafka-bootstrap-servers", "localhost:9092")
NO_LAKE = "--lake is missing: give the lake's local path or abfss:// URI."
NO_SERVERS = "--kafka-bootstrap-servers is missing: give the broker's HOST:PORT."


def no_zone(name):
    """What is said of a time zone that nobody knows."""
    return f"--time-zone is '{name}'; an IANA name such as 'Europe/Paris' is needed."


def no_limits(least, most):
    """What is said of limits that leave no session."""
    return (
        f"--min-session-seconds is {least} and --max-session-seconds is {most}; "
        "0 <= min <= max is needed."
    )


def no_option(text):
    """What is said of a consumer setting without a value."""
    return f"--kafka-option is '{text}'; NAME=VALUE is needed."


@pytest.mark.parametrize(
    ("layer", "arguments", "settings"),
    [
        pytest.param("silver", [], Settings(Lake("l", "dev"), Rules(), None), id="defaults"),
        pytest.param("gold", [], Settings(Lake("l", "dev"), Rules(), None), id="defaults of gold"),
        pytest.param(
            "silver",
            ["--env", "prod", "--time-zone", "Europe/Paris"],
            Settings(Lake("l", "prod"), Rules(time_zone="Europe/Paris")),
            id="environment and zone",
        ),
        pytest.param(
            "silver",
            ["--min-session-seconds", "0", "--max-session-seconds", "0"],
            Settings(Lake("l"), Rules(min_session_seconds=0, max_session_seconds=0)),
            id="equal limits",
        ),
        pytest.param(
            "bronze", SERVERS, Settings(Lake("l"), Rules(), Kafka("localhost:9092")), id="Kafka"
        ),
        pytest.param(
            "bronze",
            [*SERVERS, "--kafka-option", "client.id=c=d", "--kafka-option", "client.rack="],
            Settings(
                Lake("l"), Rules(), Kafka("localhost:9092", {"client.id": "c=d", "client.rack": ""})
            ),
            id="consumer settings",
        ),
        pytest.param(
            "bronze",
            [*SERVERS, "--accept-kafka-loss", "bpm", "--accept-kafka-loss", "workout"],
            Settings(
                Lake("l"), Rules(), Kafka("localhost:9092", accepted_losses=("bpm", "workout"))
            ),
            id="accepted losses",
        ),
        pytest.param(
            "gold",
            ["--airflow-run=gold/-1"],
            Settings(Lake("l"), Rules(), airflow_run="gold/-1"),
            id="a run of Airflow",
        ),
    ],
)
def test_options_become_settings(layer, arguments, settings):
    assert parse_arguments(layer, ["--lake", "l", *arguments]) == settings


def test_the_contracts_limits_are_the_defaults():
    assert Rules() == Rules("UTC", 60, 43_200, 20.0, 250.0, 60.0, 60, 60, 40.0, 10)


@pytest.mark.parametrize(
    ("layer", "arguments", "problems"),
    [
        pytest.param("silver", [], [NO_LAKE], id="no lake"),
        pytest.param("silver", ["--lake", ""], [NO_LAKE], id="an empty lake"),
        *(
            pytest.param("gold", ["--lake", "l", "--time-zone", z], [no_zone(z)], id=f"zone {z!r}")
            for z in ("Paris", "", "Europe/Pari", "../../etc/passwd", "Europe", "+02:00", "utc ")
        ),
        pytest.param(
            "silver",
            ["--lake", "l", "--min-session-seconds", "61", "--max-session-seconds", "60"],
            [no_limits(61, 60)],
            id="the least above the most",
        ),
        pytest.param(
            "silver",
            ["--lake", "l", "--min-session-seconds", "-1"],
            [no_limits(-1, 43200)],
            id="a negative limit",
        ),
        pytest.param("bronze", ["--lake", "l"], [NO_SERVERS], id="no broker"),
        *(
            pytest.param(
                "bronze",
                ["--lake", "l", *SERVERS, "--kafka-option", text],
                [no_option(text)],
                id=f"option {text!r}",
            )
            for text in ("a", "=b", "", "=")
        ),
        pytest.param(
            "bronze",
            ["--lake", "l", *SERVERS, "--accept-kafka-loss", "sleep"],
            ["--accept-kafka-loss is 'sleep'; one of bpm, user_info, workout is needed."],
            id="an unknown topic",
        ),
        pytest.param(
            "bronze",
            ["--time-zone", "x", "--min-session-seconds", "-1", "--kafka-option", "a"],
            [NO_LAKE, no_zone("x"), no_limits(-1, 43200), NO_SERVERS, no_option("a")],
            id="all at once",
        ),
    ],
)
def test_every_problem_is_in_the_one_error(layer, arguments, problems):
    with pytest.raises(BadSettings) as caught:
        parse_arguments(layer, arguments)

    assert list(caught.value.problems) == problems
    assert str(caught.value) == "\n".join(problems)


@pytest.mark.parametrize("layer", ["silver", "gold"])
def test_only_bronze_is_told_of_kafka(layer, capsys):
    with pytest.raises(SystemExit) as caught:
        parse_arguments(layer, ["--lake", "l", *SERVERS])

    assert caught.value.code == 2
    assert "--kafka-bootstrap-servers" in capsys.readouterr().err


text = st.text(st.characters(exclude_characters="-", exclude_categories=["Cs"]), max_size=8)


@given(zone=text, least=st.integers(-5, 5), most=st.integers(-5, 5), options=st.lists(text))
def test_arguments_are_either_settings_or_named_problems(zone, least, most, options):
    """Never another error, whatever is given."""
    arguments = ["--lake", "l", *SERVERS, f"--time-zone={zone}"]
    arguments += [f"--min-session-seconds={least}", f"--max-session-seconds={most}"]
    arguments += [f"--kafka-option={option}" for option in options]
    expected = [] if 0 <= least <= most else [no_limits(least, most)]
    expected += [no_option(o) for o in options if "=" not in o or o.startswith("=")]
    try:
        parse_arguments("bronze", arguments)
        found = []
    except BadSettings as error:
        found = [
            problem
            for problem in error.problems
            if problem != no_zone(zone) and not problem.startswith("Kafka's setting ")
        ]

    assert found == expected


def test_rules_are_said_as_options():
    words = rule_words('{"max_heartrate": 230, "expectations": {"stale_source": "fail"}}')

    assert words == ["--max-heartrate=230", "--expectation=stale_source=fail"]
    assert parse_arguments("silver", ["--lake", "l", *words]).rules == Rules(
        max_heartrate=230, actions=(("stale_source", "fail"),)
    )
    assert rule_words("") == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[]", "gympulse_rules is '[]'; a JSON object is needed."),
        ("{", "gympulse_rules is '{'; a JSON object is needed."),
        (
            '{"max_heart": 1}',
            "gympulse_rules has max_heart; known: min_session_seconds, max_session_seconds, "
            "min_heartrate, max_heartrate, resting_heartrate, min_abnormal_seconds, "
            "max_silence_seconds, max_jump, max_jump_seconds, max_clock_ahead_seconds, "
            "max_source_age_hours, max_rejected_percent, max_volume_change_percent, expectations.",
        ),
    ],
)
def test_rules_that_cannot_be_read(text, problem):
    with pytest.raises(BadSettings) as refusal:
        rule_words(text)
    assert refusal.value.problems == (problem,)


@pytest.mark.parametrize("word", ["clock_ahead", "=fail", "clock_ahead=ignore"])
def test_an_action_that_there_is_not(word):
    name, _, action = word.partition("=")
    with pytest.raises(BadSettings) as refusal:
        parse_arguments("silver", ["--lake", "l", "--expectation", word])
    assert refusal.value.problems == (
        f"--expectation is '{name}={action}'; NAME=quarantine, NAME=warn or NAME=fail is needed.",
    )
