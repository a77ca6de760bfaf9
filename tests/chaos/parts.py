"""The parts of the suite, in the order in which they are run."""

from collections.abc import Callable

from chaos import crashes, load, outages
from chaos.chaos import Chaos
from chaos.outcome import Outcome

Part = Callable[[Chaos], Outcome]

PARTS: dict[str, Part] = {
    "crashes": crashes.inject,
    "outages": outages.inject,
    "load": load.inject,
}
