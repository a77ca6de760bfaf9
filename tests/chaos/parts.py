"""The parts of the suite, in the order in which they are run."""

from collections.abc import Callable

from chaos import clocks, crashes, crowd, disk, inputs, kafka, load, outages
from chaos.chaos import Chaos
from chaos.outcome import Outcome

Part = Callable[[Chaos], Outcome]

PARTS: dict[str, Part] = {
    "crashes": crashes.inject,
    "outages": outages.inject,
    "kafka": kafka.inject,
    "disk": disk.inject,
    "clocks": clocks.inject,
    "crowd": crowd.inject,
    "load": load.inject,
    "inputs": inputs.inject,
}
# What takes long, and is done only when it is named.
ALONE: dict[str, Part] = {"kafka-full": kafka.inject_in_full, "load-full": load.inject_in_full}
