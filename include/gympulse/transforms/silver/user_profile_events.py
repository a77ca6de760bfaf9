"""Profile events: every event once, whether it came flat or from Debezium.

Debezium's fields are those of its PostgreSQL and SQL Server connectors' event values.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from gympulse.model.silver import PROFILE
from gympulse.model.tables import KAFKA_MULTIPLEX, USER_PROFILE_EVENTS
from gympulse.settings import Rules
from gympulse.transforms.expectations import Expectation, readable_bytes, required, valid_instant
from gympulse.transforms.other_fields import OTHERS
from gympulse.transforms.payloads import STRICT, bounded, instant, one_object, whole
from gympulse.transforms.recipe import FromRecords
from gympulse.transforms.silver.user_profile_fields import ADDRESS, KNOWN, all_fields

_ACTIONS = {"c": "new", "r": "new", "u": "update", "d": "delete"}
# Where the event's numbers are, as decimals that hold every one the platform accepts.
_ID = "user_id: decimal(38,18)"
_IMAGES = (
    f"before: struct<{_ID}>, after: struct<{_ID}>, "
    "source: struct<ts_ms: decimal(38,20), lsn: decimal(38,18)>"
)
_DECIMALS = f"struct<{_ID}, timestamp: decimal(38,25), {_IMAGES}, payload: struct<{_IMAGES}>>"
_NUMBERS = "^(BIGINT|DECIMAL.*|DOUBLE)$"


def parse(records: DataFrame, rules: Rules) -> DataFrame:
    """Add an event's columns to records of topic ``user_info``; what cannot be read is null.

    Returns:
        The event's columns, ``OTHERS``, and for the rules: ``_is_flat``, ``_bad_fields`` (names
        of profile fields that are present but ill typed) and ``_bad_position``.
    """
    return (
        records.withColumn("_document", _document(F.col("value")))
        .withColumn("_event", _event(F.col("_document")))
        .withColumn("_decimals", F.from_json(bounded(F.col("value")), _DECIMALS, STRICT))
        .withColumn("_is_flat", _text("_event", "update_type").isNotNull())
        .withColumn("_action", _action())
        .withColumn("_image", _image())
        .withColumn(
            "_address",
            F.when(~F.col("_is_flat"), F.col("_image")).otherwise(
                F.try_variant_get("_event", "$.address", "variant")
            ),
        )
        .select(
            *(name for name in records.columns if name != "timestamp"),
            "_is_flat",
            F.col("_action").alias("action"),
            _user_id().alias("user_id"),
            _time().alias("time"),
            _log_position().alias("log_position"),
            _bad_position().alias("_bad_position"),
            _bad_fields().alias("_bad_fields"),
            _dob().alias("dob"),
            *(_text(_holder(name), name).alias(name) for name in PROFILE[1:-1]),
            _zip().alias("zip"),
            all_fields().alias(OTHERS),
        )
    )


EXPECTATIONS = (
    readable_bytes(),
    Expectation(
        "unknown_update_type",
        "action IN ('new', 'append', 'update', 'delete')",
        "`update_type` is `new`, `append`, `update` or `delete`; Debezium's `op` `c`, `r`, `u` "
        "or `d`.",
    ),
    required("bad_user_id", "user_id", "`user_id` is a whole number of 64 bits."),
    valid_instant("bad_timestamp", "time"),
    Expectation(
        "bad_log_position",
        "NOT _bad_position",
        "Debezium's `lsn` is a whole number, `commit_lsn` and `change_lsn` are texts.",
    ),
    # They may be absent or null.
    Expectation(
        "bad_profile_field",
        "size(_bad_fields) = 0",
        "Profile fields are of their types, and `dob` is a real date.",
    ),
)


def _document(value: Column) -> Column:
    """The payload as variant; null unless it is one object."""
    return F.when(one_object(value, ["_"]).isNotNull(), F.try_parse_json(value))


def _event(document: Column) -> Column:
    """The event: flat, bare Debezium, or out of Connect's envelope."""
    payload = F.try_variant_get(document, "$.payload", "variant")
    is_wrapped = (
        F.try_variant_get(document, "$.update_type", "string").isNull()
        & F.try_variant_get(document, "$.op", "variant").isNull()
        & _type(payload).startswith("OBJECT")
    )
    return F.when(is_wrapped, _unflattened(payload)).otherwise(document)


def _unflattened(payload: Column) -> Column:
    """A wrapped payload is a Debezium event, whatever fields of a flat one it has."""
    return F.when(F.try_variant_get(payload, "$.update_type", "string").isNull(), payload)


def _action() -> Column:
    op = _text("_event", "op")
    by_op = [F.when(op == letter, F.lit(action)) for letter, action in _ACTIONS.items()]
    return F.when(F.col("_is_flat"), _text("_event", "update_type")).otherwise(F.coalesce(*by_op))


def _image() -> Column:
    before, after = (
        F.try_variant_get("_event", f"$.{at}", "variant") for at in ("before", "after")
    )
    return (
        F.when(F.col("_is_flat"), F.col("_event"))
        .when(F.col("_action") == "delete", before)
        .otherwise(after)
    )


