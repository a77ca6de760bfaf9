"""What reads the lake without Spark answers alike, wherever the lake is."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from obstore.store import from_url

from adls.conftest import MakeRoot, upload
from gympulse import status
from gympulse.errors import BadSettings
from gympulse.io.completeness import Completeness
from gympulse.io.schema import create
from gympulse.lake import Lake
from gympulse.model import tables
from gympulse.serving.engine import Engine
from gympulse.serving.export import export
from gympulse.serving.limits import Limits
from gympulse.serving.problems import Problem
from gympulse.serving.resources import CURVE
from gympulse.serving.sql import run
from gympulse.serving.versions import Versions
from gympulse.serving.views import VIEWS
from gympulse_airflow.triggers import LayerCompleteTrigger
from serving.in_sql import said
from serving.made_lake import append, write_run
from serving.reading import SERVED
from serving.served import Client, client_of

# The end of the fortnight that the lake holds.
END = datetime(2025, 1, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


def questions(client: Client) -> list[str]:
    """One to each table and view, and some that choose rows, columns or versions."""
    first = client.get("/workout-bpm-summary?limit=1").json()["rows"][0]
    return [
        *(f"{path}?limit=50" for path in SERVED),
        f"{CURVE.path.format(**first)}?format=csv",
        "/gym-occupancy?from_date=2025-01-10&to_date=2025-01-11&gym_id=2",
        "/gym-summary?as_of=1&limit=1000",
        f"/gym-summary?as_of={END - timedelta(days=4000):%Y-%m-%dT%H:%M:%SZ}",
        "/gym-summary?as_of=99",
        "/freshness",
        *(f"/views/{view.name}" for view in VIEWS),
    ]


def test_the_api(local: Lake, remote: Lake) -> None:
    with client_of(local) as here, client_of(remote) as there:
        for question in questions(here):
            expected, found = here.get(question), there.get(question)
            assert (question, found.status_code, found.content) == (
                question,
                expected.status_code,
                expected.content,
            )
            told = [name for name in expected.headers if name.startswith("gympulse-")]
            assert all(found.headers[name] == expected.headers[name] for name in told)


def test_the_shell(local: Lake, remote: Lake) -> None:
    for typed in (
        ".tables",
        ".history gold_db.gym_summary",
        "SELECT gym_id, count(*), max(date) FROM gold_db.gym_summary GROUP BY 1 ORDER BY 1",
        "SELECT count(*) FROM gold_db.gym_summary AT (VERSION => 1)",
        "FROM silver_db.nothing",
        "FROM read_text('/etc/hostname')",
    ):
        assert said(remote, typed) == said(local, typed)
    other = f"FROM read_parquet('{remote.path(tables.GYM_SUMMARY)}/*.parquet')"
    assert said(remote, other)[0] is False


def test_exports(local: Lake, remote: Lake, tmp_path: Path) -> None:
    exported = []
    for lake in (local, remote):
        folder = tmp_path / str(len(exported))
        export(lake, folder)
        told = json.loads((folder / "export.json").read_text())
        files = sorted(folder.glob("*/*.parquet"))
        rows = {each.name: duckdb.read_parquet(str(each)).fetchall() for each in files}
        exported.append((told, {name: sorted(each, key=str) for name, each in rows.items()}))

    assert exported[0] == exported[1]
    assert len(exported[0][1]) == len(tables.GOLD)


def test_the_status(local: Lake, remote: Lake, capsys: pytest.CaptureFixture) -> None:
    shown = []
    for lake in (local, remote):
        assert status.main(["--lake", lake.root]) == 0
        shown.append(capsys.readouterr().out)

    assert shown[0] == shown[1]
    assert "complete through" in shown[0]


def test_what_is_new_is_seen(local: Lake, make_root: MakeRoot) -> None:
    """Rows, runs, and a table that took the place of another."""
    lake = Lake(make_root())
    upload(Path(local.root), lake.root)
    versions, gold = Versions(lake), Completeness(lake, "gold")
    before = versions.newest(tables.GYM_SUMMARY)
    assert gold.latest() == END - HOUR

    append(lake, tables.GYM_SUMMARY, {"gym_id": [1]})
    write_run(lake, END, "another")
    after = versions.newest(tables.GYM_SUMMARY)
    assert (after.number, len(after.files)) == (before.number + 1, len(before.files) + 1)
    assert gold.latest() == END
    assert versions.complete_through(after) == END

    store = from_url(lake.path(tables.GYM_SUMMARY))
    store.delete([each["path"] for each in store.list("_delta_log").collect()])
    create(lake, [tables.GYM_SUMMARY])
    assert versions.newest(tables.GYM_SUMMARY).number == 0


@pytest.mark.parametrize("through", [END - HOUR, END], ids=["complete", "too late"])
def test_a_layer_is_waited_for(remote: Lake, through: datetime) -> None:
    waited = LayerCompleteTrigger(
        remote.root, remote.env, "bronze", through.isoformat(), END.isoformat()
    )

    async def first():
        return await anext(aiter(waited.run()))

    event = asyncio.run(first())
    assert ("in time" in str(event.payload)) is (through == END)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("{other}/table/a.txt", id="another container"),
        pytest.param("{lake}-too/a.txt", id="a folder beside the lake"),
        pytest.param("{lake}/../a.txt", id="a folder above the lake"),
        pytest.param("/etc/hostname", id="this machine"),
    ],
)
def test_the_engine_reads_nothing_but_the_lake(
    remote: Lake, make_root: MakeRoot, path: str
) -> None:
    """Though what it reads by could: the files are there."""
    other = make_root()
    from_url(other).put("table/a.txt", b"secret")
    from_url(remote.root.rpartition("/")[0]).put("a.txt", b"secret")
    from_url(f"{remote.root}-too").put("a.txt", b"secret")
    engine = Engine(remote, Limits())

    with pytest.raises((duckdb.Error, Problem)) as raised:
        engine.ask("FROM read_text($path)", {"path": path.format(lake=remote.root, other=other)})
    assert "secret" not in str(raised.value)


def test_an_address_that_is_none_is_said(remote: Lake, capsys: pytest.CaptureFixture) -> None:
    needed = "a local path or abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/FOLDER is needed."
    for root in ("abfss://a@b.c/d", "s3://lake/a", "abfss://lake/a"):
        with pytest.raises(BadSettings, match=f"--lake is '{root}'; {needed}"):
            run(Lake(root), "SELECT 1")
        assert status.main(["--lake", root]) == 1
        assert f"--lake is '{root}'; {needed}" in capsys.readouterr().err


def test_a_lake_out_of_reach_is_said(remote: Lake, capsys: pytest.CaptureFixture) -> None:
    """By the status, the shell and the API; nobody takes it for an empty one."""
    out_of_reach = Lake(f"abfss://nobodys@{remote.root.partition('@')[2]}")
    assert status.main(["--lake", out_of_reach.root]) == 1
    assert f"{out_of_reach.root} cannot be reached" in capsys.readouterr().err
    with client_of(out_of_reach) as client:
        assert client.get("/gym-summary").status_code == 503
