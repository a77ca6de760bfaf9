"""All recipes, by layer. A new table is one module and one entry here."""

from gympulse.errors import BadSettings
from gympulse.settings import Rules
from gympulse.transforms.expectations import Action
from gympulse.transforms.gold import (
    abnormal_heart_rates,
    gym_occupancy,
    gym_summary,
    workout_bpm_summary,
)
from gympulse.transforms.recipe import FromRecords, FromTables
from gympulse.transforms.silver import (
    completed_workouts,
    gym_logs,
    heart_rate,
    registrations,
    user_profile,
    user_profile_events,
    user_profile_history,
    users,
    workout_bpm,
    workouts,
)
from gympulse.volume_rules import VOLUME_RULES

RECIPES: dict[str, tuple[FromRecords | FromTables, ...]] = {
    # The longest first: what can run side by side starts in this order.
    "silver": (
        heart_rate.RECIPE,
        workouts.RECIPE,
        registrations.RECIPE,
        completed_workouts.RECIPE,
        workout_bpm.RECIPE,
        gym_logs.RECIPE,
        user_profile_events.RECIPE,
        user_profile.RECIPE,
        user_profile_history.RECIPE,
        users.RECIPE,
    ),
    "gold": (
        workout_bpm_summary.RECIPE,
        abnormal_heart_rates.RECIPE,
        gym_summary.RECIPE,
        gym_occupancy.RECIPE,
    ),
}

RECIPE_OF = {recipe.table: recipe for recipes in RECIPES.values() for recipe in recipes}


def refuse_actions(rules: Rules) -> None:
    """Refuse settings of what comes of rows that are not as expected, where that cannot be.

    Raises:
        BadSettings: Names are unknown, or a row could neither be kept nor set aside.
    """
    defaults = {each.name: each.action for each in _EXPECTATIONS}
    problems = []
    for name, action in rules.actions:
        possible = {defaults.get(name), Action.FAIL}
        if name not in defaults:
            problems.append(f"--expectation names {name}; known: {', '.join(sorted(defaults))}.")
        elif action not in possible:
            known = " or ".join(sorted(possible))
            problems.append(f"--expectation sets {name} to {action}; it can be {known}.")
    if problems:
        raise BadSettings(problems)


_EXPECTATIONS = [
    *(each for recipe in RECIPE_OF.values() for each in recipe.expectations),
    *(
        reference.expectation
        for recipe in RECIPE_OF.values()
        if isinstance(recipe, FromRecords)
        for reference in recipe.references
    ),
    *(rule.expectation for rule in VOLUME_RULES),
]
