"""What happens in a made history; each happening is a few records that belong together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from oracle import spelling
from oracle.world import DEVICES, DURATIONS, GYMS, HOUR, PACES, STAYS, STRANGER, World, person

RATES = ("20", "250", "67.17", "60", "61.5", "180", "99.99", '"72.25"', "1.2e2", "72.1000000000001")
# Above what is expected of an age, at rest, to and fro by 40 and by more, and all of it.
STRAINS = (
    ("250", "205.5", "220"),
    ("59.99", "45", "45", "20", "20", "60"),
    ("80", "120", "120.5"),
    ("250", "250", "59.5"),
)


@dataclass(frozen=True)
class Message:
    """A Kafka record before the broker has it."""

    topic: str
    key: bytes | None
    value: bytes | None


@dataclass(frozen=True)
class Line:
    """A line of a landed file: its values by column, in the source's order."""

    folder: str
    values: tuple[tuple[str, str], ...]


Happening = Callable[[Random, World], list[Message | Line]]


def keyed(rng: Random, topic: str, owner: int, value: bytes | None) -> Message:
    """Make a message, at times with a key that is absent or makes no sense."""
    key = str(owner).encode()
    return Message(topic, rng.choice((key, key, key, None, b"", b"\xff?")), value)


def reading_fields(rng: Random, device_id: int, time: int) -> dict[str, str]:
    """Return the raw fields of a valid reading."""
    return {
        "device_id": spelling.whole(rng, device_id),
        "time": spelling.instant(rng, time),
        "heartrate": rng.choice(RATES),
    }


def workout_fields(rng: Random, session: tuple, action: str, time: int) -> dict[str, str]:
    """Return the raw fields of a valid start or stop."""
    names = ("user_id", "workout_id", "session_id")
    ids = {name: spelling.whole(rng, n) for name, n in zip(names, session, strict=True)}
    return ids | {"timestamp": spelling.instant(rng, time), "action": f'"{action}"'}


def line(folder: str, fields: Mapping[str, str]) -> Line:
    """Make a line from raw fields."""
    return Line(folder, tuple((name, raw.strip('"')) for name, raw in fields.items()))


def registration_fields(rng: Random, world: World) -> dict[str, str]:
    """Return the raw fields of a valid registration."""
    user_id, device_id, mac_address = person(rng)
    since = rng.choice((world.before(), world.rare_moment(rng), world.moment(rng)))
    return {
        "user_id": spelling.whole(rng, user_id),
        "device_id": spelling.whole(rng, device_id if device_id != STRANGER else DEVICES[0]),
        "mac_address": rng.choice((mac_address, mac_address.upper())),
        "registration_timestamp": spelling.instant(rng, since),
    }


def visit_fields(rng: Random, world: World, open_share: float = 0.2) -> dict[str, str]:
    """Return the raw fields of a valid visit."""
    login = world.moment(rng)
    logout = spelling.instant(rng, login + rng.choice(STAYS))
    return {
        "mac_address": person(rng)[2],
        "gym": spelling.whole(rng, rng.choice(GYMS)),
        "login": spelling.instant(rng, login),
        "logout": "" if rng.random() < open_share else logout,
    }


def registration(rng: Random, world: World) -> list:
    """Somebody registers a device and a phone."""
    return [line("registered_users", registration_fields(rng, world))]


def visit(rng: Random, world: World) -> list:
    """Somebody visits a gym."""
    return [line("gym_logins", visit_fields(rng, world))]


def disputed_visit(rng: Random, world: World) -> list:
    """One visit is told several times: open, closed, and with other logouts."""
    fields = visit_fields(rng, world, open_share=1)
    login = world.moment(rng)
    fields["login"] = spelling.instant(rng, login)
    stays = rng.sample(STAYS, 2)
    closed = [fields | {"logout": spelling.instant(rng, login + stay)} for stay in stays]
    return [line("gym_logins", told) for told in (fields, *closed)]


