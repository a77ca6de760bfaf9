"""The asset bundle: of the types that ``databricks-bundles`` has, and in step with the code."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from databricks.bundles.catalogs import Catalog
from databricks.bundles.external_locations import ExternalLocation
from databricks.bundles.jobs import Job
from databricks.bundles.schemas import Schema

from gympulse.lake import Lake
from gympulse.model.tables import BELOW, LAYERS, TABLES
from gympulse.operations.arguments import parse
from gympulse.runtime import CLUSTER_CONF, SECRETS, secret_references
from gympulse.settings import parse_arguments

ROOT = Path(__file__).parents[2]
TYPES = {
    "catalogs": Catalog,
    "external_locations": ExternalLocation,
    "jobs": Job,
    "schemas": Schema,
}
LAKE = "abfss://lake@account.dfs.core.windows.net"
SAID = {
    "lake": LAKE,
    "kafka_bootstrap_servers": "broker:9093",
    "storage_credential": "gympulse",
    "notify": "gyms@example.com",
}
ONE_REFERENCE = re.compile(r"\$\{([\w.]+)\}")
PARAMETER = re.compile(r"\{\{job\.parameters\.(\w+)\}\}")


class Bundle:
    """The bundle with its references followed, as the CLI follows them."""

    def __init__(self, target: str) -> None:
        self.declared = _read(ROOT / "databricks.yml")
        self.target = self.declared["targets"][target]
        self._named = {"bundle": {"target": target}, "resources": self._resources()}
        told = {name: each.get("default") for name, each in self.declared["variables"].items()}
        self._named["var"] = told | SAID | self.target["variables"]
        self.resources = self.followed(self._named["resources"])

    def _resources(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for pattern in self.declared["include"]:
            for path in sorted(ROOT.glob(pattern)):
                for kind, each in _read(path)["resources"].items():
                    assert not set(each) & set(found.get(kind, {})), f"{path} names one twice"
                    found[kind] = found.get(kind, {}) | each
        return found

    def followed(self, value: Any) -> Any:
        """A value with what its references name."""
        if isinstance(value, dict):
            return {name: self.followed(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.followed(each) for each in value]
        if not isinstance(value, str):
            return value
        if whole := ONE_REFERENCE.fullmatch(value):
            return self.followed(self._of(whole[1]))
        return ONE_REFERENCE.sub(lambda part: str(self.followed(self._of(part[1]))), value)

    def _of(self, path: str) -> Any:
        found: Any = self._named
        for name in path.split("."):
            found = found[name]
        assert found is not None, f"{path} is told by nobody"
        return found


def _read(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text())


@pytest.fixture(params=["dev", "prod"])
def bundle(request) -> Bundle:
    """The bundle of each target."""
    return Bundle(request.param)


@pytest.fixture
def jobs(bundle) -> dict[str, Job]:
    """The bundle's jobs."""
    return {name: Job.from_dict(each) for name, each in bundle.resources["jobs"].items()}


def test_every_resource_is_of_its_type(bundle):
    """Of nothing that the types do not know, and of all that they need."""
    assert set(bundle.resources) == set(TYPES)
    for kind, resources in bundle.resources.items():
        for resource in resources.values():
            assert TYPES[kind].from_dict(resource).as_dict() == resource


def test_only_what_is_used_is_asked_for(bundle):
    """A variable that nothing names would be asked of everybody who deploys."""
    text = "".join(path.read_text() for path in [*ROOT.glob("resources/*.yml")])
    text += (ROOT / "databricks.yml").read_text()

    assert {f"${{var.{name}}}" in text for name in bundle.declared["variables"]} == {True}
    missing = {n for n, each in bundle.declared["variables"].items() if "default" not in each}
    assert missing == set(SAID)


def test_a_cluster_is_told_what_the_jobs_depend_on(jobs):
    """The hourly job's is what Airflow's would be."""
    for job in jobs.values():
        [cluster] = job.job_clusters
        spec = cluster.new_cluster
        assert spec.spark_conf == CLUSTER_CONF
        azure = tuple(name for name in SECRETS if name.startswith("AZURE_"))
        assert spec.spark_env_vars == secret_references("gympulse", azure)
        assert spec.data_security_mode.value == "SINGLE_USER"
        assert {task.job_cluster_key for task in job.tasks} == {cluster.job_cluster_key}


def test_the_hourly_job_is_the_hourly_dags(jobs):
    """The layers in their order, one run at a time; where Airflow has the hours, it rests."""
    hourly = jobs["hourly"]

    order = {task.task_key: {each.task_key for each in task.depends_on} for task in hourly.tasks}
    assert order == {layer: {BELOW[layer]} if layer in BELOW else set() for layer in LAYERS}
    assert hourly.max_concurrent_runs == 1
    assert hourly.schedule.pause_status.value == "PAUSED"


def test_tasks_run_the_wheels_entry_points_with_words_that_they_understand(jobs):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    ran = set()
    for job in jobs.values():
        given = {each.name: each.default for each in job.parameters}
        for task in job.tasks:
            run = task.python_wheel_task
            assert run.package_name == project["name"]
            assert [library.whl for library in task.libraries] == ["../dist/*.whl"]
            ran.add(run.entry_point)
            _assert_understood(run.entry_point, run.parameters, given)
    assert ran == set(project["entry-points"]["gympulse.jobs"]) - {"quarantine_review"}


def _assert_understood(job: str, words: list[str], given: dict[str, str]) -> None:
    needed = {"reason": "why", "before": "2025-03-01T10:20Z", "user_id": "7"}
    given = given | {name: value for name, value in needed.items() if name in given}
    used = {name for word in words for name in PARAMETER.findall(word)}
    assert used == set(given)
    told = [PARAMETER.sub(lambda named: given[named[1]], word) for word in words]
    if job in LAYERS:
        assert parse_arguments(job, told).lake.root == LAKE
    elif job != "unity_catalog":
        request = parse(job, told)
        assert request.settings.lake.root == LAKE
        assert request.is_dry_run == (job not in ("maintenance", "verify"))
        assert request.operation_id == "databricks/{{job.run_id}}"


def test_places_of_unity_catalog_are_the_lakes(bundle):
    env = bundle.followed("${bundle.target}")
    assert bundle.followed("${var.env}") == env
    lake = Lake(LAKE, env)
    places = {each["url"]: each["name"] for each in bundle.resources["external_locations"].values()}

    managed = lake.path(next(iter(TABLES.values()))).rsplit("/", 2)[0]
    assert places == {
        managed: f"sbit-managed-{env}",
        lake.unmanaged: f"sbit-unmanaged-{env}",
        lake.catalog: "sbit-metastore-root" + ("" if env == "prod" else "-dev"),
    }
    [catalog] = bundle.resources["catalogs"].values()
    assert (catalog["name"], catalog["storage_root"]) == (f"gympulse_{env}", lake.catalog)
    schemas = [
        (each["catalog_name"], each["name"]) for each in bundle.resources["schemas"].values()
    ]
    databases = dict.fromkeys(table.database for table in TABLES.values())
    assert schemas == [(f"gympulse_{env}", name) for name in databases]
