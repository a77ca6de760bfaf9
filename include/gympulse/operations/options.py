"""What an operator may ask for: the options of each operation, declared once.

The forms in Airflow's UI and the jobs' command lines are both made of these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gympulse.model.tables import BRONZE, COMPLETED_WORKOUTS, GOLD, SILVER, TABLES

LOAD_ARCHIVES, RESTATE = "load_archives", "restate"
RELEASE, DISCARD = "release", "discard"
ERASE, LIFT = "erase", "lift"
LAYERS = ("silver", "gold")
# What the quarantine's entries are of.
REVIEWED = (*BRONZE, COMPLETED_WORKOUTS)
_SHORT = {table.short_name: table for table in (*SILVER, *GOLD)}


@dataclass(frozen=True)
class Option:
    """One field of a form, one option of a command line.

    Attributes:
        name: With underscores; a command line's has dashes instead.
        title: For the form.
        description: What it means, and whether bounds are inclusive.
        type: ``str``, ``bool``, ``float``, ``date``, ``list`` of texts, or ``dict`` of texts by
            name.
        default: What holds where nothing is given; None where there is nothing.
        choices: The values that may be given; any where there are none.
        is_required: Whether something must be given.
    """

    name: str
    title: str
    description: str
    type: type = str
    default: Any = None
    choices: tuple[str, ...] = ()
    is_required: bool = False


def _dates(of: str, empty: str) -> tuple[Option, Option]:
    return (
        Option(
            "from_date",
            "From",
            f"First day, inclusive, {of}, in the business time zone. {empty}",
            date,
        ),
        Option(
            "to_date",
            "To",
            f"Last day, inclusive, {of}, in the business time zone; not in the future. {empty}",
            date,
        ),
    )


def _tables(of: Sequence[str], description: str) -> Option:
    return Option("tables", "Tables", description, list, (), tuple(of))


REASON = Option(
    "reason", "Reason", "Why this is done, for whoever reads the record later.", is_required=True
)
DRY_RUN = Option(
    "dry_run",
    "Dry run",
    "On: make the plan, show and record it, and change nothing. Off: make the plan, then do it.",
    bool,
    True,
)

OPTIONS: dict[str, tuple[Option, ...]] = {
    "backfill": (
        Option(
            "mode",
            "Mode",
            "load_archives: take old records in. restate: recompute silver and gold from bronze.",
            default=LOAD_ARCHIVES,
            choices=(LOAD_ARCHIVES, RESTATE),
        ),
        *_dates(
            "of the events themselves",
            "A restatement needs it; a load takes every day where it is empty.",
        ),
        Option(
            "layers",
            "Layers",
            "Which layers are restated, whole. A load always brings its records to gold.",
            list,
            LAYERS,
            LAYERS,
        ),
        _tables(
            _SHORT, "Restate only these tables, whatever the layers say; empty: the whole layers."
        ),
        Option(
            "archive_path",
            "Archives",
            "Folder of JSON lines to load: below `sbit-unmanaged-<env>`, or an absolute path.",
            default="data_zone/kfk-mx/",
        ),
        Option(
            "registered_users_path",
            "Registrations",
            "Folder of CSV files of registrations to load, whole whatever the days; named like "
            "the archives' folder.",
            default="data_zone/registered_users/",
        ),
        Option(
            "gym_logins_path",
            "Gym logins",
            "Folder of CSV files of gym logins to load, whole whatever the days; named like the "
            "archives' folder.",
            default="data_zone/gym_logins/",
        ),
        REASON,
        DRY_RUN,
    ),
    "gold_rebuild": (
        *_dates("of the rows of gold", "Both empty: every day."),
        _tables([table.short_name for table in GOLD], "Which tables; empty: all of gold."),
        Option(
            "max_removed_percent",
            "At most removed, in percent",
            "Stop before anything is changed where more of the present rows would vanish.",
            float,
            5.0,
        ),
        REASON,
        DRY_RUN,
    ),
    "restore": (
        Option(
            "point",
            "Point",
            "Restore point to go back to, as point_id in ops_db.restore_points. Empty: the newest "
            "one before the instant below.",
        ),
        Option(
            "before",
            "Before",
            "Instant with its zone, such as 2025-03-01T10:20Z: go back to the newest point before "
            "it. Empty where a point is named.",
        ),
        Option(
            "layers",
            "Layers",
            "Which layers are put back, whole. bronze goes with both others, and only where Kafka "
            "and the landing folders still hold what it has taken in since.",
            list,
            LAYERS,
            ("bronze", *LAYERS),
        ),
        _tables(
            _SHORT, "Put back only these tables, whatever the layers say; empty: the whole layers."
        ),
        REASON,
        DRY_RUN,
    ),
    "verify": (
        *_dates("of the events themselves", "Both empty: everything."),
        _tables(_SHORT, "Which tables; empty: all of silver and gold."),
    ),
    "maintenance": (
        _tables([table.short_name for table in TABLES.values()], "Which tables; empty: all."),
        Option(
            "keep_days",
            "Days to keep versions",
            "Versions of tables, and what killed jobs have left, are kept for so many days; those "
            "that a stream has yet to read, for longer.",
            float,
            7.0,
        ),
        Option(
            "keep_records_days",
            "Days to keep records",
            "Rows of ops_db about what was done are kept for so many days; the ledger's are then "
            "summed.",
            float,
            90.0,
        ),
        Option(
            "dry_run",
            "Dry run",
            "On: show what would be done, and change nothing. Off: do it.",
            bool,
            False,
        ),
    ),
    "quarantine_review": (
        Option(
            "decision",
            "Decision",
            "release: take in the records that pass now. discard: leave them out for good.",
            default=RELEASE,
            choices=(RELEASE, DISCARD),
        ),
        Option(
            "rules",
            "Rules",
            "Only records that break one of these rules, as ops_db.quarantine names them; "
            "empty: whichever they break.",
            list,
            (),
        ),
        Option(
            "sources",
            "Sources",
            "Only records of these; empty: of all.",
            list,
            (),
            tuple(table.short_name for table in REVIEWED),
        ),
        *_dates("on which the records were set aside", "Both empty: every day."),
        Option(
            "cures",
            "Cures",
            "What to mend before a release: a JSON object of fields, each with the SQL expression "
            'of its new value, as in {"heartrate": "field[\'heartrate\'] / 10"}. Empty: nothing.',
            dict,
        ),
        REASON,
        DRY_RUN,
    ),
    "erasure": (
        Option(
            "mode",
            "Mode",
            "erase: remove a member from every table and file, and keep them out. lift: let what "
            "an erased member sends from now on in again; what was before stays out.",
            default=ERASE,
            choices=(ERASE, LIFT),
        ),
        Option(
            "user_id",
            "Member",
            "The member's user_id. Wearables and phones are found by their registrations.",
            is_required=True,
        ),
        Option(
            "reason",
            "Request",
            "Reference of the request. It is kept in the certificate: no name and no id.",
            is_required=True,
        ),
        DRY_RUN,
    ),
}
