"""CSV files that a load takes in beside the archives."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from gympulse.io import archives, ops, suppressions
from gympulse.io.archives import name_of
from gympulse.io.bronze import FILES, landed_rows, without_suppressed
from gympulse.io.delta import Reader, append
from gympulse.layers import fill_landed
from gympulse.model.table import Table
from gympulse.model.tables import GYM_LOGINS, REGISTERED_USERS
from gympulse.operations.arguments import Request
from gympulse.recipes import RECIPE_OF
from gympulse.session import Session
from gympulse.settings import Rules
from gympulse.transforms.business_time import date_of
from gympulse.transforms.expectations import not_an_instant
from gympulse.transforms.recipe import FromRecords
from gympulse.transforms.suppression import Suppressed

_OPTIONS = {REGISTERED_USERS: "registered_users_path", GYM_LOGINS: "gym_logins_path"}


@dataclass(frozen=True)
class LandedFolder:
    """A folder of CSV files, and the bronze table that they belong to.

    Attributes:
        table: The bronze table.
        files: Bytes by path of the files that bronze does not hold.
        is_landing: Whether the hourly job reads the folder too.
        read: Reads the lake.
        suppressed: Whose lines are left without content.
    """

    table: Table
    files: Mapping[str, int]
    is_landing: bool
    read: Reader
    suppressed: Suppressed | None = None

    def new_rows(self) -> DataFrame | None:
        """The lines of the files, as rows of the table; None without any."""
        if not self.files:
            return None
        landing = self.read.lake.landing(self.table.short_name)
        named = [(path, name_of(path, landing)) for path in self.files]
        spark = self.read.spark
        listed = spark.read.format("binaryFile").schema(FILES).option("__globPaths__", "false")
        names = F.broadcast(spark.createDataFrame(named, "path string, name string"))
        found = listed.load(list(self.files)).join(names, on="path")
        rows = landed_rows(found, self.table, suppressions.erased_at(self.read.lake))
        return without_suppressed(rows, self.table, self.suppressed)

    def days(self, rules: Rules) -> list[date]:
        """The first and the last day that the new lines are about; none without any."""
        rows = self.new_rows()
        if rows is None:
            return []
        recipe = next(
            each
            for each in RECIPE_OF.values()
            if isinstance(each, FromRecords) and each.source is self.table
        )
        instant = recipe.table.extent[0]
        valid = recipe.parse(rows, rules).where(f"NOT {not_an_instant(instant)}")
        day = date_of(F.col(instant), rules.time_zone)
        found = valid.agg(F.min(day), F.max(day)).first()
        return [day for day in found if day is not None]

    def take(self, request: Request, session: Session) -> None:
        """Take the new lines in; the caller is bronze's writer.

        Replay: does nothing.
        """
        if self.is_landing:
            # As the hourly job would, which then knows these files.
            fill_landed(self.table, request.settings, session)
            return
        lake, name, rows = self.read.lake, request.operation_id, self.new_rows()
        if rows is not None:
            append(rows, lake, self.table, userMetadata=name)
        ops.enter_commits(lake, self.table, name, request.settings.airflow_run)


def landed_folders(request: Request, read: Reader) -> list[LandedFolder]:
    """What is new in the folders of CSV files that an operator named.

    Files of the landing folder have bare names in bronze, as the hourly job gives them; others
    have their whole paths, so that equal names stay apart.
    """
    lake, found = request.settings.lake, []
    suppressed = suppressions.suppressed(lake, request.settings.suppression_key)
    for table, option in _OPTIONS.items():
        folder, landing = lake.folder(request.values[option]), lake.landing(table.short_name)
        is_landing = name_of(folder, landing) == name_of(landing, landing)
        files = archives.find(read.spark, folder, is_deep=not is_landing)
        present = read(table).select("source_file").distinct().collect()
        known = {row["source_file"] for row in present}
        new = {path: size for path, size in files.items() if name_of(path, landing) not in known}
        found.append(LandedFolder(table, new, is_landing, read, suppressed))
    return found
