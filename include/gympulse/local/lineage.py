"""OpenLineage in the local Airflow: who is told what, and how long that may take."""

import json
from collections.abc import Mapping

from gympulse.local.settings import LocalSettings

# Of tasks that touch data, what they have touched. Of runs and of other tasks there is nothing
# that their own pages do not say. Maintenance changes no row; and the form of an erasure names
# a person, whom no collector is to remember.
_TOLD = ("gympulse_airflow.jobs.JobOperator", "gympulse_airflow.copying.CopyOperator")
_SILENT = ("erasure", "maintenance")
_POLICY = (
    {"scope": {}, "controls": {"emit": False}},
    *({"scope": {"operator": operator}, "controls": {"emit": True}} for operator in _TOLD),
    *({"scope": {"dag_id": dag}, "controls": {"emit": False}} for dag in _SILENT),
)
# A collector that hangs keeps a task for so long when it starts, and again when it ends.
_HTTP = {"type": "http", "timeout": 2, "retry": {"total": 0}}


def openlineage(settings: LocalSettings) -> Mapping[str, object]:
    """The section of Airflow's configuration."""
    file = settings.logs / "lineage.jsonl"
    to_file = {"type": "file", "log_file_path": str(file), "append": True}
    to_collector = {**_HTTP, "url": settings.lineage_url}
    return {
        "namespace": "gympulse",
        "transport": json.dumps(to_collector if settings.lineage_url else to_file),
        "emission_policy": json.dumps(_POLICY, separators=(",", ":")),
        # Beside the task, which goes on in time; in a process of its own a collector that hangs
        # could keep the task from being told that it is done.
        "execute_in_thread": True,
    }
