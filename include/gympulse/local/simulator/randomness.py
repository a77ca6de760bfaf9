"""Random streams, one for every purpose and thing, independent of what else is drawn."""

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What a stream is for; the numbers are part of what a seed means."""

    LIFE = 1
    DAY = 2
    CURVE = 3
    READING_FAULTS = 4
    EVENT_FAULTS = 5
    DENSE = 6


def stream(seed: int, purpose: Purpose, *ids: int) -> np.random.Generator:
    """Open the stream of one thing, the same whenever and in whatever order it is opened."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, purpose, *ids])))
