"""The SQL that names the tables is Databricks' SQL, and names those of the model."""

import pytest
import sqlglot

from gympulse.errors import BadSettings
from gympulse.lake import Lake
from gympulse.model.tables import TABLES
from gympulse.unity_catalog import run, statements

LAKE = Lake("abfss://lake@account.dfs.core.windows.net", "prod")


def test_every_table_is_named_where_it_lies():
    parsed = [sqlglot.parse_one(each, "databricks") for each in statements(LAKE, "gym-prod")]
    schemas = [each for each in parsed if each.kind == "SCHEMA"]
    tables = parsed[len(schemas) :]

    databases = ["bronze_db", "silver_db", "gold_db", "ops_db"]
    assert [(each.this.catalog, each.this.db) for each in schemas] == [
        ("gym-prod", name) for name in databases
    ]
    assert {each.kind for each in tables} == {"TABLE"}
    found = {}
    for each in tables:
        name, properties = each.this, each.args["properties"]
        assert (name.catalog, each.args["exists"]) == ("gym-prod", True)
        assert properties.find(sqlglot.exp.FileFormatProperty).this.name.upper() == "DELTA"
        place = properties.find(sqlglot.exp.LocationProperty).this.name
        found[f"{name.db}.{name.name}"] = place
    assert found == {name: LAKE.path(table) for name, table in TABLES.items()}


def test_what_cannot_be_named_is_refused():
    with pytest.raises(BadSettings) as refused:
        run(["--env", "d'ev", "--catalog", "`x"])

    assert refused.value.problems == (
        "--lake is missing: give the lake's abfss:// URI.",
        "--catalog is '`x'; a name of letters, digits, dashes and underscores is needed.",
        "--lake and --env may hold no quotation mark.",
    )
