"""Dates of the business time zone, whatever the zone of machine and session."""

from pyspark.sql import Column
from pyspark.sql import functions as F


def date_of(instant: Column, time_zone: str) -> Column:
    """The business day that an instant falls on; null for null."""
    return F.to_date(F.from_utc_timestamp(instant, time_zone))


def hour_of(instant: Column, time_zone: str) -> Column:
    """The hour, 0 to 23, that the business clock shows at an instant; null for null."""
    return F.hour(F.from_utc_timestamp(instant, time_zone))


def midnight_before(date: Column, time_zone: str) -> Column:
    """The first instant of a business day; null for null."""
    return F.to_utc_timestamp(date.cast("timestamp"), time_zone)


def days_between(first: Column, last: Column, time_zone: str) -> Column:
    """Every business day from one instant's to another's, both inclusive, as an array."""
    return F.sequence(date_of(first, time_zone), date_of(last, time_zone))
