"""Profile events as they are sent, flat and by Debezium, and what becomes of them."""

from datetime import date

from spark.frames import NOON, at, noon

T = 1_709_208_000
FLAT = {
    "user_id": "12474",
    "update_type": '"update"',
    "timestamp": str(T),
    "dob": '"02/29/2000"',
    "sex": '"F"',
    "gender": '"female"',
    "first_name": '"Ada"',
    "last_name": '"Łukasz"',
}
ADDRESS = {
    "street_address": '"1 Main St"',
    "city": '"Boston"',
    "state": '"MA"',
    "zip": '"02139"',
}
PERSON = {name: FLAT[name] for name in ("dob", "sex", "gender", "first_name", "last_name")}
BORN = date(2000, 2, 29)
PROFILE = (BORN, "F", "female", "Ada", "Łukasz", "1 Main St", "Boston", "MA", "02139")
NOBODY = (None,) * 9
UNREAD = {"unknown_update_type", "bad_user_id", "bad_timestamp"}
BAD_FIELD = {"bad_profile_field"}
# By name of the profile's column, its place.
PLACE = {name: i for i, name in enumerate((*PERSON, *ADDRESS))}


def document(fields):
    """Fields written as one JSON object; a None leaves its field out."""
    written = (f'"{name}": {raw}' for name, raw in fields.items() if raw is not None)
    return "{" + ", ".join(written) + "}"


def flat(address=None, **raw):
    """A flat event with some fields written otherwise."""
    place = document(ADDRESS | (address or {})) if not isinstance(address, str) else address
    return document(FLAT | {"address": place} | raw)


def row(action="update", time=NOON, position=None, user_id=12474, **profile):
    """The row of an accepted event."""
    values = list(PROFILE)
    for name, value in profile.items():
        values[PLACE[name]] = value
    return (user_id, time, position, action, *values)


def change(op="u", source=None, before=None, after=None, **raw):
    """A Debezium event; its image is ``before`` for ``d`` and else ``after``."""
    image = document({"user_id": "12474"} | PERSON | ADDRESS | raw)
    sides = {"before": "null", "after": image} if op != "d" else {"before": image, "after": "null"}
    given = {"before": before, "after": after}
    sides |= {name: text for name, text in given.items() if text is not None}
    about = document({"ts_ms": f"{T}000", "table": '"user_profile"'} | (source or {}))
    return document({"op": f'"{op}"', **sides, "source": about, "ts_ms": "1"})


def wrapped(event):
    """An event in Connect's envelope."""
    return document({"schema": '{"type": "struct"}', "payload": event})


DATES = {
    '"02/29/2000"': BORN,
    '"01/01/0001"': date(1, 1, 1),
    '"12/31/9999"': date(9999, 12, 31),
    "null": None,
}
DAYS = {
    "11016": BORN,
    "11016.0": BORN,
    '"11016"': BORN,
    "0": date(1970, 1, 1),
    "-1": date(1969, 12, 31),
    "-719162": date(1, 1, 1),
    "2932896": date(9999, 12, 31),
}
NO_DATES = (
    *('"02/29/2023"', '"02/30/2000"', '"2/29/2000"', '"13/01/1990"', '"00/10/1990"'),
    *('"01/01/0000"', '"1990-01-02"', '"01/02/90"', '" 01/02/1990"', '"01/02/1990 "'),
    *('"01/02/19900"', '"01/02/1990\\n"', '""', "true", "[]", "{}"),
    *("7000.5", "-719163", "2932897", "1e30"),
)
TEXTS = tuple(name for name in PLACE if name not in ("dob", "zip"))
NO_TEXTS = ("12", "1.5", "true", "[]", "{}", '["x"]')
ZIPS = {
    '"02139"': "02139",
    "2139": "2139",
    "2139.0": "2139.0",
    "null": None,
    '""': "",
    "12345678901234567890": "12345678901234567890",
}


def with_text(make, name, text):
    """An event with one of the profile's texts written otherwise."""
    return make({name: text}) if make is flat and name in ADDRESS else make(**{name: text})


