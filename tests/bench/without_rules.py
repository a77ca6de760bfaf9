"""The silver job with nothing expected of any record, beside which the rules are measured.

spark-submit tests/bench/without_rules.py --lake DIR
"""

import sys
from dataclasses import replace

from gympulse import layers, recipes, volume_rules
from gympulse.job import main

if __name__ == "__main__":
    bare = [replace(recipe, expectations=()) for recipe in recipes.RECIPES["silver"]]
    bare = [replace(each, references=()) if hasattr(each, "references") else each for each in bare]
    recipes.RECIPES["silver"] = tuple(bare)
    volume_rules.VOLUME_RULES = ()
    assert layers.RECIPES is recipes.RECIPES
    sys.exit(main("silver"))
