"""What was injected, and what was then held against what: each check with a negative control."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Check:
    """Something that has to be so after all that was done.

    Attributes:
        name: What has to be so.
        found: What was found, in words.
        problem: Why it is not so; empty where it is.
        control: What was spoiled to see that the check can fail.
        is_noticed: Whether the check then failed.
    """

    name: str
    found: str
    problem: str
    control: str
    is_noticed: bool

    @property
    def is_held(self) -> bool:
        """Whether it is so, and would have been noticed if it were not."""
        return not self.problem and self.is_noticed


@dataclass
class Outcome:
    """What one part did, and what came of it.

    Attributes:
        part: Its name.
        injected: How often each thing was done.
        checks: What was looked at afterwards.
        seconds: How long it took.
    """

    part: str
    injected: Counter[str] = field(default_factory=Counter)
    checks: list[Check] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_held(self) -> bool:
        """Whether every check is held."""
        return all(check.is_held for check in self.checks)

    def hold(
        self,
        name: str,
        look: Callable[[], str],
        control: str,
        spoiled: Callable[[], AbstractContextManager],
    ) -> None:
        """Look whether something is so, and then whether it would be noticed if it were not.

        Args:
            name: What has to be so.
            look: Says what it found; raises AssertionError where it is not so.
            control: What is spoiled, in words.
            spoiled: Within it something is spoiled, and then as it was.
        """
        found, problem = _looked(look)
        with spoiled():
            _, noticed = _looked(look)
        self.checks.append(Check(name, found, problem, control, bool(noticed)))


def _looked(look: Callable[[], str]) -> tuple[str, str]:
    try:
        return look(), ""
    except AssertionError as error:
        return "", str(error) or "it is not so"
