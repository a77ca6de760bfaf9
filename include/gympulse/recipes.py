"""All recipes, by layer. A new table is one module and one entry here."""

from gympulse.transforms.gold import gym_summary, workout_bpm_summary
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
    "gold": (workout_bpm_summary.RECIPE, gym_summary.RECIPE),
}

RECIPE_OF = {recipe.table: recipe for recipes in RECIPES.values() for recipe in recipes}
