"""What can go wrong on the local machine, each said in a sentence.

GympulseError
└── LocalProblem        set-up or a local service could not go on
    ├── NotLooked       nobody could say what vulnerabilities are known
    ├── PortTaken       another process listens where a service should
    └── ServiceDown     a service did not start, or stopped
"""

from collections.abc import Sequence

from gympulse.errors import GympulseError
from gympulse.runbook import Section


class LocalProblem(GympulseError):
    """Set-up or a local service could not go on; the message says what to do."""

    section = Section.LOCAL


class NotLooked(LocalProblem):
    """Nobody could say what vulnerabilities are known, so that nothing is known of them."""

    def __init__(self, address: str, found: str) -> None:
        self.address = address
        super().__init__(f"{address} gave no answer that can be used ({found}); try again later.")


class PortTaken(LocalProblem):
    """Ports that services need are held by other processes; all are listed."""

    def __init__(self, taken: Sequence[tuple[str, int, str]], settings_file: str) -> None:
        self.taken = tuple(taken)
        listed = "\n".join(
            f"Port {port} ({name} in {settings_file}) is taken by {holder}."
            for name, port, holder in self.taken
        )
        super().__init__(
            f"{listed}\nEnd that process, or give other ports in {settings_file}; "
            "nothing was started."
        )


class ServiceDown(LocalProblem):
    """A service did not become ready; its log's last lines are in the message."""

    def __init__(self, service: str, found: str, log: str, last_lines: Sequence[str]) -> None:
        self.service, self.log = service, log
        tail = "".join(f"\n    {line}" for line in last_lines)
        super().__init__(
            f"{service} did not become ready ({found}). Its log is {log}"
            f"{', which ends:' + tail if tail else '.'}"
            "\nCorrect what it names, then type `make run` again."
        )
