"""Spark's way to Azure: the driver is there, and signs in by the environment's variables."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from py4j.java_gateway import JavaGateway
from py4j.protocol import Py4JJavaError
from pyspark.java_gateway import launch_gateway

from gympulse.azure_settings import azure_settings

SETTINGS = Path(__file__).parents[2] / ".tools" / "spark" / "small.conf"
ACCOUNT = "fs.azure.account"
CANARIES = {
    "AZURE_CLIENT_ID": "an-id",
    "AZURE_TENANT_ID": "a-tenant",
    "AZURE_CLIENT_SECRET": "canary-secret",
    "AZURE_FEDERATED_TOKEN_FILE": "/var/token",
    # In base64, as keys are.
    "AZURE_STORAGE_ACCOUNT_KEY": "Y2FuYXJ5",
}


@pytest.fixture(scope="module")
def java() -> Iterator[JavaGateway]:
    """Java with the jars of the jobs and an environment of canaries; no Spark is started."""
    with pytest.MonkeyPatch.context() as told:
        for name, value in CANARIES.items():
            told.setenv(name, value)
        told.setenv("PYSPARK_SUBMIT_ARGS", f"--properties-file {SETTINGS} pyspark-shell")
        gateway = launch_gateway()
    yield gateway
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()


def configured(java: JavaGateway, *names: str):
    """A Hadoop configuration such as Spark makes of the settings for some of the variables."""
    configuration = java.jvm.org.apache.hadoop.conf.Configuration()
    for name, value in azure_settings({name: CANARIES[name] for name in names}).items():
        configuration.set(name.removeprefix("spark.hadoop."), value)
    return configuration


@pytest.mark.parametrize(
    ("names", "provider", "read"),
    [
        pytest.param([], "MsiTokenProvider", {}, id="the machine's identity"),
        pytest.param(
            ["AZURE_CLIENT_ID"],
            "MsiTokenProvider",
            {"oauth2.client.id": "an-id"},
            id="one of the machine's identities",
        ),
        pytest.param(
            ["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"],
            "ClientCredsTokenProvider",
            {
                "oauth2.client.id": "an-id",
                "oauth2.client.secret": "canary-secret",
                "oauth2.client.endpoint": "https://login.microsoftonline.com/a-tenant/oauth2/token",
            },
            id="a client and its secret",
        ),
        pytest.param(
            ["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE"],
            "WorkloadIdentityTokenProvider",
            {
                "oauth2.client.id": "an-id",
                "oauth2.msi.tenant": "a-tenant",
                "oauth2.token.file": "/var/token",
            },
            id="a client and its token",
        ),
    ],
)
def test_hadoop_makes_the_provider_of_tokens(java, names, provider, read) -> None:
    configuration = configured(java, *names)
    of_account = java.jvm.org.apache.hadoop.fs.azurebfs.AbfsConfiguration(
        configuration, "gymlake.dfs.core.windows.net"
    )

    found = of_account.getTokenProvider().getClass().getSimpleName()
    assert (found, {name: configuration.get(f"{ACCOUNT}.{name}") for name in read}) == (
        provider,
        read,
    )
    told = [configuration.getRaw(f"{ACCOUNT}.{name}") for name in read]
    assert not any(value in each for value in CANARIES.values() for each in told)


def test_hadoop_reads_the_key(java) -> None:
    of_account = java.jvm.org.apache.hadoop.fs.azurebfs.AbfsConfiguration(
        configured(java, "AZURE_STORAGE_ACCOUNT_KEY"), "gymlake.dfs.core.windows.net"
    )

    assert of_account.getStorageAccountKey() == "Y2FuYXJ5"


def test_an_account_that_is_not_there_is_said(java) -> None:
    """By the driver's own words, over TLS; no class is missing."""
    configuration = configured(java, "AZURE_STORAGE_ACCOUNT_KEY")
    configuration.set("fs.azure.io.retry.max.retries", "0")
    root = java.jvm.org.apache.hadoop.fs.Path("abfss://lake@gympulse.invalid/a")

    with pytest.raises(Py4JJavaError) as raised:
        root.getFileSystem(configuration).exists(root)
    assert "gympulse.invalid" in str(raised.value.java_exception)
    assert "NoClassDef" not in str(raised.value.java_exception)
