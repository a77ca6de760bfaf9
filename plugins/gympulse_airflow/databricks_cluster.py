"""What Airflow is told of Databricks: the wheel, and the cluster that each job gets."""

import json
from dataclasses import dataclass, field, fields
from typing import Any

from gympulse.errors import BadSettings
from gympulse.runtime import CLUSTER_CONF, SECRETS, secret_references

VARIABLE = "gympulse_databricks"
_JAVA = ("spark.driver.extraJavaOptions", "spark.executor.extraJavaOptions")
_AZURE = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")


@dataclass(frozen=True)
class Cluster:
    """A job's cluster, as the variable ``gympulse_databricks`` says, a JSON object.

    Attributes:
        wheel: Path of the jobs' wheel, in the workspace or in a volume.
        secret_scope: Where the secrets are.
        secrets: Environment variables to fill from there, of ``gympulse.runtime.SECRETS``.
        spark_version: Databricks' name of a runtime with Spark 4 or later.
        node_type: Azure's name of the machines.
        min_workers: How many of them there are at least, beside the driver.
        max_workers: How many at most; the cluster grows to it.
        policy_id: The policy that it is made by; none where empty.
        spark_conf: Spark settings beside ours; Java's options come after ours.
        tags: What the machines are marked with, for whoever pays for them.
    """

    wheel: str = ""
    secret_scope: str = "gympulse"
    secrets: tuple[str, ...] = _AZURE
    spark_version: str = "17.3.x-scala2.13"
    node_type: str = "Standard_D4ds_v5"
    min_workers: int = 1
    max_workers: int = 4
    policy_id: str = ""
    spark_conf: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def spec(self) -> dict[str, Any]:
        """The cluster as the Jobs API takes it; of the secrets only references are in it."""
        workers: dict[str, Any] = {"num_workers": self.max_workers}
        if self.min_workers < self.max_workers:
            bounds = {"min_workers": self.min_workers, "max_workers": self.max_workers}
            workers = {"autoscale": bounds}
        return {
            "spark_version": self.spark_version,
            "node_type_id": self.node_type,
            **workers,
            # Of who runs the job alone: in a shared one Python has no Java process to talk to.
            "data_security_mode": "SINGLE_USER",
            "spark_conf": CLUSTER_CONF | {n: _with_ours(n, v) for n, v in self.spark_conf.items()},
            "spark_env_vars": secret_references(self.secret_scope, self.secrets),
            **({"policy_id": self.policy_id} if self.policy_id else {}),
            **({"custom_tags": self.tags} if self.tags else {}),
        }


def _with_ours(name: str, value: str) -> str:
    return f"{CLUSTER_CONF[name]} {value}" if name in _JAVA else value


def read(text: str) -> Cluster:
    """Read the variable's text.

    Raises:
        BadSettings: It cannot be used; every problem found is in the one error.
    """
    try:
        given = json.loads(text or "{}")
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise BadSettings([f"{VARIABLE} is '{text}'; a JSON object is needed."])
    known = [each.name for each in fields(Cluster)]
    problems = [
        f"{VARIABLE} has {name}; known: {', '.join(known)}." for name in sorted({*given} - {*known})
    ]
    told = {name: given[name] for name in known if name in given}
    problems += [problem for name, value in told.items() for problem in _misformed(name, value)]
    if not problems:
        cluster = Cluster(**{name: _frozen(value) for name, value in told.items()})
        problems = [*_unusable(cluster), *_unknown(cluster)]
    if problems:
        raise BadSettings(problems)
    return cluster


_FORMS = {
    int: "a whole number",
    str: "a text",
    dict: "an object of texts",
    tuple: "a list of texts",
}


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _misformed(name: str, value: Any) -> list[str]:
    form = type(getattr(Cluster(), name))
    inner = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    if type(_frozen(value)) is form and all(isinstance(each, str) for each in inner):
        return []
    return [f"{name} of {VARIABLE} is {json.dumps(value)}; {_FORMS[form]} is needed."]


def _unusable(cluster: Cluster) -> list[str]:
    problems = []
    is_path = cluster.wheel.startswith(("/Volumes/", "/Workspace/"))
    if not is_path or not cluster.wheel.endswith(".whl"):
        problems.append(
            f"wheel of {VARIABLE} is '{cluster.wheel}'; the path of the jobs' wheel is needed, "
            "which begins with /Workspace/ or /Volumes/ and ends with .whl."
        )
    if not 1 <= cluster.min_workers <= cluster.max_workers:
        problems.append(
            f"min_workers of {VARIABLE} is {cluster.min_workers} and max_workers is "
            f"{cluster.max_workers}; 1 <= min_workers <= max_workers is needed."
        )
    return problems


def _unknown(cluster: Cluster) -> list[str]:
    problems = []
    if unknown := sorted({*cluster.secrets} - {*SECRETS}):
        known = ", ".join(SECRETS)
        problems.append(f"secrets of {VARIABLE} names {', '.join(unknown)}; known: {known}.")
    if ours := sorted({*cluster.spark_conf} & {*CLUSTER_CONF} - {*_JAVA}):
        problems.append(
            f"spark_conf of {VARIABLE} has {', '.join(ours)}; that is the platform's to say, in "
            "include/gympulse/runtime.py, for what the jobs compute depends on it."
        )
    return problems
