"""Made histories: the same from a seed, whole in their batches, and full of trouble."""

from collections import Counter
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from gympulse.model.tables import TABLES
from oracle.expected import Expected, expect
from oracle.histories import (
    batched_histories,
    cut,
    histories,
    place,
    records_and_files,
    seeded_history,
)
from oracle.records import CsvFile, KafkaRecord

# More than this some rows have.
CHANCES = {
    "gold_db.gym_occupancy": {"visit_count": 1, "peak_count": 1, "minutes_exercising": 0},
    "gold_db.abnormal_heart_rates": {
        "age_years": 0,
        "above_max_seconds": 0,
        "resting_seconds": 0,
        "jump_count": 0,
    },
}


def oracle_of(seed: int) -> Expected:
    return expect(*records_and_files(place(cut(seeded_history(seed), seed, 3))))


def test_a_seed_makes_one_history():
    one, other = (place(cut(seeded_history(5), 6, 3)) for _ in range(2))
    assert one == other
    assert one != place(cut(seeded_history(6), 6, 3))


def test_offsets_follow_the_order_of_production():
    batches = place(cut(seeded_history(1), 1, 4), partitions=2, first_offsets={("bpm", 0): 10})
    following = Counter({("bpm", 0): 10})
    for record in (unit for batch in batches for unit in batch):
        if isinstance(record, KafkaRecord):
            assert record.offset == following[record.topic, record.partition]
            following[record.topic, record.partition] += 1


def test_file_names_are_unique():
    units = [unit for batch in cut(seeded_history(2), 2, 4) for unit in batch]
    names = Counter((unit.folder, unit.name) for unit in units if isinstance(unit, CsvFile))
    assert max(names.values()) == 1


@settings(max_examples=20, deadline=None)
@given(batched_histories(), st.randoms(use_true_random=False))
def test_the_oracle_knows_no_order(batches, rng):
    records, files = records_and_files(place(batches))
    twice = [*records, *rng.sample(records, len(records) // 2)]
    rng.shuffle(twice)
    assert expect(twice, rng.sample(files, len(files))) == expect(records, files)


@settings(max_examples=20, deadline=None)
@given(histories(), st.integers(0, 99), st.integers(0, 99))
def test_tables_do_not_depend_on_the_cut(history, one, other):
    """Lines are laid out anew with each seed, so only what Kafka brings is compared."""
    tables = [
        expect(records_and_files(place(cut(history, seed, 3)))[0], []).tables
        for seed in (one, other)
    ]
    assert tables[0] == tables[1]


def test_histories_reach_every_table_and_every_source():
    made = [oracle_of(seed) for seed in range(10)]
    for name in made[0].tables:
        assert sum(bool(one.tables[name]) for one in made) >= 5, name
    for name in made[0].outcomes:
        assert sum(one.outcomes[name][1] for one in made), name
    assert any(one.set_aside for one in made)
    gyms = [row for one in made for row in one.tables["gold_db.gym_summary"]]
    assert any(row[3] for row in gyms)
    assert len(gyms) < 1000


def test_histories_have_crowds_and_strained_hearts():
    made = [oracle_of(seed) for seed in range(20)]
    for table, bounds in CHANCES.items():
        rows = [row for one in made for row in one.tables[table]]
        assert len(rows) < 2000
        for column, bound in bounds.items():
            at = TABLES[table].columns.index(column)
            assert sum((row[at] or 0) > bound for row in rows) > 1, column


def test_most_records_are_valid():
    read, quarantined = map(
        sum, zip(*oracle_of(Random(1).randrange(99)).outcomes.values(), strict=True)
    )
    assert 0 < quarantined < read / 2
