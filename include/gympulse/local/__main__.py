"""The platform on this machine, from the command line; `make` calls it.

python -m gympulse.local run | status | snapshot | token | sql | export | stop | clean
"""

import shutil
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gympulse.errors import GympulseError
from gympulse.local import show
from gympulse.local.airflow import passwords_file, users
from gympulse.local.airflow_api import write_header
from gympulse.local.connect import ask_for_snapshot
from gympulse.local.errors import LocalProblem
from gympulse.local.first_run import wait_for_gold, write_history
from gympulse.local.platform import Platform
from gympulse.local.settings import HOST, ROOT, LocalSettings, read_settings
from gympulse.model.tables import TABLES
from gympulse.settings import Kafka, Settings
from gympulse.status import grids

# What Typer returns where a person pressed Ctrl-C.
INTERRUPTED = 130
CACHES = (".pytest_cache", ".ruff_cache", ".hypothesis", ".screenshots")

# A trace with the values of variables would show passwords.
app = typer.Typer(add_completion=False, help=__doc__, pretty_exceptions_enable=False)
console = Console(highlight=False, soft_wrap=True)


@app.command()
def run() -> None:
    """Start the services, fill the lake to gold the first time, and show it.

    Replay: what runs stays, and history is written once.
    """
    began = time.monotonic()
    settings = read_settings()
    platform = Platform(settings)
    with console.status("Starting; logs are in " + str(settings.logs)):
        platform.start(["postgres", "kafka", "connect"], console.print)
    write_history(settings, console.print)
    with console.status("Airflow starts, and takes the last full hour to gold"):
        platform.start(["airflow", "scheduler"], console.print)
        wait_for_gold(settings, console.print)
        platform.start(["simulator"], console.print)
    for name in show.NEWEST:
        console.print(show.newest_rows(settings.lake, TABLES[name]))
    console.print(f"Up in {time.monotonic() - began:.0f} s.", _guide(settings), sep="\n")


@app.command()
def status() -> None:
    """Show what runs, how far each layer is, what was set aside, and the rows of each table."""
    settings = read_settings()
    platform = Platform(settings)
    if not platform.exists():
        console.print("Nothing was started here yet. Next: `make run`.")
        return
    kafka, is_up = Kafka(settings.kafka_bootstrap_servers), platform.supervisor.is_running()
    console.print(show.processes(platform))
    if is_up:
        console.print(show.capture(settings))
    for grid in grids(Settings(settings.lake, kafka=kafka if is_up else None)):
        console.print(grid)
    console.print(show.row_counts(settings.lake))
    if is_up:
        console.print(f"Next: {_airflow(settings)}, or `make stop`.")
    else:
        console.print("Nothing runs. Next: `make run`.")


@app.command()
def snapshot() -> None:
    """Let Debezium send every member's profile once more, as after a loss of `user_info`.

    Replay: the profiles are sent again, which changes nothing in the lake.
    """
    settings = read_settings()
    count = ask_for_snapshot(settings)
    console.print(f"Debezium was asked to send all {count:,} profiles once more.")
    console.print(
        "Next: the next run of `bronze` takes them in; `make status` shows the connector."
    )


@app.command()
def token() -> None:
    """Log in at Airflow, and keep the header with its token for `curl`."""
    settings = read_settings()
    file = _shown(write_header(settings))
    console.print(f"{file} lets its reader in, for a day.")
    console.print(f"Next: curl -H @{file} {settings.airflow_url}/gympulse/freshness")


@app.command()
def sql(command: Annotated[str, typer.Option(help="Answer this, and leave.")] = "") -> None:
    """Ask the lake's tables in SQL; nothing is changed."""
    # Only here: what it needs takes a second to load.
    from gympulse.serving import sql as shell

    raise typer.Exit(shell.run(read_settings().lake, command or None))


@app.command()
def export(
    to: Annotated[Path, typer.Option(help="Folder to write, or to replace.")] = Path("export"),
    format: Annotated[str, typer.Option(help="parquet or duckdb.")] = "parquet",
) -> None:
    """Write the tables of gold as files, for Power BI, Tableau and the like."""
    from gympulse.serving import export as files

    files.export(read_settings().lake, to, format)


@app.command()
def stop() -> None:
    """End what was started, and only that; the state stays."""
    settings = read_settings()
    with console.status("Stopping"):
        Platform(settings).stop()
    console.print(f"Stopped; the state is kept in {settings.folders.state}.")
    console.print("Next: `make run` goes on where it was, `make clean` removes the state.")


@app.command()
def clean() -> None:
    """Stop, then remove the state and the caches; downloads stay."""
    settings = read_settings()
    platform = Platform(settings)
    platform.stop()
    state = settings.folders.state
    if state.exists() and not platform.exists():
        raise LocalProblem(f"{state} was not made by `make run`; it is left as it is.")
    for folder in (state, *(ROOT / name for name in CACHES)):
        if folder.exists():
            console.print(f"Removing {folder}")
            shutil.rmtree(folder)
    if settings.folders.lake.exists():
        lake = settings.folders.lake
        console.print(f"Left: {lake}, outside the state. It knows the old broker: move it away.")
    console.print("Kept: the downloads in .venv and .tools. Next: `make run` starts afresh.")


def _guide(settings: LocalSettings) -> str:
    secrets = _shown(settings.folders.state / "secrets.json")
    return f"""
Airflow     {_airflow(settings)}
Dashboard   {settings.airflow_url}/plugin/gympulse-gyms
REST API    {settings.airflow_url}/gympulse/docs  (with the same log-in, or a token)
Connect     {settings.connect_url}/connectors?expand=status  (Debezium, from PostgreSQL to Kafka)
Kafka       {settings.kafka_bootstrap_servers}  (topics {", ".join(settings.topics)})
PostgreSQL  {HOST}:{settings.ports.postgres}  (database registration, passwords in {secrets})
Lake        {_shown(settings.folders.lake)}
Logs        {_shown(settings.logs)}

Members now come and go in real time, and each full hour brings them to gold.
Next: open the UI and trigger `bronze`, type `make status`, or `make stop`."""


def _airflow(settings: LocalSettings) -> str:
    who = ", ".join(users(settings))
    return f"{settings.airflow_url}  (users {who}; passwords in {_shown(passwords_file(settings))})"


def _shown(path: Path) -> Path:
    """Shorten a path for people who stand in the project's folder."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def main() -> int:
    """Run a command; a failure is a sentence, never a stack trace."""
    try:
        code = app(standalone_mode=False) or 0
    except GympulseError as error:
        Console(stderr=True).print(error.explained, style="red", markup=False, soft_wrap=True)
        return 1
    except typer.TyperException as error:
        error.show()
        return error.exit_code
    if code == INTERRUPTED:
        console.print("Interrupted; what was started still runs. Next: `make run` or `make stop`.")
    return code


if __name__ == "__main__":
    sys.exit(main())