def session_of(rng: Random, user_id: int) -> tuple[int, int, int]:
    """Return the ids of a session; few, so that they come again."""
    return (user_id, rng.choice((1, 1, 2, 3)), rng.choice((1, 1, 2)))


def session(rng: Random, world: World) -> list:
    """Somebody works out, with readings around both ends, and maybe in the gym."""
    user_id, device_id, mac_address = person(rng)
    ids = session_of(rng, user_id)
    start = world.moment(rng)
    end = start + rng.choice(DURATIONS)
    middle = (start + end) // 2
    found: list[Message | Line] = []
    for action, time in (("start", start), ("stop", end)):
        fields = workout_fields(rng, ids, action, time)
        found.append(keyed(rng, "workout", user_id, spelling.document(rng, fields)))
    around = (start - 1, start, start + 1, middle, end - 1, end, end + 1)
    for time in rng.sample(around, rng.choice((0, 3, 5, 7))):
        fields = reading_fields(rng, device_id, time)
        found.append(keyed(rng, "bpm", device_id, spelling.document(rng, fields)))
    if rng.random() < 0.5:
        login, logout = rng.choice((start, start - HOUR)), rng.choice((end, end + HOUR))
        told = {"mac_address": mac_address, "login": spelling.instant(rng, login)}
        told |= {"logout": spelling.instant(rng, logout)}
        found.append(line("gym_logins", visit_fields(rng, world) | told))
    if rng.random() < 0.3 and device_id != STRANGER:
        since = rng.choice((world.before(), start, middle, middle + 1))
        found.append(wears(rng, user_id, device_id, mac_address, since))
    strained = strain(rng, device_id, start)
    if strained and device_id != STRANGER and rng.random() < 0.6:
        strained.append(wears(rng, user_id, device_id, mac_address, world.before()))
    return found + strained


def wears(rng: Random, user_id: int, device_id: int, mac_address: str, since: int) -> Line:
    """Somebody registers what they wear and carry."""
    registered = {
        "user_id": str(user_id),
        "device_id": str(device_id),
        "mac_address": mac_address,
        "registration_timestamp": spelling.instant(rng, since),
    }
    return line("registered_users", registered)


def strain(rng: Random, device_id: int, start: int) -> list[Message | Line]:
    """At times a heart is strained for a while: readings that follow one another closely."""
    found: list[Message | Line] = []
    rates, pace = rng.choice(STRAINS), rng.choice(PACES)
    time = start + rng.choice((0, 1))
    for _ in range(rng.choice((0, 4, 9))):
        fields = reading_fields(rng, device_id, time) | {"heartrate": rng.choice(rates)}
        found.append(keyed(rng, "bpm", device_id, spelling.document(rng, fields)))
        time += rng.choice((pace, pace, rng.choice(PACES)))
    return found


def lone_event(rng: Random, world: World) -> list:
    """A start without its stop, or a stop without its start."""
    user_id, _, _ = person(rng)
    action = rng.choice(("start", "stop"))
    fields = workout_fields(rng, session_of(rng, user_id), action, world.moment(rng))
    return [keyed(rng, "workout", user_id, spelling.document(rng, fields))]


def back_to_back(rng: Random, world: World) -> list:
    """A session stops at the instant at which the next starts."""
    user_id, _, _ = person(rng)
    ids, start = session_of(rng, user_id), world.moment(rng)
    middle, end = start + HOUR, start + HOUR + rng.choice(DURATIONS)
    told = (("start", start), ("stop", middle), ("start", middle), ("stop", end))
    return [
        keyed(rng, "workout", user_id, spelling.document(rng, workout_fields(rng, ids, *event)))
        for event in told
    ]


def readings(rng: Random, world: World) -> list:
    """Readings outside any plan, also of unknown devices, some at one instant."""
    device_id, time = rng.choice((*DEVICES, STRANGER)), world.moment(rng)
    times = [time] * rng.randint(1, 3) + [world.moment(rng)]
    fields = [reading_fields(rng, device_id, t) for t in times]
    return [keyed(rng, "bpm", device_id, spelling.document(rng, sent)) for sent in fields]
