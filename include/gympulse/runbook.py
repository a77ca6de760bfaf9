"""The sections of README.md under *When something breaks*, which failures name."""

from enum import StrEnum


class Section(StrEnum):
    """A section's heading: the symptom."""

    SOURCE_AWAY = "Kafka or a database does not answer"
    KAFKA_LOSS = "Kafka no longer holds what is to be read"
    HELD = "Another process is at work"
    STORE_AWAY = "The lake cannot be reached"
    DISK = "A disk is full, or cannot be written"
    LATE = "A run is late, or waits"
    UNEXPECTED = "Rows are set aside, or not as expected"
    NOT_EQUAL = "Tables are not what they should be"
    NOT_MAINTAINED = "Files are not cleared away"
    UNKNOWN = "What was read is unknown"
    SETTINGS = "A setting or a form is refused"
    REFUSED = "An operation is refused"
    SPARK = "Spark stops, or a cluster does"
    SERVING = "The dashboard, the REST API or the SQL shell refuses"
    LOCAL = "The local machine"


def more(section: Section) -> str:
    """Where README.md says more, as a sentence."""
    return f"More in README.md, When something breaks: {section}."
