"""A run that is not done in its time is told once."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from airflow.sdk import AsyncCallback, DeadlineAlert, DeadlineReference
from airflow.sdk.configuration import conf

from gympulse.runbook import Section, more
from gympulse_airflow.alerts import Alert, send_meanwhile
from gympulse_airflow.runbooks import when_late

log = logging.getLogger(__name__)

# How long a run may take from the moment that it is due, waits included. A layer is given
# longer than that below it, so that of several alerts the first names the cause. Operations
# that people start take as long as they take.
LATE_AFTER_MINUTES = {"bronze": 40, "silver": 50, "gold": 60, "maintenance": 120, "verify": 180}


def deadline(dag_id: str, runbook: str) -> DeadlineAlert | None:
    """Give a DAG's deadline; None where its runs may take any time.

    It counts from when a run was queued: a scheduled one is when its hour is over, and one
    that is started by hand, or for an hour long ago, is not late at once.
    """
    told = conf.getjson("gympulse", "late_after_minutes", fallback={})
    minutes = (LATE_AFTER_MINUTES | told).get(dag_id)
    if minutes is None:
        return None
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(minutes=minutes),
        callback=AsyncCallback(tell, {"minutes": minutes, "todo": when_late(runbook)}),
    )


async def tell(minutes: float, todo: str, context: Mapping[str, Any]) -> None:
    """Tell of a run that is late, in the triggerer.

    One that has ended meanwhile is not: of its failure was told. Neither is one of a backfill
    of Airflow's, whose runs are all queued at once.
    """
    run = context["dag_run"]
    dag_id, run_id, state = run["dag_id"], run["dag_run_id"], run["state"]
    if state not in ("queued", "running") or run["run_type"] == "backfill":
        log.info("%s of %s is %s (%s): nobody is told.", run_id, dag_id, state, run["run_type"])
        return
    happened = f"It was due {minutes:g} minutes ago, and is {state}.\n{more(Section.LATE)}"
    await send_meanwhile(Alert("late", dag_id, run_id, (), happened, todo))
