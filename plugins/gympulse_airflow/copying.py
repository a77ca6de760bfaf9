"""Tasks that copy the registration database to the landing folders."""

import logging
import os
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook, BaseOperator
from airflow.sdk.definitions.context import Context
from airflow.sdk.exceptions import AirflowException

from gympulse.datasets import Lineage, of_copy
from gympulse.errors import BadSettings, GympulseError, SourceAway
from gympulse.io.landing import OVERLAP, Landed, is_away, is_database_error, land_new_rows
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import TABLES
from gympulse.runbook import Section, more
from gympulse.settings import SUPPRESSION_KEY
from gympulse_airflow.defaults import COPY_OVERLAP_MINUTES, ENV, LAKE
from gympulse_airflow.lineage import database_table, facets

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage

log = logging.getLogger(__name__)

CONNECTION = "registration_db"
_SOURCE = f"The registration database (connection {CONNECTION})"


class CopyOperator(BaseOperator):
    """Copies the rows of one table that are new or changed to its landing folder.

    Args:
        table: The table's short name, in the database and in bronze.
        lake: Root of the lake.
        env: Environment below it.
        overlap_minutes: How long a transaction may be open; empty for the copies' own default.
    """

    template_fields = ("lake", "env", "overlap_minutes")

    def __init__(
        self, *, table: str, lake: str, env: str, overlap_minutes: str, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.table, self.lake, self.env, self.overlap_minutes = table, lake, env, overlap_minutes
        self._landed: Landed | None = None

    def execute(self, context: Context) -> None:
        """Copy the rows.

        Replay: at worst a file repeats rows, which changes nothing downstream.
        """
        self._landed = _copied(self.table, self._lake, self.overlap_minutes)
        rows, files = self._landed.rows, self._landed.files
        log.info("%s: %d new or changed rows in %d files.", self.table, rows, files)

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> "OperatorLineage":
        """What the provider of OpenLineage is told, where that is on; of a failure too."""
        source = database_table(BaseHook.get_connection(CONNECTION), self.table)
        landed = self._landed
        lineage = of_copy(source, self._folder, landed.rows, landed.files) if landed else Lineage()
        return facets(lineage)

    @property
    def _lake(self) -> Lake:
        return Lake(self.lake, self.env)

    @property
    def _folder(self) -> str:
        return self._lake.landing(self.table)


def copy_rows(table: Table) -> CopyOperator:
    """Make the task that copies a bronze table's rows from the registration database."""
    return CopyOperator(
        task_id=f"copy_{table.short_name}",
        table=table.short_name,
        lake=LAKE,
        env=ENV,
        overlap_minutes=COPY_OVERLAP_MINUTES,
        # One retry: the job, which waits for the copies, has Kafka's records to take in.
        retries=1,
        retry_delay=timedelta(seconds=15),
    )


def _copied(table: str, lake: Lake, overlap_minutes: str) -> Landed:
    # Only here: a DAG file's parsing would pay for what it imports.
    from gympulse.io import disk
    from gympulse.io.suppressions import of_rows

    declared = TABLES[f"bronze_db.{table}"]
    folder = lake.landing(table)
    try:
        overlap = _minutes(overlap_minutes)
        is_suppressed = of_rows(lake, os.environ.get(SUPPRESSION_KEY), declared)
        with disk.said(lake), closing(BaseHook.get_hook(CONNECTION).get_conn()) as connection:
            now = datetime.now(UTC)
            return land_new_rows(
                connection, declared, folder, now, overlap=overlap, is_suppressed=is_suppressed
            )
    except GympulseError as error:
        raise AirflowException(error.explained) from None
    except Exception as error:
        if not is_database_error(error):
            raise
        raise AirflowException(_sentence(error, table)) from None


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
