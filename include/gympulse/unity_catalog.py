"""Names of the lake's tables in Unity Catalog, by the declared model.

As the wheel's entry point ``unity_catalog`` it names them; by hand it prints the SQL that would:

    python -m gympulse.unity_catalog --lake abfss://… --catalog NAME [--env NAME]
"""

import argparse
import sys
from collections.abc import Iterator, Sequence

from gympulse.errors import BadSettings
from gympulse.lake import Lake
from gympulse.model.tables import TABLES
from gympulse.session import session


def statements(lake: Lake, catalog: str) -> Iterator[str]:
    """The SQL that names every table of the lake, each an external one where it lies.

    Args:
        lake: Where the tables are.
        catalog: The catalog that they are named in; its schemas are made where there are none.
    """
    for database in dict.fromkeys(table.database for table in TABLES.values()):
        yield f"CREATE SCHEMA IF NOT EXISTS `{catalog}`.`{database}`"
    for table in TABLES.values():
        name = f"`{catalog}`.`{table.database}`.`{table.short_name}`"
        # Its columns, its layout and its properties are in its own log.
        yield f"CREATE TABLE IF NOT EXISTS {name} USING DELTA LOCATION '{lake.path(table)}'"


def run(argv: Sequence[str] | None = None) -> None:
    """Name the tables, which the hourly jobs must have made before.

    Replay: changes nothing.
    """
    lake, catalog = _read(argv)
    with session("unity_catalog") as spark:
        for statement in statements(lake, catalog):
            print(statement, flush=True)
            spark().sql(statement)


def _read(argv: Sequence[str] | None) -> tuple[Lake, str]:
    parser = argparse.ArgumentParser(prog="unity_catalog", description="Name the lake's tables.")
    parser.add_argument("--lake", default="", help="abfss:// URI of the lake")
    parser.add_argument("--env", default="dev", help="environment below the lake (dev)")
    parser.add_argument("--catalog", default="", help="catalog that the tables are named in")
    args = parser.parse_args(argv)
    problems = []
    if not args.lake:
        problems.append("--lake is missing: give the lake's abfss:// URI.")
    if not args.catalog.replace("_", "").replace("-", "").isalnum():
        problems.append(
            f"--catalog is '{args.catalog}'; a name of letters, digits, dashes and underscores "
            "is needed."
        )
    if "'" in args.lake + args.env:
        problems.append("--lake and --env may hold no quotation mark.")
    if problems:
        raise BadSettings(problems)
    return Lake(args.lake, args.env), args.catalog


if __name__ == "__main__":
    try:
        print(*statements(*_read(None)), sep=";\n", end=";\n")
    except BadSettings as error:
        sys.exit(str(error))