FLAT_CASES = {
    **{word: (flat(update_type=f'"{word}"'), row(word)) for word in ("new", "append", "delete")},
    "unknown fields lose nothing": (flat(source='{"lsn": "x"}', more="[1]"), row()),
    "an op beside an update type": (flat(op='"d"'), row()),
    "only what is required": (
        document({k: FLAT[k] for k in list(FLAT)[:3]}),
        (12474, NOON, None, "update", *NOBODY),
    ),
    "all that may be null is": (
        flat("null", **dict.fromkeys(PERSON, "null")),
        (12474, NOON, None, "update", *NOBODY),
    ),
    "a field of the address with a line's end in its name": (
        flat({"flo\u2028or": '"3"'}),
        row(),
    ),
    "an address without fields": (
        flat("{}"),
        row(street_address=None, city=None, state=None, zip=None),
    ),
    "an id in a string": (flat(user_id='"12474.0"'), row()),
    "an instant to the microsecond": (flat(timestamp=f"{T}.000001"), row(time=noon(0.000001))),
    "half a microsecond in a string": (flat(timestamp=f'"{T}.0000005"'), row(time=noon(0.000001))),
    "the first instant": (flat(timestamp="946684800"), row(time=at("2000-01-01"))),
    "just before it": (flat(timestamp="946684799.999999"), {"bad_timestamp"}),
    "the last instant": (
        flat(timestamp="4102444799.999999"),
        row(time=at("2099-12-31 23:59:59.999999")),
    ),
    "just after it": (flat(timestamp="4102444800"), {"bad_timestamp"}),
    "milliseconds": (flat(timestamp=f"{T}000"), {"bad_timestamp"}),
    **{
        f"{name} is {text}": (flat(**{name: text}), {rule})
        for name, rule in (("user_id", "bad_user_id"), ("timestamp", "bad_timestamp"))
        for text in (None, "null", "true", '""', "[1]", '"x"', '" 1"')
    },
    "an id beyond 64 bits": (flat(user_id="9223372036854775808"), {"bad_user_id"}),
    "an id with a fraction": (flat(user_id="12474.5"), {"bad_user_id"}),
    "the greatest id with an exponent": (
        flat(user_id="9.223372036854775807e18"),
        row(user_id=2**63 - 1),
    ),
    "an instant with an exponent": (
        flat(timestamp="1.7092080000000015e9"),
        row(time=noon(0.000002)),
    ),
    "the greatest id": (flat(user_id="9223372036854775807"), row(user_id=2**63 - 1)),
    **{
        f"the update type {text}": (flat(update_type=text), {"unknown_update_type"})
        for text in ('"New"', '"update "', '"c"', '""', "1")
    },
    "the update type null": (flat(update_type="null"), UNREAD),
    "no update type": (flat(update_type=None), UNREAD),
    **{f"flat dob {text}": (flat(dob=text), row(dob=born)) for text, born in DATES.items()},
    **{f"flat dob {text}": (flat(dob=text), BAD_FIELD) for text in (*NO_DATES, *DAYS)},
    **{f"flat zip {text}": (flat({"zip": text}), row(zip=kept)) for text, kept in ZIPS.items()},
    **{f"flat zip {text}": (flat({"zip": text}), BAD_FIELD) for text in ("true", "[]", "{}")},
    **{
        f"flat {name} {text}": (with_text(flat, name, text), BAD_FIELD)
        for name in TEXTS
        for text in NO_TEXTS[: 6 if name in ("sex", "city") else 1]
    },
    **{f"the address {text}": (flat(text), BAD_FIELD) for text in ("[]", '"x"', "7", "true", '""')},
    "no object": (f"[{flat()}]", UNREAD),
    "text after the object": (flat() + " x", UNREAD),
    "an object cut short": (flat()[:-1], UNREAD),
    "a repeated id, the last too large": (
        '{"user_id": "+1", ' + flat(user_id="9007199254740993409930e-1")[1:],
        {"bad_user_id"},
    ),
    "a repeated id, the first none": ('{"user_id": [], ' + flat()[1:], row()),
    "NaN is no JSON": (flat(sex="NaN"), UNREAD),
    "no JSON": ("x", UNREAD),
    "bytes that are not UTF-8": ("base64:/w==", UNREAD | {"unreadable_bytes"}),
}
POSITIONS = {
    "none": ({}, ""),
    "an lsn": ({"lsn": "24023128"}, "24023128"),
    "an lsn in a string": ({"lsn": '"24023128"'}, "24023128"),
    "an lsn before a commit": ({"lsn": "9", "commit_lsn": '"27:5"'}, "9"),
    "an lsn with an exponent": ({"lsn": "9.007199254740993e15"}, "9007199254740993"),
    "nulls": ({"lsn": "null", "commit_lsn": "null", "change_lsn": "null"}, ""),
    "a commit": ({"commit_lsn": '"27:5"'}, "27:5"),
    "a commit and a change": ({"commit_lsn": '"27:5"', "change_lsn": '"27:3"'}, "27:5/27:3"),
    "a change alone": ({"change_lsn": '"27:3"'}, "/27:3"),
}
BAD_POSITIONS = (
    *({"lsn": raw} for raw in ("true", "1.5", '"x"', '""', "[]")),
    *({name: raw} for name in ("commit_lsn", "change_lsn") for raw in ("7", "true", "[]", "{}")),
)
DEBEZIUM_CASES = {
    **{
        f"op {op}": (change(op), row(action, position=""))
        for op, action in {"c": "new", "r": "new", "u": "update", "d": "delete"}.items()
    },
    **{f"op {op}": (change(op), {"unknown_update_type"}) for op in ("t", "m", "C", "", "create")},
    "op of no text": (change().replace('"u"', "7", 1), {"unknown_update_type"}),
    "in Connect's envelope": (wrapped(change()), row(position="")),
    "a delete in the envelope": (
        wrapped(change("d", zip="2139.0")),
        row("delete", position="", zip="2139.0"),
    ),
    "a null op in the envelope": (
        wrapped(change().replace('"u"', "null", 1)),
        {"unknown_update_type"},
    ),
    "a flat event in the envelope": (wrapped(flat()), UNREAD),
    "an envelope of nothing": (wrapped("null"), UNREAD),
    "the other image is not read": (change(before='{"user_id": "?"}'), row(position="")),
    **{
        f"the image {image}": (change(after=image), {"bad_user_id"})
        for image in ("null", "[]", '"x"', "{}")
    },
    "a delete without its image": (change("d", before="null"), {"bad_user_id"}),
    "a delete of only an id": (
        change("d", before='{"user_id": 12474}'),
        (12474, NOON, "", "delete", *NOBODY),
    ),
    "the instant in milliseconds": (
        change(source={"ts_ms": f"{T}001"}),
        row(time=noon(0.001), position=""),
    ),
    **{
        f"ts_ms {text}": (change(source={"ts_ms": text}), {"bad_timestamp"})
        for text in (None, "null", '"x"', "true", str(T), "946684799999", "4102444800000")
    },
    "ts_ms with an exponent": (
        wrapped(change(source={"ts_ms": "1.709208000000001e12"})),
        row(time=noon(0.000001), position=""),
    ),
    "the greatest changed id with an exponent": (
        change("d", user_id="9.223372036854775807e18"),
        row("delete", user_id=2**63 - 1, position=""),
    ),
    "the first ts_ms": (
        change(source={"ts_ms": "946684800000"}),
        row(time=at("2000-01-01"), position=""),
    ),
    "the last ts_ms": (
        change(source={"ts_ms": '"4102444799999"'}),
        row(time=at("2099-12-31 23:59:59.999"), position=""),
    ),
    **{
        f"position {name}": (change(source=source), row(position=position))
        for name, (source, position) in POSITIONS.items()
    },
    **{
        f"position {source}": (change(source=source), {"bad_log_position"})
        for source in BAD_POSITIONS
    },
    **{
        f"changed dob {text}": (change(dob=text), row(dob=born, position=""))
        for text, born in (DATES | DAYS).items()
    },
    **{f"changed dob {text}": (change(dob=text), BAD_FIELD) for text in NO_DATES},
    **{
        f"changed zip {text}": (change(zip=text), row(zip=kept, position=""))
        for text, kept in ZIPS.items()
    },
    **{
        f"changed {name} {text}": (change(**{name: text}), BAD_FIELD)
        for name in ("sex", "city")
        for text in NO_TEXTS
    },
    "an address is no column": (change(address='{"city": "x"}'), row(position="")),
}
