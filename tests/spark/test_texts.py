"""Numbers, instants and MAC addresses out of texts, as CSV files have them."""

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F

from gympulse.transforms.payloads import instant, mac_address, real, whole
from oracle import values
from oracle.records import Invalid
from spark.frames import frame
from spark.numbers import LONG_NUMBERS, NO_NUMBERS, NUMBERS

KINDS = ("whole", "real", "instant")
MILLISECONDS = {
    "1678451168000": 1_678_451_168_000_000,
    "1678451168000.0": 1_678_451_168_000_000,
    "1678451168000.4994": 1_678_451_168_000_499,
    "1678451168000.4995": 1_678_451_168_000_500,
    "1.6784511685e12": 1_678_451_168_500_000,
}
MACS = {"AA:0b:00:00:00:01": "aa:0b:00:00:00:01", "aa:bb:cc:dd:ee:ff": "aa:bb:cc:dd:ee:ff"}
NO_MACS = (
    *("", " ", "aa:00:00:00:00", "aa:00:00:00:00:01:02", "aa-00-00-00-00-01", "aa0000000001"),
    *("aa:00:00:00:00:0g", " aa:00:00:00:00:01", "aa:00:00:00:00:01 ", "aa:00:00:00:00:01\n"),
    *("a:00:00:00:00:01", "aa:00:00:00:00:1", "aa:00:00:00:00:0١", "01:aa:00:00:00:00:01"),
)


def read_all(spark, texts):
    """What each text is to each function, in one job."""
    text = F.col("text")
    found = frame(spark, "text string", [(each,) for each in texts]).select(
        "text",
        whole(text).alias("whole"),
        real(text).alias("real"),
        F.unix_micros(instant(text)).alias("instant"),
        F.unix_micros(instant(text, per_second=1000)).alias("milliseconds"),
        mac_address(text).alias("mac_address"),
    )
    return {row["text"]: row for row in found.collect()}


@pytest.fixture(scope="module")
def read(spark):
    """What each text of the tables here is."""
    numbers = [text for text, *_ in (*NUMBERS.values(), *LONG_NUMBERS.values())]
    return read_all(spark, {*numbers, *NO_NUMBERS, *MILLISECONDS, *MACS, *NO_MACS, None})


@pytest.mark.parametrize("name", [*NUMBERS, *LONG_NUMBERS])
def test_a_text_is_the_number_that_it_holds(read, name):
    text, *expected = (NUMBERS | LONG_NUMBERS)[name]

    assert [read[text][kind] for kind in KINDS] == expected


@pytest.mark.parametrize("text", [*NO_NUMBERS, None])
def test_what_json_knows_no_number_by_is_none(read, text):
    assert [read[text][kind] for kind in (*KINDS, "milliseconds")] == [None] * 4


@pytest.mark.parametrize("text", MILLISECONDS)
def test_units_other_than_seconds(read, text):
    assert read[text]["milliseconds"] == MILLISECONDS[text]


@pytest.mark.parametrize("text", [*MACS, *NO_MACS, None])
def test_mac_addresses(read, text):
    assert read[text]["mac_address"] == MACS.get(text)


def of_oracle(reads, text):
    """What the oracle reads out of a text, None where it is invalid."""
    try:
        return reads(text)
    except Invalid:
        return None


digits = st.text("0123456789", min_size=1, max_size=20)
numbers = st.one_of(
    st.integers(-(2**65), 2**65).map(str),
    st.builds("{}.{}".format, st.integers(-(2**33), 2**33), digits),
    st.builds("{}.{}e{}".format, st.integers(0, 99), digits, st.integers(-12, 20)),
    st.builds("16784511{}.{}".format, st.integers(10, 99), st.text("0459", min_size=6, max_size=9)),
    st.text("0123456789.eE+- ", max_size=6),
)


# To shrink an example costs a job a step.
@settings(max_examples=3, deadline=None, phases=[Phase.generate])
@given(texts=st.lists(numbers, min_size=100, max_size=200, unique=True))
def test_texts_are_to_the_oracle_what_they_are_here(spark, texts):
    found = read_all(spark, texts)
    first, last = values.FIRST_INSTANT, values.LAST_INSTANT
    here = {
        text: (row["whole"], row["instant"] if first <= (row["instant"] or 0) < last else None)
        for text, row in found.items()
    }

    assert here == {
        text: (of_oracle(values.whole, text), of_oracle(values.instant, text)) for text in texts
    }
