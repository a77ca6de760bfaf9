"""What the dashboard's charts show: questions to several rows, or to several tables, at once."""

from typing import Literal

from pydantic import Field

from gympulse.model.gold import GYM_OCCUPANCY, GYM_SUMMARY, WORKOUT_BPM_SUMMARY
from gympulse.serving.platform_views import PLATFORM_VIEWS
from gympulse.serving.view import View

GROUPS = ("age_band", "sex", "city", "state")
_OF_WORKOUTS = ("date", "user_id", *GROUPS)


_RATES = """count(*) AS workouts, count(DISTINCT user_id) AS members, min(min_bpm) AS min_bpm,
    round(sum(avg_bpm * num_records) / sum(num_records), 2) AS avg_bpm, max(max_bpm) AS max_bpm"""

VIEWS = (
    View(
        "gym-days",
        "Visits and minutes of one gym on one day",
        (GYM_SUMMARY, GYM_OCCUPANCY),
        """
        SELECT gym_id, date, visits, members, minutes_in_gym, minutes_exercising
        FROM (
            SELECT gym_id, date, count(*) AS members,
                round(sum(minutes_in_gym), 2) AS minutes_in_gym,
                round(sum(minutes_exercising), 2) AS minutes_exercising
            FROM {gym_summary} WHERE {where} GROUP BY gym_id, date
        )
        LEFT JOIN (
            SELECT gym_id, date, CAST(sum(visit_count) AS BIGINT) AS visits
            FROM {gym_occupancy} WHERE {where} GROUP BY gym_id, date
        ) USING (gym_id, date)
        ORDER BY date, gym_id
        """,
        ("date", "gym_id"),
    ),
    View(
        "gym-hours",
        "People in one gym at one hour of the week",
        (GYM_OCCUPANCY,),
        """
        WITH hours AS (
            SELECT gym_id, isodow(date) AS weekday, hour, minutes_in_gym, peak_count, date
            FROM {gym_occupancy} WHERE {where}
        ),
        days AS (
            SELECT isodow(day) AS weekday, count(*) AS days
            FROM (
                SELECT unnest(generate_series(
                    coalesce(CAST($from_date AS DATE), (SELECT min(date) FROM hours)),
                    coalesce(CAST($to_date AS DATE), (SELECT max(date) FROM hours)),
                    INTERVAL 1 DAY
                )) AS day
            )
            GROUP BY weekday
        )
        SELECT gym_id, weekday, hour,
            round(sum(minutes_in_gym) / 60 / any_value(days), 2) AS average_people,
            max(peak_count) AS peak_people
        FROM hours JOIN days USING (weekday)
        GROUP BY gym_id, weekday, hour ORDER BY gym_id, weekday, hour
        """,
        ("date", "gym_id"),
    ),
    View(
        "busiest-hours",
        "The hours in which a gym was fullest, with what was left of its capacity",
        (GYM_OCCUPANCY,),
        """
        SELECT gym_id, date, hour, visit_count AS visits, visitor_count AS people,
            peak_count AS peak_people,
            coalesce(CAST($capacity AS BIGINT), max(peak_count) OVER (PARTITION BY gym_id))
                AS capacity,
            round(100 * (1 - peak_count / capacity), 1) AS headroom_pct
        FROM {gym_occupancy} WHERE {where}
        ORDER BY peak_count DESC, visitor_count DESC, date DESC, hour, gym_id LIMIT $limit
        """,
        ("date", "gym_id"),
        {
            "capacity": (
                int | None,
                Field(
                    None,
                    ge=1,
                    le=1_000_000,
                    description="People that a gym holds; without it, the most that were there.",
                ),
            ),
            "limit": (int, Field(20, ge=1, le=1000, description="Hours at most.")),
        },
    ),
    View(
        "workout-days",
        "Intensity of one day's workouts",
        (WORKOUT_BPM_SUMMARY,),
        "SELECT date, "
        + _RATES
        + " FROM {workout_bpm_summary} WHERE {where} GROUP BY date ORDER BY date",
        _OF_WORKOUTS,
    ),
    View(
        "workout-groups",
        "Heart rates of one group of members",
        (WORKOUT_BPM_SUMMARY,),
        'SELECT {by} AS "group", '
        + _RATES
        + " FROM {workout_bpm_summary} WHERE {where} GROUP BY ALL ORDER BY 1 NULLS LAST",
        _OF_WORKOUTS,
        {"by": (Literal[GROUPS], Field("age_band", description="What the groups are made by."))},
    ),
    View(
        "workout-members",
        "Heart rates of one member",
        (WORKOUT_BPM_SUMMARY,),
        "SELECT user_id, "
        + _RATES
        + """, max(date) AS last_date
        FROM {workout_bpm_summary} WHERE {where}
        GROUP BY user_id ORDER BY workouts DESC, user_id LIMIT $limit
        """,
        _OF_WORKOUTS,
        {"limit": (int, Field(100, ge=1, le=1000, description="Members at most."))},
    ),
    *PLATFORM_VIEWS,
)
