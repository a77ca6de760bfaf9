"""Profile events: what is accepted of topic ``user_info``, flat, bare Debezium or wrapped."""

import pytest

from gympulse.settings import Rules
from gympulse.transforms.silver import user_profile_events
from spark.frames import assert_judged, judged, kafka_records
from spark.profile_cases import DEBEZIUM_CASES, FLAT_CASES

CASES = FLAT_CASES | DEBEZIUM_CASES


@pytest.fixture(scope="module")
def found(spark):
    records = kafka_records(spark, "user_info", (value for value, _ in CASES.values()))
    judgements = judged(user_profile_events.RECIPE, records, "offset", Rules())
    return dict(zip(CASES, judgements, strict=True))


def test_no_case_hides_another():
    assert len(CASES) == len(FLAT_CASES) + len(DEBEZIUM_CASES)


@pytest.mark.parametrize("name", CASES)
def test_profile_events(found, name):
    assert_judged(found[name], CASES[name][1])
