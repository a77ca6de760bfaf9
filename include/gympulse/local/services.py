"""What a supervised program and a service are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed


class NotReady(Exception):
    """A service does not answer yet; asking again may help."""


def until_ready(seconds: float, ask: Callable[..., None], *arguments: object) -> None:
    """Ask four times a second, until it raises ``NotReady`` no more.

    Raises:
        NotReady: It still does after so many seconds.
    """
    Retrying(
        retry=retry_if_exception_type(NotReady),
        stop=stop_after_delay(seconds),
        wait=wait_fixed(0.25),
        reraise=True,
    )(ask, *arguments)


def nothing() -> None:
    """Do nothing: the default of a service's steps."""


@dataclass(frozen=True)
class Program:
    """One process under the supervisor.

    Attributes:
        name: Also that of its log.
        command: Without secrets, which any user of the machine could read there.
        environment: Added to that of the supervisor.
        stop_signal: What asks it to end.
        signals_group: Whether its children are asked too, not only killed at last.
        stop_seconds: How long it may take before it is killed with all its children.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: str = "TERM"
    signals_group: bool = True
    stop_seconds: int = 20


@dataclass(frozen=True)
class Service:
    """One or more programs with what goes before and after their start.

    Attributes:
        name: How people call it.
        programs: Started together.
        ports: Names, in ``local.toml``, of the ports it listens on.
        prepare: Runs before the programs.
        check: Raises ``NotReady`` until the service answers.
        furnish: Runs once it answers, as to create topics.
        mend: Runs instead where it was up already, as to start again what failed within.
        patience_seconds: How long it may take to answer.
    """

    name: str
    programs: Sequence[Program]
    ports: Sequence[str] = ()
    prepare: Callable[[], None] = nothing
    check: Callable[[], None] = nothing
    furnish: Callable[[], None] = nothing
    mend: Callable[[], None] = nothing
    patience_seconds: int = 60