def _user_id() -> Column:
    after, before = _exact("after.user_id"), _exact("before.user_id")
    exact = (
        F.when(F.col("_is_flat"), F.col("_decimals.user_id"))
        .when(F.col("_action") == "delete", before)
        .otherwise(after)
    )
    return whole(_text("_image", "user_id"), exact)


def _exact(path: str) -> Column:
    """A change event's number as decimal: as variant, one with an exponent has been a double."""
    bare, wrapped = F.col("_decimals"), F.col("_decimals.payload")
    for name in path.split("."):
        bare, wrapped = bare[name], wrapped[name]
    return F.coalesce(bare, wrapped)


def _time() -> Column:
    flat = instant(_text("_event", "timestamp"), F.col("_decimals.timestamp"))
    debezium = instant(_text("_event", "source.ts_ms"), _exact("source.ts_ms"), per_second=1000)
    return F.when(F.col("_is_flat"), flat).otherwise(debezium)


def _log_position() -> Column:
    """Null for flat events; empty, and so lowest, where a change event has none."""
    lsn = _lsn().cast("string")
    commit, change = (_text("_event", f"source.{name}_lsn") for name in ("commit", "change"))
    sql_server = F.concat(
        F.coalesce(commit, F.lit("")), F.coalesce(F.concat(F.lit("/"), change), F.lit(""))
    )
    return F.when(~F.col("_is_flat"), F.coalesce(lsn, sql_server))


def _lsn() -> Column:
    return whole(_text("_event", "source.lsn"), _exact("source.lsn"))


def _bad_position() -> Column:
    lsn = _text("_event", "source.lsn")
    is_bad = lsn.isNotNull() & _lsn().isNull()
    for name in ("commit_lsn", "change_lsn"):
        found = _type(F.try_variant_get("_event", f"$.source.{name}", "variant"))
        is_bad = is_bad | ~F.coalesce(found, F.lit("VOID")).isin("STRING", "VOID")
    return ~F.col("_is_flat") & is_bad


def _zip() -> Column:
    """A postal code given as a number keeps its digits, noughts after the point included."""
    flat = F.get_json_object("value", "$.address.zip")
    images = [
        F.get_json_object("value", f"$.{path}{image}.zip")
        for image in ("before", "after")
        for path in ("", "payload.")
    ]
    before, after = F.coalesce(*images[:2]), F.coalesce(*images[2:])
    is_decimal = _type(F.try_variant_get("_address", "$.zip", "variant")).startswith("D")
    number = (
        F.when(F.col("_is_flat"), flat).when(F.col("_action") == "delete", before).otherwise(after)
    )
    return F.when(is_decimal, number).otherwise(_text("_address", "zip"))


def _dob() -> Column:
    """A real date as MM/dd/yyyy; from Debezium also whole days since 1970."""
    text = _text("_image", "dob")
    days = whole(text)
    written = F.when(
        text.rlike(r"^[0-9]{2}/[0-9]{2}/[0-9]{4}\z") & ~text.endswith("/0000"),
        F.to_date(F.try_to_timestamp(text, F.lit("MM/dd/yyyy"))),
    )
    # The days of the years 1 to 9999, all that a date may hold elsewhere.
    counted = F.when(
        ~F.col("_is_flat") & days.between(-719_162, 2_932_896),
        F.date_add(F.lit("1970-01-01").cast("date"), days.cast("int")),
    )
    return F.coalesce(written, counted)


def _bad_fields() -> Column:
    """Names of the profile fields that are present, not null, and ill typed."""

    def is_good(name: str) -> Column:
        found = _type(F.try_variant_get(_holder(name), f"$.{name}", "variant"))
        if name == "zip":
            return found.rlike(_NUMBERS) | (found == "STRING")
        return found == "STRING"

    checks = [
        F.when(_text(_holder(name), name).isNotNull() & ~is_good(name), F.lit(name))
        for name in PROFILE
        if name != "dob"
    ]
    bad_dob = _text("_image", "dob").isNotNull() & (_dob().isNull() | _flat_dob_is_no_text())
    # The type of an object names its fields, of which one may hold any character.
    of_address = _type(F.col("_address"))
    is_object = of_address.startswith("OBJECT") | (of_address == "VOID")
    bad_address = F.col("_is_flat") & F.col("_address").isNotNull() & ~is_object
    return F.array_compact(
        F.array(*checks, F.when(bad_dob, F.lit("dob")), F.when(bad_address, F.lit("address")))
    )


def _flat_dob_is_no_text() -> Column:
    found = _type(F.try_variant_get("_image", "$.dob", "variant"))
    return F.col("_is_flat") & (found != "STRING")


def _holder(name: str) -> str:
    return "_address" if name in ADDRESS else "_image"


def _text(holder: str, path: str) -> Column:
    return F.try_variant_get(holder, f"$.{path}", "string")


def _type(variant: Column) -> Column:
    return F.schema_of_variant(variant)


RECIPE = FromRecords(
    USER_PROFILE_EVENTS, KAFKA_MULTIPLEX, parse, EXPECTATIONS, known=KNOWN, topic="user_info"
)
