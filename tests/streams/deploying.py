"""A deployment of code that is wrong, for as long as it lasts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from gympulse.model.table import Table
from gympulse.model.tables import COMPLETED_WORKOUTS, GYM_SUMMARY, HEART_RATE
from gympulse.recipes import RECIPE_OF, RECIPES

Wrong = Callable[[DataFrame], DataFrame]

# Rates are doubled, so that many are set aside and the others win over those of before; workouts
# go, and with them what is made of them; times in the gym are negative.
WRONG: dict[Table, Wrong] = {
    HEART_RATE: lambda rows: rows.withColumn("heartrate", F.col("heartrate") * 2),
    COMPLETED_WORKOUTS: lambda rows: rows.where("user_id % 2 = 0"),
    GYM_SUMMARY: lambda rows: rows.withColumn("minutes_in_gym", -F.col("minutes_in_gym")),
}


@contextmanager
def deployed(*tables: Table) -> Iterator[None]:
    """Let tables be made wrongly; all of ``WRONG`` where none is named."""
    with pytest.MonkeyPatch.context() as patch:
        for table in tables or WRONG:
            recipe, wrong = RECIPE_OF[table], WRONG[table]
            made = "parse" if hasattr(recipe, "parse") else "rows"
            bad = replace(recipe, **{made: _spoilt(getattr(recipe, made), wrong)})
            layer = table.database.removesuffix("_db")
            recipes = tuple(bad if each is recipe else each for each in RECIPES[layer])
            patch.setitem(RECIPES, layer, recipes)
            patch.setitem(RECIPE_OF, table, bad)
        yield


def _spoilt(made: Callable[..., DataFrame], wrong: Wrong) -> Callable[..., DataFrame]:
    return lambda *given: wrong(made(*given))
