"""Spark runs the SQL that names the tables; Unity Catalog is not to be had here."""

from gympulse.io import schema
from gympulse.lake import Lake
from gympulse.model.tables import TABLES
from gympulse.unity_catalog import statements


def test_tables_are_read_by_their_names(spark, tmp_path):
    """Twice, as whenever a table is new; their columns are those of their logs."""
    lake = Lake(str(tmp_path))
    schema.create(lake, tuple(TABLES.values()))
    try:
        for _ in range(2):
            for statement in statements(lake, "spark_catalog"):
                spark.sql(statement)

        found = {name: spark.table(f"spark_catalog.{name}").columns for name in TABLES}
        assert found == {name: list(table.columns) for name, table in TABLES.items()}
    finally:
        for database in {table.database for table in TABLES.values()}:
            spark.sql(f"DROP SCHEMA IF EXISTS spark_catalog.{database} CASCADE")
