"""The small world of made histories: few people, things and instants, so that they meet."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from oracle.records import SECOND

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
# The last ones are not exact as double.
USERS = (11, 12, 12474, 2**53 + 1)
DEVICES = (101, 118440, 7, 2**63 - 1)
STRANGER = 999
"""A device that nobody registers."""
MACS = ("aa:00:00:00:00:01", "0a:1b:2c:3d:4e:5f", "ff:ff:ff:00:00:03", "aa:00:00:00:00:04")
STRANGER_MAC = "de:ad:be:ef:00:00"
GYMS = (1, 2)
TIMES_OF_DAY = (0, 6 * HOUR, 17 * HOUR, 23 * HOUR + 30 * MINUTE)
JITTER = (0, 0, 0, 0, 1, -1, 500_000, 10 * MINUTE, -10 * MINUTE, HOUR)
DURATIONS = (
    MINUTE - 1,
    MINUTE,
    MINUTE + 1,
    10 * MINUTE,
    HOUR,
    HOUR,
    90 * MINUTE,
    8 * HOUR,
    12 * HOUR,
    12 * HOUR + 1,
)
# 0.3 s is 0.005 minutes, which rounds up; a microsecond less rounds down.
STAYS = (0, 299_999, 300_000, 18 * SECOND, 50 * MINUTE, HOUR, 3 * HOUR, 26 * HOUR)
# Between readings that follow one another: on both sides of what is a jump, and a silence.
PACES = (
    10 * SECOND,
    10 * SECOND + 1,
    30 * SECOND,
    MINUTE,
    MINUTE + 1,
)
LEAP_DAYS = ("2024-02-28", "2024-02-29", "2024-03-01", "2024-03-31")
COMMON_DAYS = ("2023-02-27", "2023-02-28", "2023-03-01", "2023-03-26")


@dataclass(frozen=True)
class World:
    """What one history plays in.

    Attributes:
        leap: Whether its days surround 29 February, or a 1 March without one. The last
            of its days changes to summer time in Europe.
        connector: Whose log positions its Debezium events carry.
    """

    leap: bool = True
    connector: str = "postgresql"

    @property
    def grid(self) -> list[int]:
        """The instants at which most things happen."""
        days = LEAP_DAYS if self.leap else COMMON_DAYS
        midnights = [datetime.fromisoformat(day).replace(tzinfo=UTC) for day in days]
        return [
            int(midnight.timestamp()) * SECOND + time
            for midnight in midnights
            for time in TIMES_OF_DAY
        ]

    def moment(self, rng: Random) -> int:
        """Return an instant on the grid, or near it."""
        return rng.choice(self.grid) + rng.choice(JITTER)

    def rare_moment(self, rng: Random) -> int:
        """Return one of very few instants, for what should coincide."""
        return rng.choice(self.grid[2::4])

    def before(self) -> int:
        """Return an instant a day before everything."""
        return self.grid[0] - 24 * HOUR


def person(rng: Random) -> tuple[int, int, str]:
    """Return a user, with a device and a MAC address that are mostly their own."""
    at = rng.randrange(len(USERS))
    device = DEVICES[at] if rng.random() < 0.8 else rng.choice((*DEVICES, STRANGER))
    mac_address = MACS[at] if rng.random() < 0.8 else rng.choice((*MACS, STRANGER_MAC))
    return USERS[at], device, mac_address


def days_since_1970(text: str) -> int:
    """Return a MM/dd/yyyy date as Debezium writes dates."""
    month, day, year = map(int, text.split("/"))
    return (datetime(year, month, day, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
        1
    )
