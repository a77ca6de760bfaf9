"""Read numbers, instants and texts out of payloads, exactly.

Nothing here raises on bad input: what cannot be read is null, and a table's rules say
what null means.
"""

from collections.abc import Mapping, Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from gympulse.transforms.other_fields import OTHERS, fields_of

WHOLE, REAL, INSTANT, TEXT = "whole", "real", "instant", "text"

# JSON's own grammar of numbers; Java's parsers take more (`5d`, `.5`, `0x1p3`, `NaN`). Spark's
# JSON parser takes no number of more characters, so neither may a text hold one.
_NUMBER = r"^(?=.{1,1000}\z)-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?\z"
# So many digits fit 64 bits whatever they are.
_SHORT_WHOLE = r"^-?(0|[1-9][0-9]{0,17})\z"
# Not whole, but so nearly that the decimals below cannot tell; and not nought.
_BROKEN, _NOT_NOUGHT = r"[.][0-9]{18}[0-9]*[1-9]", "^[^eE]*[1-9]"
# A decimal's cost grows with the square of its digits and exponent: hours for `1e99999999`.
_MANY_DIGITS, _GREAT_EXPONENT = (
    "(?<![0-9])([0-9]{999})[0-9]+",
    "([0-9][eE][+-]?)0*[1-9][0-9]{3,}",
)
_HALF_OF_A_PAIR = r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
STRICT = {"allowSingleQuotes": "false", "allowNonNumericNumbers": "false"}
# Of a name that is repeated the last value counts, but Spark keeps one that fits its type before
# one that does not. It then notes the whole payload here.
_UNFIT = "_unfit"
_NOTING_UNFIT = STRICT | {"columnNameOfCorruptRecord": _UNFIT}
# Decimals that hold every 64-bit number, and every instant the platform accepts.
_WHOLE_DECIMAL, _INSTANT_DECIMAL = "decimal(38,18)", "decimal(38,25)"
_FAST_TYPES = {WHOLE: "bigint", INSTANT: "bigint", REAL: "double", TEXT: "string"}
# An ANSI cast of a larger number of seconds would raise.
_LATEST_SECOND = 99_999_999_999


def whole(text: Column, exact: Column | None = None) -> Column:
    """A text's whole number as bigint; null where it is none or does not fit 64 bits.

    Args:
        text: A number as text, in JSON's grammar.
        exact: The same number as decimal, where the text went through a double.
    """
    number = _decimal(text, exact, _WHOLE_DECIMAL)
    return (
        F.when(text.rlike(_SHORT_WHOLE), text.try_cast("bigint"))
        .when(
            text.rlike(_NUMBER)
            & (number % 1 == 0)
            & ((number != 0) | ~text.rlike(_NOT_NOUGHT))
            & ~text.rlike(_BROKEN),
            number.cast("decimal(38,0)").try_cast("bigint"),
        )
        .otherwise(None)
    )


def _decimal(text: Column, exact: Column | None, type_: str) -> Column:
    """A text's number as decimal: the exact one, where that is the same number."""
    # No decimal has the exponent of `0e918`, and yet it is nought.
    as_written = F.when(text.rlike(_NOT_NOUGHT), bounded(text).try_cast(type_)).otherwise(
        F.lit(0).cast(type_)
    )
    if exact is None:
        return as_written
    # Of a name that is repeated, parsers of decimals keep the last value that fits.
    is_same = exact.cast("double") == text.try_cast("double")
    return F.when(is_same, exact).otherwise(as_written)


def bounded(text: Column) -> Column:
    """A text, or a payload, whose numbers can be read as decimals in no time.

    A number that this changes lies beyond all bounds of ids and instants before and after.
    """
    short = F.regexp_replace(text, _MANY_DIGITS, "$1")
    return F.regexp_replace(short, _GREAT_EXPONENT, "$1999")


def real(text: Column) -> Column:
    """A text's number as double; null where it is none."""
    return F.when(text.rlike(_NUMBER), text.try_cast("double"))


