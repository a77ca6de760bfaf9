"""Records that break a rule, or keep one by a hair; the oracle decides which."""

from random import Random

from oracle import spelling
from oracle.happenings import (
    Line,
    Message,
    keyed,
    line,
    reading_fields,
    registration_fields,
    session_of,
    visit_fields,
    workout_fields,
)
from oracle.profile_happenings import PLACES, flat_fields
from oracle.records import SECOND
from oracle.world import DEVICES, USERS, World

INSTANTS = ("time", "timestamp", "registration_timestamp", "login")
IDS = ("user_id", "device_id", "workout_id", "session_id", "gym")


def doubtful(rng: Random, name: str) -> str:
    """Return a raw value for the named field that is likely invalid."""
    if name in INSTANTS:
        return rng.choice((*spelling.EDGES, *rng.sample(spelling.NO_NUMBERS, 3)))
    if name in IDS:
        return rng.choice((*spelling.WHOLE_EDGES, *rng.sample(spelling.NO_NUMBERS, 3)))
    if name == "heartrate":
        return rng.choice((*spelling.RATE_EDGES, *rng.sample(spelling.NO_NUMBERS, 3)))
    if name in ("action", "update_type"):
        return rng.choice(spelling.NO_WORDS)
    if name == "dob":
        return rng.choice(spelling.NO_BIRTH_DATES)
    if name == "address":
        place = rng.choice(PLACES)
        return rng.choice(('""', "[]", "1", f'{{"{place}": true}}', f'{{"{place}": 12}}', "{}"))
    return rng.choice(spelling.NO_TEXTS)


def fields_of(rng: Random, world: World) -> tuple[str, dict[str, str]]:
    """Return a topic, and the raw fields of a valid record of it."""
    topic = rng.choice(("bpm", "workout", "user_info"))
    if topic == "bpm":
        return topic, reading_fields(rng, rng.choice(DEVICES), world.moment(rng))
    if topic == "workout":
        ids = session_of(rng, rng.choice(USERS))
        return topic, workout_fields(rng, ids, rng.choice(("start", "stop")), world.moment(rng))
    return topic, flat_fields(rng, world)


def doubtful_message(rng: Random, world: World) -> list[Message]:
    """A payload with a field that is doubtful, missing, or no JSON."""
    topic, fields = fields_of(rng, world)
    name = rng.choice(list(fields))
    way = rng.random()
    if way < 0.15:
        del fields[name]
    elif way < 0.25:
        fields[name] = rng.choice(spelling.NO_JSON)
    else:
        fields[name] = doubtful(rng, name)
    return [keyed(rng, topic, 0, spelling.document(rng, fields))]


def damaged_message(rng: Random, world: World) -> list[Message]:
    """A payload that is broken as a whole."""
    topic, fields = fields_of(rng, world)
    value = spelling.damaged(rng, spelling.document(rng, fields))
    return [keyed(rng, topic, 0, value)]


def tombstone(rng: Random, world: World) -> list[Message]:
    """A record without a value."""
    return [keyed(rng, rng.choice(("bpm", "workout", "user_info")), USERS[0], None)]


def doubtful_line(rng: Random, world: World) -> list[Line]:
    """A line of a file with a doubtful value."""
    folder = rng.choice(("registered_users", "gym_logins"))
    made = registration_fields if folder == "registered_users" else visit_fields
    fields = made(rng, world)
    name = rng.choice(list(fields))
    if name == "mac_address":
        fields[name] = rng.choice(spelling.NO_MACS)
    elif name == "logout":
        fields |= _doubtful_logout(rng, world)
    else:
        fields[name] = doubtful(rng, name)
        # A visit from 2000 to today would be thousands of days in gold.
        fields |= {"logout": ""} if name == "login" else {}
    return [line(folder, fields)]


def _doubtful_logout(rng: Random, world: World) -> dict[str, str]:
    login = world.moment(rng)
    logout = rng.choice(
        (
            spelling.decimal_text(login - 1, 6),
            spelling.decimal_text(login, 6),
            spelling.decimal_text(login + 1, 6),
            spelling.decimal_text(login - 1800 * SECOND, 6),
            *("x", " ", "null", "4102444800", "946684799.999999", "1709226000000"),
        )
    )
    return {"login": spelling.decimal_text(login, 6), "logout": logout}
