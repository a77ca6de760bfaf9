"""What the dashboard's charts show: questions to several rows, or to several tables, at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import Field

from gympulse.model.gold import GYM_OCCUPANCY, GYM_SUMMARY, WORKOUT_BPM_SUMMARY
from gympulse.model.ops import COMPARISONS, LAYER_RUNS, LEDGER, OPERATIONS, QUARANTINE
from gympulse.model.table import Table

GROUPS = ("age_band", "sex", "city", "state")
_OF_WORKOUTS = ("date", "user_id", *GROUPS)


@dataclass(frozen=True)
class View:
    """One question.

    Attributes:
        name: Its name, in the path.
        summary: What one row is, for the API's documentation.
        tables: The tables that it asks, the one that filters apply to first.
        question: SQL; ``{table}`` stands for a table's rows, ``{where}`` for the conditions that
            filters make, ``{by}`` for a column that a parameter names.
        filters: Columns that choose rows.
        parameters: Further parameters, by name, as a query's model has them; bound as ``$name``.
    """

    name: str
    summary: str
    tables: tuple[Table, ...]
    question: str
    filters: tuple[str, ...] = ()
    parameters: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


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
    View(
        "platform-rows",
        "Rows of one hour and layer, by what became of them",
        (LEDGER,),
        """
        SELECT date_trunc('hour', finished_at) AS hour, layer,
            CAST(sum(inserted) AS BIGINT) AS inserted,
            CAST(sum(superseding) AS BIGINT) AS superseding,
            CAST(sum(duplicate) AS BIGINT) AS duplicate,
            CAST(sum(quarantined) AS BIGINT) AS quarantined
        FROM {ledger}
        WHERE finished_at > (SELECT max(finished_at) FROM {ledger}) - $hours * INTERVAL 1 HOUR
        GROUP BY hour, layer ORDER BY hour, layer
        """,
        parameters={
            "hours": (int, Field(48, ge=1, le=24 * 366, description="Hours back from the last."))
        },
    ),
    View(
        "platform-quarantine",
        "Records of one source, rule and status that are set aside",
        (QUARANTINE,),
        """
        SELECT source, rule, status, count(*) AS records FROM {quarantine}
        GROUP BY source, rule, status ORDER BY source, rule, status
        """,
    ),
    View(
        "platform-runs",
        "One finished run of one layer's job",
        (LAYER_RUNS,),
        """
        SELECT layer, began_at, finished_at, complete_through,
            round(epoch(finished_at - began_at), 1) AS seconds
        FROM {layer_runs} ORDER BY finished_at DESC, layer LIMIT $limit
        """,
        parameters={"limit": (int, Field(20, ge=1, le=1000, description="Runs at most."))},
    ),
    View(
        "platform-verify",
        "One table as one of the last verifications found it",
        (COMPARISONS, OPERATIONS),
        """
        WITH verifications AS (
            SELECT operation_id, phase, outcome, finished_at FROM {operations}
            WHERE job = 'verify' ORDER BY finished_at DESC LIMIT $limit
        )
        SELECT operation_id, "table", rows_expected, missing, extra, different,
            verifications.finished_at, outcome
        FROM {comparisons} JOIN verifications USING (operation_id, phase)
        ORDER BY verifications.finished_at DESC, "table"
        """,
        parameters={"limit": (int, Field(3, ge=1, le=100, description="Verifications at most."))},
    ),
)
