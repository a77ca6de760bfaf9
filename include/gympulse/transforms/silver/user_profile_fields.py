"""The fields of profile events: those that are known, and all that an event has."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from gympulse.model.silver import PROFILE
from gympulse.transforms.other_fields import fields_of

ADDRESS = ("street_address", "city", "state", "zip")
# Debezium's and Connect's own, and a flat event's beside the profile's.
_CHANGE = ("op", "before", "after", "source", "transaction", "message", "ts_ms", "ts_us", "ts_ns")
_ENVELOPE = ("schema", "payload")
_EVENT = ("user_id", "update_type", "timestamp", "address")
KNOWN = (
    *(*_CHANGE, *_ENVELOPE, *_EVENT),
    *(name for name in PROFILE if name not in ADDRESS),
    *(f"address.{name}" for name in ADDRESS),
    *(f"after.{name}" for name in ("user_id", *PROFILE)),
)


def all_fields() -> Column:
    """Fields of the envelope, of the event, of its address and of its row images.

    ``_document`` is the payload and ``_event`` the event in it, as variants. Both images are
    of one table, and so have one name. What is within ``source`` and ``schema`` is no field.
    """
    is_wrapped = F.try_variant_get("_document", "$.payload", "variant").isNotNull()
    address, before, after = (
        F.try_variant_get("_event", f"$.{name}", "variant")
        for name in ("address", "before", "after")
    )
    parts = (
        fields_of(F.col("_document")),
        F.when(is_wrapped, fields_of(F.col("_event"))),
        fields_of(address, "address."),
        fields_of(before, "after."),
        fields_of(after, "after."),
    )
    return F.flatten(F.array_compact(F.array(*parts)))
