"""Profile events of a made history, flat and as Debezium tells them."""

from random import Random

from oracle import spelling
from oracle.happenings import Message, keyed
from oracle.world import USERS, World, days_since_1970

BIRTH_DATES = (
    "02/29/2000",
    "02/28/2006",
    "03/01/1999",
    "03/31/1989",
    "02/27/1928",
    "01/15/2031",
    "01/01/0001",
)
EXTREME_DAYS = ("-719162", "2932896", "7000.0")
"""The first and the last date of years 1 to 9999, as Debezium writes them."""
PROFILES = (
    ("02/29/2000", "F", "female", "Ada", "Łukasz", "1 Main St", "Boston", "MA", "02139"),
    ("03/01/1999", "M", "male", "Bo", "O'Neil", "", "San José", "CA", "95110"),
    ("02/28/2006", None, None, None, None, None, None, None, None),
)
NAMES = ("dob", "sex", "gender", "first_name", "last_name")
PLACES = ("street_address", "city", "state", "zip")
LOGGED = {
    "postgresql": ({"lsn": "9"}, {"lsn": "10"}, {"lsn": '"24023128"'}, {"lsn": "null"}, {}),
    "sqlserver": (
        {"commit_lsn": '"00000027:00000758:0005"'},
        {"commit_lsn": '"00000027:00000758:0005"', "change_lsn": '"00000027:00000758:0003"'},
        {"commit_lsn": '"00000027:00000758:0011"', "change_lsn": '"00000027:00000758:0002"'},
        {"commit_lsn": "null", "change_lsn": "null"},
        {},
    ),
}


def profile(rng: Random) -> dict[str, str | None]:
    """Return a profile, often one that others have too."""
    found = dict(zip((*NAMES, *PLACES), rng.choice(PROFILES), strict=True))
    if rng.random() < 0.4:
        found["dob"] = rng.choice((*BIRTH_DATES, None))
    if rng.random() < 0.3:
        found[rng.choice(("city", "state", "sex", "zip"))] = rng.choice((None, "", "X"))
    return found


def flat_fields(rng: Random, world: World) -> dict[str, str]:
    """Return the raw fields of a valid flat event."""
    found = profile(rng)
    if rng.random() < 0.2:
        del found[rng.choice(NAMES)]
    raw = {name: spelling.text(rng, found[name]) for name in NAMES if name in found}
    address = {name: spelling.text(rng, found[name]) for name in PLACES}
    if rng.random() < 0.2:
        address["zip"] = rng.choice(("2139", "2139.0"))
    written = spelling.document(rng, address).decode()
    action = rng.choice(("new", "append", "update", "update", "delete"))
    return {
        "user_id": spelling.whole(rng, rng.choice(USERS)),
        "update_type": f'"{action}"',
        "timestamp": spelling.instant(rng, world.rare_moment(rng)),
        **raw,
        "address": written if rng.random() < 0.9 else "null",
    }


def image_fields(rng: Random, user_id: int) -> dict[str, str]:
    """Return the raw columns of one row of the source table."""
    found = profile(rng)
    raw = {name: spelling.text(rng, value) for name, value in found.items()}
    if found["dob"] and rng.random() < 0.7:
        raw["dob"] = str(days_since_1970(found["dob"]))
    return {"user_id": spelling.whole(rng, user_id), **raw}


def change(rng: Random, op: str, image: str, time: int, position: dict[str, str]) -> bytes:
    """Write a Debezium event, bare or in Connect's envelope."""
    milliseconds = spelling.whole(rng, time // 1000)
    source = {"ts_ms": milliseconds, "table": '"user_profile"', **position}
    other = rng.choice(("null", '{"user_id": "?"}'))
    fields = {
        "op": f'"{op}"',
        "before": image if op == "d" else other,
        "after": "null" if op == "d" else image,
        "source": spelling.document(rng, source).decode(),
        "ts_ms": "1",
    }
    written = spelling.document(rng, fields)
    if rng.random() < 0.5:
        return written
    return spelling.document(rng, {"schema": '{"type": "struct"}', "payload": written.decode()})


def flat_event(rng: Random, world: World) -> list[Message]:
    """The app tells of a profile."""
    fields = flat_fields(rng, world)
    if rng.random() < 0.1:
        fields["op"] = '"d"'
    return [keyed(rng, "user_info", USERS[0], spelling.document(rng, fields))]


def debezium_events(rng: Random, world: World) -> list[Message]:
    """The database's log tells of changes of one user, often at one instant."""
    user_id, time = rng.choice(USERS), world.rare_moment(rng) + rng.choice((0, 0, 1000))
    found = []
    for _ in range(rng.randint(1, 3)):
        image = spelling.document(rng, image_fields(rng, user_id)).decode()
        position = rng.choice(LOGGED[world.connector])
        value = change(rng, rng.choice("cruud"), image, time, position)
        found.append(keyed(rng, "user_info", user_id, value))
    return found


def snapshot(rng: Random, world: World) -> list[Message]:
    """The connector reads a row again, more than once, with nothing changed."""
    user_id = rng.choice(USERS)
    image = spelling.document(rng, image_fields(rng, user_id)).decode()
    times = rng.sample(world.grid, rng.randint(2, 3))
    values = [change(rng, "r", image, time, {}) for time in times]
    return [keyed(rng, "user_info", user_id, value) for value in values]


def unusable_change(rng: Random, world: World) -> list[Message]:
    """A Debezium event that breaks one rule, or comes close."""
    image = image_fields(rng, USERS[0])
    op, position = "u", {}
    broken = rng.choice(("op", "image", "source", "column", "user"))
    if broken == "op":
        op = rng.choice(("t", "m", "C", "", "create"))
    elif broken == "source":
        position = rng.choice(
            (
                {"ts_ms": "null"},
                {"ts_ms": '"x"'},
                {"lsn": "true"},
                {"lsn": "1.5"},
                {"commit_lsn": "7"},
            )
        )
    elif broken == "column":
        name = rng.choice(("dob", "dob", "sex", "city"))
        doubtful = (*spelling.NO_BIRTH_DATES, *EXTREME_DAYS) if name == "dob" else spelling.NO_TEXTS
        image[name] = rng.choice(doubtful)
    elif broken == "user":
        image["user_id"] = rng.choice((*spelling.NO_NUMBERS, *spelling.WHOLE_EDGES))
    raw = spelling.document(rng, image).decode()
    if broken == "image":
        raw = rng.choice(("null", "[]", '"x"', "{}"))
    return [keyed(rng, "user_info", 0, change(rng, op, raw, world.rare_moment(rng), position))]
