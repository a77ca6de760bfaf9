"""One writer at a time in a container: leases, and holders that die or are cut off."""

import logging
import signal
import subprocess
import sys
from threading import Thread

import pytest
from azure.storage.blob import BlobLeaseClient, ExponentialRetry

from gympulse.errors import CopyHeld, LockHeld, StoreAway
from gympulse.io import azure_blobs, landing_cursor, locks
from gympulse.lake import Lake

# Holds a layer until it is ended. Its lease is the shortest that Azure grants.
_HOLDER = """
import sys, time
from gympulse.io import lease_locks, locks
from gympulse.lake import Lake

lease_locks.LEASE_SECONDS, lease_locks._RENEW_SECONDS = 15, 0.2
{before}
gateway = {gateway}
with locks.running("{layer}", Lake(sys.argv[1]), gateway):
    {then}
    print("held", flush=True)
    time.sleep(60)
"""
_JAVA = "__import__('pyspark.java_gateway').java_gateway.launch_gateway()"
_REFUSED = "The lease ID matched, but the lease has been broken explicitly and cannot be renewed"
_LOST = (
    "silver failed: The lock {path} was lost ({why}), so that another process may write now. "
    "This one has ended itself; start it again.\n"
    "More in README.md, When something breaks: Another process is at work.\n"
)


@pytest.fixture
def lake(make_root) -> Lake:
    return Lake(make_root())


@pytest.fixture
def hold(lake):
    """Start a process that holds a layer, and wait until it does."""
    started = []

    def start(
        before: str = "", then: str = "", gateway: str = "None", layer: str = "silver"
    ) -> subprocess.Popen:
        program = _HOLDER.format(before=before, then=then, gateway=gateway, layer=layer)
        holder = subprocess.Popen(
            [sys.executable, "-c", program, lake.root], stdout=subprocess.PIPE, text=True
        )
        started.append(holder)
        assert holder.stdout.readline() == "held\n"
        return holder

    yield start
    for holder in started:
        holder.kill()
        holder.wait()
        holder.stdout.close()


def lock(lake: Lake, name: str) -> str:
    return f"{lake.locks}/silver.{name}.lock"


def test_a_second_copy_is_refused_and_a_killed_one_holds_nothing_for_long(lake, hold) -> None:
    """The holder is named. What it held is free when its lease runs out, but not before."""
    living, holder = hold(layer="gold"), hold()
    for _ in range(2):
        with pytest.raises(LockHeld) as raised, locks.running("silver", lake, None):
            pass
        assert f"The silver layer is held by its job, process {holder.pid} on " in str(raised.value)
        holder.send_signal(signal.SIGKILL)
        holder.wait()

    # It takes longer than a lease, which who lives has renewed.
    with locks.writing("silver", lake, None, "backfill 1"):
        assert living.poll() is None
    with pytest.raises(LockHeld), locks.running("gold", lake, None):
        pass


def test_who_waits_is_next(lake, caplog) -> None:
    """What is said meanwhile names the holder, in whatever letters; others are not kept out."""
    caplog.set_level(logging.INFO, "gympulse.io.locks")
    taken = []

    def wait() -> None:
        with locks.writing("silver", lake, None, "its job"):
            taken.append("the waiting one")

    waiting = Thread(target=wait)
    with locks.writing("silver", lake, None, "backfill für März"):
        waiting.start()
        waiting.join(1)
        with locks.writing("gold", lake, None, "its job"):
            taken.append("another layer")
        assert waiting.is_alive()
    waiting.join()

    assert taken == ["another layer", "the waiting one"]
    assert caplog.messages[0].startswith("silver is held by backfill für März, process ")


def test_an_account_that_does_not_answer_is_said(lake, monkeypatch) -> None:
    monkeypatch.setenv("AZURITE_BLOB_STORAGE_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(azure_blobs, "_RETRY", ExponentialRetry(retry_total=0))
    with (
        pytest.raises(StoreAway, match="silver.running.lock cannot be reached .* AZURE_"),
        locks.running("silver", lake, None),
    ):
        pass


def test_short_locks(lake, monkeypatch) -> None:
    """Of the ledger's writer, and of a copy to a landing folder."""
    monkeypatch.setattr(landing_cursor, "_PATIENCE_SECONDS", 0.1)
    folder = lake.landing("gym_logins")
    with (
        landing_cursor.alone(folder, "gym_logins"),
        pytest.raises(CopyHeld, match="Another process copies gym_logins to abfss://"),
        landing_cursor.alone(folder, "gym_logins"),
    ):
        pass
    with landing_cursor.alone(folder, "gym_logins"):
        pass


@pytest.mark.parametrize(
    ("before", "then", "why"),
    [
        pytest.param(
            "lease_locks.LEASE_SECONDS = 60",
            "lease_locks.BlobLeaseClient(lease_locks.azure_blobs.blob("
            "f'{Lake(sys.argv[1]).locks}/silver.running.lock')).break_lease(0)",
            _REFUSED,
            id="another broke it",
        ),
        pytest.param(
            "lease_locks._MARGIN_SECONDS = 14",
            "lease_locks.BlobLeaseClient.renew = lambda *_, **__: (_ for _ in ()).throw("
            "lease_locks.AzureError('cut off'))",
            "cut off",
            id="the account does not answer",
        ),
        pytest.param(
            "lease_locks._MARGIN_SECONDS = 14",
            "lease_locks.BlobLeaseClient.renew = lambda *_, **__: time.sleep(60)",
            "no answer",
            id="asking hangs",
        ),
    ],
)
def test_who_loses_its_lease_ends(lake, hold, before: str, then: str, why: str) -> None:
    holder = hold(before, then)

    told, _ = holder.communicate(timeout=30)
    assert holder.returncode == 1
    assert any(
        told == _LOST.format(path=lock(lake, name), why=why) for name in ("running", "writing")
    )


def test_java_ends_first(lake, hold, tmp_path) -> None:
    """It is what commits, and ends without more ado: it would remove the file otherwise."""
    file = tmp_path / "left"
    file.touch()
    holder = hold(then=f"gateway.jvm.java.io.File({str(file)!r}).deleteOnExit()", gateway=_JAVA)
    BlobLeaseClient(azure_blobs.blob(lock(lake, "writing"))).break_lease(0)

    told, _ = holder.communicate(timeout=30)
    assert (holder.returncode, file.exists()) == (1, True)
    assert told == _LOST.format(path=lock(lake, "writing"), why=_REFUSED)
