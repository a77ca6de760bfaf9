"""Azure Key Vault as Airflow's secrets backend finds what we name, by its names."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from airflow.sdk._shared.module_loading import import_string
from azure.core.exceptions import ResourceNotFoundError

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
# What Key Vault allows a secret's name to be.
NAME = re.compile(r"[0-9a-zA-Z-]{1,127}")


def settings(name: str) -> str:
    """What README.md says a setting of Airflow is."""
    [value] = re.findall(rf"^{name}='?(.*?)'?$", README, re.MULTILINE)
    return value


def names(kind: str, key: str) -> list[str]:
    """The names of what airflow_settings.yaml has."""
    told = yaml.safe_load((ROOT / "airflow_settings.yaml").read_text())["airflow"]
    return [each[key] for each in told[kind]]


class Vault:
    """A vault, which knows no secret but those it was given."""

    def __init__(self, **secrets: str) -> None:
        self.secrets, self.asked = secrets, []

    def get_secret(self, name: str) -> SimpleNamespace:
        """As the client of Azure answers."""
        assert NAME.fullmatch(name), f"Key Vault allows no secret of the name {name}"
        self.asked.append(name)
        if name not in self.secrets:
            raise ResourceNotFoundError(f"A secret with (name/id) {name} was not found")
        return SimpleNamespace(value=self.secrets[name])


@pytest.fixture
def backend():
    """The backend that README.md names, with its settings there."""
    kwargs = json.loads(settings("AIRFLOW__SECRETS__BACKEND_KWARGS"))
    made = import_string(settings("AIRFLOW__SECRETS__BACKEND"))(**kwargs)
    assert made.vault_url == "https://NAME.vault.azure.net"

    def on(vault: Vault):
        made.__dict__["client"] = vault
        return made

    return on


def dashed(name: str) -> str:
    """How a name is written in the vault."""
    return name.replace("_", "-")


@pytest.mark.parametrize("conn_id", [*names("connections", "conn_id"), "gympulse_alerts"])
def test_connections_are_found(backend, conn_id):
    told = {"conn_type": "http", "host": "example.org", "password": "canary"}
    vault = Vault(**{f"airflow-connections-{dashed(conn_id)}": json.dumps(told)})

    found = backend(vault).get_connection(conn_id)

    assert (found.conn_id, found.host, found.password) == (conn_id, "example.org", "canary")


@pytest.mark.parametrize(
    "key", [*names("variables", "variable_name"), "gympulse_rules", "gympulse_jobs_connection"]
)
def test_variables_are_found(backend, key):
    vault = Vault(**{f"airflow-variables-{dashed(key)}": "value"})

    assert backend(vault).get_variable(key) == "value"


def test_what_is_not_there_is_looked_for_elsewhere(backend):
    """Airflow then asks its environment's variables and its database."""
    vault = Vault()

    assert backend(vault).get_connection("spark") is None
    assert backend(vault).get_variable("gympulse_rules") is None
    assert vault.asked == ["airflow-connections-spark", "airflow-variables-gympulse-rules"]
