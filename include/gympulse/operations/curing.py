"""What an operator's SQL makes of records that were set aside, or a sentence on what is wrong."""

import re
from collections.abc import Mapping

from py4j.protocol import Py4JJavaError
from pyspark import StorageLevel
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from gympulse.errors import BadSettings
from gympulse.model.table import Table
from gympulse.model.tables import KAFKA_MULTIPLEX
from gympulse.transforms.cures import columns_of, released, with_fields

_FAILURES = (PySparkException, Py4JJavaError)
# Spark's messages have their condition's name before, and its number behind.
_MESSAGE = re.compile(r"\[[A-Z0-9_.]+\]\s+(.+?)\s*(?:SQLSTATE|\n|$)")
_CONTAINERS = ("array", "map", "struct")
# Functions that call any Java code: whoever may start a review may not therefore do anything.
_JAVA = re.compile(r"\b(reflect|try_reflect|java_method)\b", re.IGNORECASE)


def cured(records: DataFrame, source: Table, cures: Mapping[str, str], time_zone: str) -> DataFrame:
    """The rows that a release adds to bronze, computed once; see ``transforms.cures.released``.

    Raises:
        BadSettings: A cure cannot be computed, of these records at least; each is named.
    """
    if problems := _problems(records, source, cures):
        raise BadSettings(problems)
    try:
        rows = released(records, source, cures, time_zone)
        return rows.localCheckpoint(storageLevel=StorageLevel.DISK_ONLY)
    except _FAILURES:
        problems = _failures(records, source, cures)
        if not problems:
            raise
    raise BadSettings(problems)


def _problems(records: DataFrame, source: Table, cures: Mapping[str, str]) -> list[str]:
    """What is wrong with cures whatever the records say."""
    rows, problems = with_fields(records, source), []
    columns = columns_of(source)
    for name, sql in cures.items():
        is_column = name in columns
        if not is_column and source is not KAFKA_MULTIPLEX:
            problems.append(
                f"The cure of {name} fits no column of {source.short_name}; it has "
                f"{', '.join(columns)}. Name the sources that the cures are for."
            )
            continue
        if call := _JAVA.search(sql):
            problems.append(f"The cure of {name}, {sql}, calls {call[1]}; use other functions.")
            continue
        try:
            found = rows.select("source_id", F.struct(F.expr(sql).alias("cure")).alias("cure"))
            type_ = found.schema["cure"].dataType["cure"].dataType.simpleString()
            if is_column and type_.startswith(_CONTAINERS):
                problems.append(f"The cure of {name} gives {type_}; one value is needed.")
            elif not is_column:
                rows.select("source_id", _as_json(sql))
        except _FAILURES as error:
            problems.append(_sentence(name, sql, error))
    return problems


def _failures(records: DataFrame, source: Table, cures: Mapping[str, str]) -> list[str]:
    """What cures fail at, each tried by itself."""
    rows, problems = with_fields(records, source), []
    for name, sql in cures.items():
        try:
            rows.select("source_id", _as_json(sql)).write.format("noop").mode("overwrite").save()
        except _FAILURES as error:
            problems.append(_sentence(name, sql, error))
    return problems


def _as_json(sql: str) -> Column:
    return F.to_json(F.struct(F.expr(sql).alias("cure")))


def _sentence(name: str, sql: str, error: Exception) -> str:
    text = str(error)
    found = _MESSAGE.search(text)
    what = found.group(1) if found else text.strip().split("\n")[0]
    return f"The cure of {name}, {sql}, cannot be computed: {what}"