def instant(text: Column, exact: Column | None = None, per_second: int = 1) -> Column:
    """An instant from epoch seconds as text, to the nearest microsecond, halves upwards.

    Args:
        text: A number as text, in JSON's grammar.
        exact: The same number as decimal, where the text went through a double.
        per_second: Units in a second: 1000 for milliseconds.
    """
    number = _decimal(text, exact, _INSTANT_DECIMAL)
    micros = F.round(number * F.lit(1_000_000 // per_second)).try_cast("bigint")
    return F.when(text.rlike(_NUMBER), F.timestamp_micros(micros))


def mac_address(text: Column) -> Column:
    """A MAC address of six hex pairs with colons, in lower case; null where it is none."""
    return F.when(text.rlike("^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}\\z"), F.lower(text))


def read_fields(records: DataFrame, kinds: Mapping[str, str]) -> DataFrame:
    """Add the named fields of payloads that are exactly one JSON object, each by its kind.

    A payload as devices send it is parsed once, with types: a third of the time of
    parsing texts. Whatever that leaves open (numbers in strings, decimals, nesting,
    text after the object) is parsed again, exactly.

    Args:
        records: Rows with the payload in ``value``.
        kinds: Field names, each with ``WHOLE``, ``REAL``, ``INSTANT`` or ``TEXT``.

    Returns:
        The rows' columns, those that bear a field's name replaced, the fields, and ``OTHERS``.
    """
    fields = [f"`{name}` {_FAST_TYPES[kind]}" for name, kind in kinds.items()]
    schema = ", ".join((*fields, f"`{_UNFIT}` string"))
    value, typed = F.col("value"), F.col("_typed")
    # With its first closing brace at its very end, nothing can follow the object.
    plain = value.startswith("{") & (F.instr(value, "}") == F.length(value))
    is_fit = typed[_UNFIT].isNull()
    fast = {name: F.when(is_fit, _fast(typed[name], kind)) for name, kind in kinds.items()}
    is_open = reduce(Column.__or__, (field.isNull() for field in fast.values()))
    exact = F.struct(
        *(
            _exact(value, F.col("_texts")[name], name, kind).alias(name)
            for name, kind in kinds.items()
        )
    )
    may_have_others = F.when(is_open, F.col("_texts").isNotNull()).otherwise(
        _has_more_colons(value, len(kinds))
    )
    kept = [name for name in records.columns if name not in kinds]
    return (
        # Each step a column of its own: in one expression, all would be parsed exactly.
        records.withColumn("_typed", F.when(plain, F.from_json(value, schema, _NOTING_UNFIT)))
        .withColumn("_texts", F.when(is_open, one_object(value, list(kinds))))
        .withColumn("_exact", F.when(F.col("_texts").isNotNull(), exact))
        .select(
            *kept,
            *(F.coalesce(fast[name], F.col("_exact")[name]).alias(name) for name in kinds),
            F.when(may_have_others, fields_of(F.try_parse_json(value))).alias(OTHERS),
        )
    )


def _has_more_colons(value: Column, count: int) -> Column:
    """Whether an object may have more than so many fields: each has a colon, as texts may."""
    return value != F.substring_index(value, ":", count + 1)


def _fast(typed: Column, kind: str) -> Column:
    if kind == INSTANT:
        return F.when(typed.between(0, _LATEST_SECOND), F.timestamp_seconds(typed))
    return typed


def _exact(value: Column, text: Column, name: str, kind: str) -> Column:
    def as_decimal(type_: str) -> Column:
        # As text, a decimal has been through a double.
        return F.from_json(bounded(value), f"`{name}` {type_}", STRICT)[name]

    if kind == WHOLE:
        return whole(text, as_decimal(_WHOLE_DECIMAL))
    if kind == INSTANT:
        return instant(text, as_decimal(_INSTANT_DECIMAL))
    return real(text) if kind == REAL else text


def one_object(value: Column, names: Sequence[str]) -> Column:
    """The named fields as texts, in a struct; null unless the payload is one JSON object.

    The parser stops at the end of the first document and would not see what follows;
    within an array it must go on to our own last element.
    """
    fields = ", ".join(f"`{name}`: string" for name in (*names, "_end"))
    # No payload can hold its own hash, and so pretend to be followed by our element.
    seal = F.xxhash64(value).cast("string")
    wrapped = F.concat(F.lit("["), value, F.lit(',{"_end":"'), seal, F.lit('"}]'))
    parsed = F.from_json(wrapped, f"array<struct<{fields}>>", STRICT)
    is_whole = (F.size(parsed) == 2) & (F.get(parsed, F.lit(1))["_end"] == seal)
    # That parser goes on after an escape that is none; the one of variants does not.
    is_sound = ~value.contains("\\") | F.try_parse_json(_without_halves(value)).isNotNull()
    return F.when(is_whole & is_sound, parsed[0])


def _without_halves(value: Column) -> Column:
    """A payload with a space, escaped as well, for each escape that may be half of a pair.

    Halves of surrogate pairs are sound JSON, of which the parser of variants makes no text.
    """
    return F.regexp_replace(value, _HALF_OF_A_PAIR, r"\\u0020")
