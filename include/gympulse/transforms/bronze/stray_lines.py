"""Lines of archives that are no records: what each is told to be."""

from gympulse.model.bronze import TOPICS
from gympulse.transforms.expectations import Expectation

_TOPIC = "get_json_object(value, '$.topic')"
_IS_KNOWN = f"{_TOPIC} IN ({', '.join(repr(topic) for topic in TOPICS)})"

EXPECTATIONS = (
    Expectation(
        "unknown_topic",
        _IS_KNOWN,
        f"A record's topic is one of {', '.join(TOPICS)}.",
        # Then it is no record at all.
        is_met_by_null=True,
    ),
    Expectation(
        "bad_archive_line",
        f"NOT {_IS_KNOWN}",
        "A line is one JSON object in UTF-8 with a `topic` and a `value`.",
    ),
)
