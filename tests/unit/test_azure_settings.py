"""Spark signs in to Azure by the variables that there are, and no secret stands in its settings."""

import pytest

from gympulse.azure_settings import azure_settings

CLIENT = {"AZURE_CLIENT_ID": "an-id", "AZURE_TENANT_ID": "a-tenant"}
SECRET = {"AZURE_CLIENT_SECRET": "canary-secret"}
TOKEN = {"AZURE_FEDERATED_TOKEN_FILE": "/var/token"}
KEY = {"AZURE_STORAGE_ACCOUNT_KEY": "canary-key"}


@pytest.mark.parametrize(
    ("environment", "way"),
    [
        pytest.param({}, "MsiTokenProvider", id="nothing: the machine's identity"),
        pytest.param(
            {"AZURE_CLIENT_ID": "an-id"}, "MsiTokenProvider", id="one of the machine's identities"
        ),
        pytest.param(CLIENT, "MsiTokenProvider", id="no secret of a client"),
        pytest.param(CLIENT | TOKEN, "WorkloadIdentityTokenProvider", id="a client and its token"),
        pytest.param(
            CLIENT | SECRET | TOKEN, "ClientCredsTokenProvider", id="its secret goes before it"
        ),
        pytest.param(CLIENT | SECRET | TOKEN | KEY, None, id="a key goes before all"),
    ],
)
def test_the_way_follows_from_the_variables(environment: dict, way: str | None) -> None:
    found = azure_settings(environment)

    provider = found.get("spark.hadoop.fs.azure.account.oauth.provider.type", "none")
    assert provider.rpartition(".")[2] == (way or "none")
    named = {value for name, value in environment.items() if name != "AZURE_CLIENT_ID"}
    assert not any(value in setting for value in named for setting in found.values())
