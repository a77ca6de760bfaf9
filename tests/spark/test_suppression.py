"""Rows without content, as Spark makes them and as silver takes them."""

from datetime import UTC, datetime

import pytest
from pyspark.sql import SparkSession
from pyspark.testing import assertDataFrameEqual

from gympulse.io.bronze import without_suppressed
from gympulse.io.from_records import accepted
from gympulse.io.judgements import broken
from gympulse.model.tables import GYM_LOGINS, KAFKA_MULTIPLEX, REGISTERED_USERS
from gympulse.settings import Rules
from gympulse.transforms.mentions import DEVICE, USER, Mention
from gympulse.transforms.silver import gym_logs, registrations
from gympulse.transforms.suppression import ERASED, Suppressed, digest

KEY, AT = b"key", datetime(2025, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
OWN = {Mention(USER, "12474"): (None, None), Mention(DEVICE, "7"): (None, 20_000_000)}
WHO = Suppressed(KEY, {(m.kind, digest(KEY, m)): (found,) for m, found in OWN.items()})


def record(value: str | None, key: str | None = None, topic: str = "bpm", offset: int = 0) -> tuple:
    return key, value, "utf-8", topic, 0, offset, AT, AT.date(), "kafka", AT


def test_records_without_content_keep_their_place(spark: SparkSession) -> None:
    """Types and instants to the microsecond; rows of others pass as they are."""
    others = [
        record('{"device_id": 7, "time": 20}', "7", offset=1),
        record(None, "5", "workout", offset=2),
    ]
    own = record('{"device_id": 7, "time": 19}', "7", offset=3)
    rows = spark.createDataFrame([*others, own], KAFKA_MULTIPLEX.ddl)
    left = (None, None, ERASED, *own[3:])

    expected = spark.createDataFrame([*others, left], KAFKA_MULTIPLEX.ddl)
    assertDataFrameEqual(without_suppressed(rows, KAFKA_MULTIPLEX, WHO), expected)


def test_where_nobody_was_erased_nothing_is_done(spark: SparkSession) -> None:
    """Not a function of Python, not a step of the plan."""
    rows = spark.createDataFrame([], KAFKA_MULTIPLEX.ddl)

    assert without_suppressed(rows, KAFKA_MULTIPLEX, None) is rows


@pytest.mark.parametrize(
    ("table", "recipe", "texts"),
    [
        (REGISTERED_USERS, registrations.RECIPE, ("12474", "8", "aa:00:00:00:00:01", "1678451529")),
        (GYM_LOGINS, gym_logs.RECIPE, None),
    ],
    ids=["registrations", "logins"],
)
def test_lines_without_content_are_valid_and_say_nothing(
    spark: SparkSession, table, recipe, texts
) -> None:
    """Silver takes them as it does Kafka's tombstones: no row, no entry of the quarantine."""
    raw = None if texts else "12474"
    row = (*(texts or [None] * 4), None, raw, "utf-8", "a.csv", 2, AT)
    left = without_suppressed(spark.createDataFrame([row], table.ddl), table, WHO).localCheckpoint()

    expected = spark.createDataFrame([(*[None] * 6, ERASED, "a.csv", 2, AT)], table.ddl)
    assertDataFrameEqual(left, expected)
    assert accepted(left, recipe, Rules()).isEmpty()
    assert broken(recipe.parse(left, Rules()), recipe, Rules()).isEmpty()
