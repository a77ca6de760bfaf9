"""A shell in SQL over the lake, which changes nothing, for who may read the lake's files.

python -m gympulse.serving.sql --lake DIR [--env dev] [-c "SELECT ..."]
"""

import argparse
import atexit
import readline
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from rich.console import Console

from gympulse.errors import BadSettings, GympulseError
from gympulse.lake import Lake
from gympulse.model.tables import TABLES
from gympulse.serving.lake_sql import LakeSql, must_be_there
from gympulse.serving.shell import Shell

HISTORY = Path("~/.gympulse_sql_history")
_KEPT_LINES = 10_000
# Wide enough that no row is folded where no person looks.
_UNFOLDED = 100_000


def main(argv: Sequence[str] | None = None) -> int:
    """Answer; a failure is a sentence, never a stack trace."""
    parser = argparse.ArgumentParser(prog="python -m gympulse.serving.sql", description=__doc__)
    parser.add_argument("--lake", required=True, help="local path or abfss:// URI of the lake")
    parser.add_argument("--env", default="dev", help="environment below the lake (dev)")
    parser.add_argument("-c", "--command", help="answer this, and leave")
    parser.add_argument("--rows", type=int, default=100, help="rows shown at most (100)")
    parser.add_argument("--history", type=Path, default=HISTORY, help=f"file of lines ({HISTORY})")
    args = parser.parse_args(argv)
    try:
        return run(Lake(args.lake, args.env), args.command, args.history, args.rows)
    except GympulseError as error:
        print(error.explained, file=sys.stderr)
        return 1


def run(lake: Lake, command: str | None, history: Path = HISTORY, rows: int = 100) -> int:
    """Answer a command, what is piped in, or a person.

    Args:
        lake: The lake.
        command: SQL or a command of the shell; None to be asked.
        history: The file of lines typed before, which gains those typed now.
        rows: Rows of an answer that are shown at most.

    Returns:
        0; 1 where something was not answered and no person was there to see it.
    """
    must_be_there(lake)
    if rows < 1:
        raise BadSettings([f"--rows is {rows}; at least 1 is needed."])
    is_seen = sys.stdout.isatty()
    console = Console(highlight=False, width=None if is_seen else _UNFOLDED)
    shell = Shell(LakeSql(lake), console, rows)
    if command is None and sys.stdin.isatty():
        _remember(history.expanduser())
        shell.converse()
        return 0
    try:
        return 0 if shell.run(sys.stdin.read() if command is None else command) else 1
    except KeyboardInterrupt:
        return 130


def _remember(history: Path) -> None:
    """Let lines be edited, completed and found again, in later conversations too."""
    with suppress(OSError):
        readline.read_history_file(history)
    readline.set_history_length(_KEPT_LINES)
    readline.set_completer(_completion)
    readline.set_completer_delims(" \t\n,()=<>;")
    readline.parse_and_bind("tab: complete")
    # Lines can hold what members are called.
    with suppress(OSError):
        history.touch(0o600)
    atexit.register(_keep, history)


def _completion(begun: str, number: int) -> str | None:
    columns = {column for table in TABLES.values() for column in table.columns}
    words = (*TABLES, *sorted(columns), ".tables", ".schema", ".history", ".help", ".quit")
    found = [word for word in words if word.startswith(begun)]
    return found[number] if number < len(found) else None


def _keep(history: Path) -> None:
    with suppress(OSError):
        readline.write_history_file(history)


if __name__ == "__main__":
    sys.exit(main())
