"""The declared tables agree with themselves, with the recipes and with the contract."""

import re

import pytest

from gympulse.io.schema import arrow_schema
from gympulse.model.fields import FIELDS
from gympulse.model.tables import (
    BRONZE,
    GOLD,
    GYM_LOGINS,
    KAFKA_MULTIPLEX,
    LAYERS,
    OPS,
    REGISTERED_USERS,
    SILVER,
    TABLES,
)
from gympulse.recipes import RECIPES
from gympulse.transforms.recipe import FromRecords, FromTables

# Keys as the contract has them.
KEYS = {
    "registrations": "user_id, device_id, mac_address, registration_timestamp",
    "users": "user_id, device_id",
    "user_profile": "user_id",
    "user_profile_history": "user_id, valid_from",
    "gym_logs": "mac_address, gym, login",
    "heart_rate": "device_id, time",
    "workouts": "user_id, workout_id, session_id, action, time",
    "completed_workouts": "user_id, workout_id, session_id, start_time",
    "workout_bpm": "user_id, workout_id, session_id, start_time, device_id, time",
    "workout_bpm_summary": "user_id, workout_id, session_id, start_time",
    "gym_summary": "gym_id, mac_address, date",
    "gym_occupancy": "gym_id, date, hour",
    "abnormal_heart_rates": "user_id, workout_id, session_id, start_time",
}
# Topics and landing folders, and the silver table that each feeds first.
FED = {
    (KAFKA_MULTIPLEX.name, "bpm"): "silver_db.heart_rate",
    (KAFKA_MULTIPLEX.name, "workout"): "silver_db.workouts",
    (KAFKA_MULTIPLEX.name, "user_info"): "silver_db.user_profile_events",
    (REGISTERED_USERS.name, None): "silver_db.registrations",
    (GYM_LOGINS.name, None): "silver_db.gym_logs",
}
WORDS = {"AND", "OR", "HOUR", "date_trunc", "div", "unix_seconds"}

tables = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
ALL_RECIPES = [recipe for recipes in RECIPES.values() for recipe in recipes]
recipes = pytest.mark.parametrize(
    "recipe", ALL_RECIPES, ids=[recipe.table.short_name for recipe in ALL_RECIPES]
)


def test_fields_are_in_alphabetical_order():
    assert list(FIELDS) == sorted(FIELDS)


def test_every_field_is_some_tables_column():
    assert set(FIELDS) == {name for table in TABLES.values() for name in table.columns}


def test_every_field_says_what_it_is():
    assert [name for name, field in FIELDS.items() if not field.description.endswith(".")] == []


def test_every_table_is_of_one_layer():
    listed = [*BRONZE, *SILVER, *GOLD, *OPS]

    assert len({table.name for table in listed}) == len(listed) == len(TABLES)
    assert {name: table.name for name, table in TABLES.items()} == {name: name for name in TABLES}
    for layer, of_layer in LAYERS.items():
        assert {table.database for table in of_layer} == {f"{layer}_db"}


@tables
def test_columns_are_fields_and_stand_once(table):
    assert set(table.columns) <= set(FIELDS)
    assert len(set(table.columns)) == len(table.columns)
    assert set(table.types) <= set(table.columns)


@tables
def test_what_is_said_of_columns_is_said_of_the_tables_own(table):
    named = (*table.key, *table.partitioned_by, *table.statistics, table.pruned_by)

    assert set(named) - {None} <= set(table.columns)
    assert len(set(table.key)) == len(table.key) > 0
    assert (*table.key, *table.values) == tuple(dict.fromkeys((*table.key, *table.columns)))


@tables
def test_a_table_is_pruned_by_an_instant_or_a_date(table):
    assert table.pruned_by is None or table.schema[table.pruned_by] in ("timestamp", "date")


@tables
def test_every_type_has_one_in_arrow(table):
    assert arrow_schema(table).names == list(table.columns)


@tables
def test_a_table_reads_tables_of_its_layer_or_the_one_below(table):
    below = {"silver_db": ("silver_db", "bronze_db"), "gold_db": ("gold_db", "silver_db")}

    assert {TABLES[name].database for name in table.reads} <= set(below.get(table.database, ()))


@pytest.mark.parametrize("name", KEYS)
def test_keys_are_the_contracts(name):
    (table,) = (table for table in TABLES.values() if table.short_name == name)

    assert ", ".join(table.key) == KEYS[name]


def test_recipes_make_silver_and_gold_and_nothing_else():
    made = {layer: [recipe.table.name for recipe in of] for layer, of in RECIPES.items()}

    assert {layer: sorted(names) for layer, names in made.items()} == {
        "silver": sorted(table.name for table in SILVER),
        "gold": sorted(table.name for table in GOLD),
    }


def test_every_source_feeds_one_table_first():
    fed = [(r.source.name, r.topic, r.table.name) for r in ALL_RECIPES if type(r) is FromRecords]

    assert sorted(fed, key=str) == sorted(((*k, name) for k, name in FED.items()), key=str)


@recipes
def test_a_recipe_reads_what_its_table_says(recipe):
    is_raw = isinstance(recipe, FromRecords)
    sources = [recipe.source] if is_raw else recipe.touches

    assert {table.name for table in sources} == set(recipe.table.reads)


@recipes
def test_what_a_recipe_follows_keeps_its_changes(recipe):
    followed = recipe.touches if isinstance(recipe, FromTables) else ()

    assert [table.name for table in followed if not table.keeps_changes] == []


def test_only_what_is_followed_keeps_its_changes():
    followed = {t.name for r in ALL_RECIPES if isinstance(r, FromTables) for t in r.touches}

    assert {table.name for table in TABLES.values() if table.keeps_changes} == followed


@recipes
def test_what_tells_of_a_change_is_made_of_the_tables_columns(recipe):
    for table, columns in getattr(recipe, "touches", {}).items():
        for sql in columns.values():
            names = set(re.findall(r"[A-Za-z_]+", re.sub(r"'[^']*'", "", sql))) - WORDS
            assert names <= set(table.columns), sql
