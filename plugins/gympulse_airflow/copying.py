"""Tasks that copy the registration database to the landing folders."""

import logging
from contextlib import closing
from datetime import UTC, datetime, timedelta

from airflow.sdk import BaseHook, task
from airflow.sdk.exceptions import AirflowException

from gympulse.errors import BadSettings, GympulseError, SourceAway
from gympulse.io.landing import OVERLAP, is_away, is_database_error, land_new_rows
from gympulse.lake import Lake
from gympulse.model.tables import TABLES
from gympulse.runbook import Section, more

log = logging.getLogger(__name__)

CONNECTION = "registration_db"
_SOURCE = f"The registration database (connection {CONNECTION})"


# One retry: the job, which waits for the copies, has Kafka's records to take in.
@task(retries=1, retry_delay=timedelta(seconds=15))
def copy_rows(table: str, lake: str, env: str, overlap_minutes: str) -> None:
    """Copy the rows of one table that are new or changed to its landing folder.

    Replay: at worst a file repeats rows, which changes nothing downstream.
    """
    declared = TABLES[f"bronze_db.{table}"]
    folder = Lake(lake, env).landing(table)
    try:
        overlap = _minutes(overlap_minutes)
        with closing(BaseHook.get_hook(CONNECTION).get_conn()) as connection:
            now = datetime.now(UTC)
            landed = land_new_rows(connection, declared, folder, now, overlap=overlap)
    except GympulseError as error:
        raise AirflowException(error.explained) from None
    except Exception as error:
        if not is_database_error(error):
            raise
        raise AirflowException(_sentence(error, table)) from None
    log.info("%s: %d new or changed rows in %d files.", table, landed.rows, landed.files)


def _minutes(text: str) -> timedelta:
    if not text:
        return OVERLAP
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0
    if not 0 < minutes < 100_000:
        found = f"The variable gympulse_copy_overlap_minutes is '{text}'"
        raise BadSettings([f"{found}; minutes such as 10 are needed."])
    return timedelta(minutes=minutes)


def _sentence(error: Exception, table: str) -> str:
    found = next(
        (line.strip() for line in str(error).splitlines() if line.strip()), "no reason given"
    )
    if is_away(error):
        return SourceAway(_SOURCE, _address(), found).explained
    return (
        f"{_SOURCE} refused the copy of {table}: {found}. Mend the table or the grant, then clear "
        "this task; the next run takes all that has gathered meanwhile.\n"
        + more(Section.SOURCE_AWAY)
    )


def _address() -> str:
    connection = BaseHook.get_connection(CONNECTION)
    return f"{connection.host}:{connection.port}" if connection.port else str(connection.host)
