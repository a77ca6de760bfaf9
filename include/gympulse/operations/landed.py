"""CSV files that a load takes in beside the archives."""

from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from gympulse.io import archives, ops
from gympulse.io.archives import Files
from gympulse.io.bronze import FILES, landed_rows
from gympulse.io.delta import Reader, append
from gympulse.layers import fill_landed
from gympulse.model.table import Table
from gympulse.model.tables import GYM_LOGINS, REGISTERED_USERS
from gympulse.operations.arguments import Request
from gympulse.recipes import RECIPE_OF
from gympulse.session import Session
from gympulse.settings import Rules
from gympulse.transforms.business_time import date_of
from gympulse.transforms.recipe import FromRecords
from gympulse.transforms.rules import not_an_instant

_OPTIONS = {REGISTERED_USERS: "registered_users_path", GYM_LOGINS: "gym_logins_path"}


@dataclass(frozen=True)
class LandedFolder:
    """A folder of CSV files, and the bronze table that they belong to.

    Attributes:
        table: The bronze table.
        files: What is in the folder.
        prefix: What a file's name in bronze begins with; empty for the landing folder, where
            names are bare. Elsewhere the folder's, so that equal names stay apart.
        read: Reads the lake.
    """

    table: Table
    files: Files
    prefix: str
    read: Reader

    def new_rows(self) -> DataFrame:
        """The lines of files that bronze does not hold, as rows of the table."""
        present = self.read(self.table).select("source_file").distinct()
        spark = self.read.spark
        listed = spark.read.format("binaryFile").schema(FILES)
        files = listed.option("recursiveFileLookup", "true").load(self.files.folder)
        name = F.concat(F.lit(self.prefix), F.element_at(F.split("path", "/"), -1))
        new = files.withColumn("source_file", name).join(present, "source_file", "left_anti")
        rows = landed_rows(new.select("path", "content"), self.table)
        return rows.withColumn("source_file", F.concat(F.lit(self.prefix), "source_file"))

    def days(self, rules: Rules) -> list[date]:
        """The first and the last day that the new lines are about; none without any."""
        if not self.files.paths:
            return []
        recipe = next(
            each
            for each in RECIPE_OF.values()
            if isinstance(each, FromRecords) and each.source is self.table
        )
        instant = recipe.table.extent[0]
        valid = recipe.parse(self.new_rows(), rules).where(f"NOT {not_an_instant(instant)}")
        day = date_of(F.col(instant), rules.time_zone)
        found = valid.agg(F.min(day), F.max(day)).first()
        return [day for day in found if day is not None]

    def take(self, request: Request, session: Session) -> None:
        """Take the new lines in; the caller is bronze's writer.

        Replay: does nothing.
        """
        if not self.prefix:
            # As the hourly job would, which then knows these files.
            fill_landed(self.table, request.settings, session)
        elif self.files.paths:
            lake, name = self.read.lake, request.operation_id
            rows = self.new_rows()
            if not rows.isEmpty():
                append(rows, lake, self.table, userMetadata=name)
            ops.enter_commits(lake, self.table, name, name)


def landed_folders(request: Request, read: Reader) -> list[LandedFolder]:
    """The folders of CSV files that an operator named."""
    lake, found = request.settings.lake, []
    for table, option in _OPTIONS.items():
        named = request.values[option].rstrip("/")
        folder = lake.folder(named)
        prefix = "" if folder == lake.landing(table.short_name) else f"{named}/"
        found.append(LandedFolder(table, archives.find(read.spark, folder), prefix, read))
    return found
