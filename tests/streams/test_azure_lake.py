"""The hourly chain, as jobs of ``spark-submit``, over a lake in a container of Azure."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from adls.azurite import azurite, environment, make_container
from gympulse.io import files
from gympulse.lake import Lake
from gympulse.model.tables import LAYERS
from oracle.bronze import assert_bronze_equals
from oracle.histories import records_and_files
from streams.checking import assert_equals_oracle, assert_ledger_balances, placed
from streams.processes import ROOT, SPARK_SUBMIT
from streams.runs import Broker, Runner, versions

# The emulator knows accounts by paths instead of hosts, has no TLS, and of Azure's two services
# that of blobs alone. Everything else is as the jobs have it, the signing in with it.
_OF_EMULATOR = {
    "fs.abfss.impl": "org.apache.hadoop.fs.azurebfs.AzureBlobFileSystem",
    "fs.azure.always.use.https": "false",
    "fs.azure.networking.library": "JDK_HTTP_URL_CONNECTION",
    "fs.azure.fns.account.service.type": "BLOB",
    "fs.azure.account.hns.enabled": "false",
}
_FILES = "org.apache.spark.sql.execution.streaming.checkpointing"


@pytest.fixture
def emulator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The emulator's address."""
    with azurite(tmp_path) as address:
        for name, value in environment(address).items():
            monkeypatch.setenv(name, value)
        yield address


def run(layer: str, lake: Lake, broker: Broker, address: str) -> str:
    """Run a layer's job to its end; gives the line that it says last."""
    options = {f"spark.hadoop.{name}": value for name, value in _OF_EMULATOR.items()} | {
        "spark.hadoop.fs.azure.abfs.endpoint": address.removeprefix("http://"),
        "spark.sql.streaming.checkpointFileManagerClass": (
            f"{_FILES}.FileSystemBasedCheckpointFileManager"
        ),
    }
    words = [word for pair in options.items() for word in ("--conf", "=".join(pair))]
    told = ["--kafka-bootstrap-servers", broker.servers] if layer == "bronze" else []
    job = subprocess.run(
        [SPARK_SUBMIT, *words, ROOT / f"spark_jobs/{layer}.py", "--lake", lake.root, *told],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        env=os.environ | {"GYMPULSE_LOAD": "small"},
    )
    assert job.returncode == 0, job.stdout
    return job.stdout.splitlines()[-1]


@pytest.mark.long
def test_the_hourly_chain(broker: Broker, emulator: str) -> None:
    """It gives what it gives on this machine; an hour without data writes nothing."""
    lake, batches = Lake(f"{make_container(emulator, 'lake')}/gym"), placed(22)
    records, landed = records_and_files(batches)
    for file in landed:
        files.write(f"{lake.landing(file.folder)}/{file.name}", file.content)
    broker.send(records)

    said = [run(layer, lake, broker, emulator) for layer in LAYERS]
    assert said == [f"{layer} is done." for layer in LAYERS]
    assert_bronze_equals(records, landed, lake)
    assert_equals_oracle(Runner(lake, broker, None), batches)
    assert_ledger_balances(lake)
    locks = {f"{layer}.{kind}.lock" for layer in LAYERS for kind in ("running", "writing")}
    assert locks < files.names(lake.locks)

    before = versions(lake, *LAYERS)
    assert run("bronze", lake, broker, emulator) == "bronze is done."
    assert versions(lake, *LAYERS) == before
