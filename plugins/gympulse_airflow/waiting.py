"""What a layer waits for, and the sentences that say so."""

from datetime import UTC, datetime
from typing import Any

from gympulse.runbook import Section, more


def needed_through(context: Any) -> datetime:
    """Give the instant that the layer below is to be complete through for a run.

    A scheduled run needs the end of its hour. One started by hand needs the last full
    hour before it, and may have no interval of its own: nothing would ever make the
    layer below complete through a present that no run is due for.
    """
    run = context["dag_run"]
    end = context.get("data_interval_end")
    if end is None or run.run_type == "manual":
        end = run.run_after.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return end


def complete(layer: str, found: datetime) -> str:
    """Say that there is nothing to wait for any more."""
    return f"{layer} is complete through {_say(found)}."


def still_waiting(layer: str, needed: datetime, found: datetime | None) -> str:
    """Say what is waited for and how far the layer is."""
    return f"Waiting until {layer} is complete through {_say(needed)}; {_state(layer, found)}."


def overdue(layer: str, needed: datetime, found: datetime | None) -> str:
    """Say that the wait is given up, and what to do."""
    return (
        f"{layer} did not become complete through {_say(needed)} in time: {_state(layer, found)}. "
        f"See whether the DAG {layer} is paused or its last run failed, and mend that; "
        "then clear this task, or let the next hour make up for it.\n" + more(Section.LATE)
    )


def _state(layer: str, found: datetime | None) -> str:
    if found is None:
        return f"no run of {layer} has finished yet"
    return f"so far it is complete through {_say(found)}"


def _say(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
