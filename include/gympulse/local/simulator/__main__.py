"""The gym simulator, from the command line.

    python -m gympulse.local.simulator                         two days of history, then live
    python -m gympulse.local.simulator --from A --to B         history alone
    python -m gympulse.local.simulator --live                  go on in real time

The registration database is that of GYMPULSE_REGISTRATION_DSN, else of the PG* variables,
else that of the local platform.
"""

import os
import signal
import sys
import time
from datetime import UTC, datetime
from typing import Annotated

import typer
from psycopg2.extensions import make_dsn
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from gympulse.errors import BadSettings, GympulseError
from gympulse.local.postgres import database_environment
from gympulse.local.settings import read_settings
from gympulse.local.simulator.faults import Shares
from gympulse.local.simulator.flow import FAR_FUTURE, Plan, Simulation
from gympulse.local.simulator.people import DAY, OPENED
from gympulse.local.simulator.run import go_live, write_history
from gympulse.local.simulator.sinks import open_sinks

# What shells expect of a program that was interrupted.
INTERRUPTED = 130

app = typer.Typer(add_completion=False)
console = Console(highlight=False)

Share = Annotated[float, typer.Option(min=0, max=1, help="Share of the true records.")]


@app.command()
def simulate(
    begin: Annotated[str, typer.Option("--from", help="First instant, ISO 8601, UTC.")] = "",
    end: Annotated[str, typer.Option("--to", help="End, exclusive; now unless told.")] = "",
    live: Annotated[bool, typer.Option("--live", help="Go on in real time.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same events.")] = 7,
    members: Annotated[int, typer.Option(min=1, max=100_000)] = 60,
    gyms: Annotated[int, typer.Option(min=1)] = 5,
    late: Share = 0.01,
    duplicated: Share = 0.005,
    disordered: Share = 0.02,
    malformed: Share = 0.001,
    contradicting: Share = 0.001,
    kafka_bootstrap_servers: Annotated[
        str, typer.Option(help="HOST:PORT; the local platform's unless told.")
    ] = "",
) -> None:
    """Write two days of history, then go on in real time.

    With --from or --to, write that range at full speed and end; with --live alone, go on
    where this seed and these members were left. The registration database is that of
    GYMPULSE_REGISTRATION_DSN, else of the PG* variables, else the local platform's.
    """
    shares = Shares(late, duplicated, disordered, malformed, contradicting)
    plan = Plan(seed, members, gyms, shares)
    past = _range(begin, end, int(time.time())) if begin or end or not live else None
    live = live or not (begin or end)
    servers = kafka_bootstrap_servers or read_settings().kafka_bootstrap_servers
    sinks = open_sinks(servers, _registration_dsn())
    simulation = Simulation(plan, FAR_FUTURE if live else past[1])
    if past:
        with _Bar(*past) as bar:
            write_history(simulation, sinks, *past, bar.advance)
    if live:
        console.print("Live: members come and go in real time.")
        go_live(simulation, sinks, _log)


class _Bar:
    """A progress bar over simulated time, with the rate of records."""

    def __init__(self, start: int, stop: int) -> None:
        self._start, self._stop = start, stop
        self._written, self._began = 0, time.monotonic()
        share = TextColumn("{task.description} {task.percentage:>3.0f}%")
        words = TextColumn("{task.fields[records]:,} records, {task.fields[rate]:,.0f}/s")
        self._progress = Progress(share, BarColumn(), words, TimeElapsedColumn(), console=console)
        self._task = self._progress.add_task("History", total=stop - start, records=0, rate=0)

    def advance(self, instant: int, records: int) -> None:
        """Show how far it came."""
        self._written += records
        rate = self._written / (time.monotonic() - self._began)
        done = instant - self._start
        self._progress.update(self._task, completed=done, records=self._written, rate=rate)

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, *raised: object) -> None:
        if raised[0] is None:
            # The broker has the last record only now: that is what the rate means.
            self.advance(self._stop, 0)
        self._progress.stop()


def _log(instant: int, records: int) -> None:
    """Say in one line what a window brought."""
    if records:
        console.print(
            f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%d %H:%M:%S}  {records} records"
        )


def _range(begin: str, end: str, now: int) -> tuple[int, int]:
    """Read the range in epoch seconds: two days up to now unless told."""
    problems: list[str] = []
    stop = _instant("--to", end, problems) if end else now
    start = _instant("--from", begin, problems) if begin else (stop or now) - 2 * DAY
    if not problems and start >= stop:
        problems.append(f"--from is {begin or start}, which is not before --to, {end or 'now'}.")
    if not problems and start < OPENED:
        problems.append(f"--from is {begin or start}; the chain opened on 2019-01-01.")
    if problems:
        raise BadSettings(problems)
    return start, stop


def _instant(option: str, text: str, problems: list[str]) -> int | None:
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        problems.append(f"{option} is '{text}'; an instant such as 2025-03-01T06:00:00Z is needed.")
        return None
    return int((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp())


def _registration_dsn() -> str:
    """Give what psycopg2 connects to; empty where PG* variables say it all."""
    dsn = os.environ.get("GYMPULSE_REGISTRATION_DSN", "")
    if dsn or "PGHOST" in os.environ:
        return dsn
    told = database_environment(read_settings())
    return make_dsn(
        host=told["PGHOST"],
        port=told["PGPORT"],
        dbname=told["PGDATABASE"],
        user=told["PGUSER"],
        password=told["PGPASSWORD"],
    )


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Simulate; a failure is a sentence, never a stack trace."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        # An interrupted command does not raise here; its exit code comes back.
        code = app(standalone_mode=False) or 0
    except GympulseError as error:
        console.print(error.explained, style="red", markup=False)
        return 1
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except typer.TyperException as error:
        error.show()
        return error.exit_code
    if code == INTERRUPTED:
        console.print("Stopped before the end; what was sent may be sent again.")
    return code


if __name__ == "__main__":
    sys.exit(main())
