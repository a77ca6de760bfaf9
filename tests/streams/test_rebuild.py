"""Gold rebuild: right rows in the place of wrong ones, at once, unless too many would vanish."""

import threading
from datetime import date

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from gympulse.errors import BadSettings, Refused
from gympulse.io import operations
from gympulse.lake import Lake
from gympulse.model.tables import GOLD, GYM_SUMMARY
from gympulse.session import Session
from oracle.compare import read_rows
from streams.checking import placed
from streams.conftest import Emptied
from streams.operating import counted, operate
from streams.runs import Runner
from streams.spoiling import Rows, gold, spoilt


@pytest.fixture(scope="module")
def filled(tmp_path_factory, session: Session, emptied: Emptied) -> Runner:
    """A lake after its jobs."""
    runner = Runner(Lake(str(tmp_path_factory.mktemp("rebuilt"))), emptied(), session)
    for batch in placed(55, happened=150):
        runner.receive(batch)
    runner.run()
    return runner


def test_wrong_rows_are_replaced_at_once(filled: Runner) -> None:
    """A dry run only tells; a reader at any moment sees a table's old rows, or its new ones."""
    lake = filled.lake
    right = spoilt(lake)
    wrong = gold(lake)
    plan = operate(filled, "gold_rebuild", "dry", dry_run=True)
    losses = {t.short_name: (1, len(wrong[t.name]), 0) for t in GOLD}
    assert counted(plan) == losses
    assert gold(lake) == wrong
    seen: Rows = {table.name: [] for table in GOLD}
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            for name, found in gold(lake).items():
                seen[name].append(tuple(found))

    reader = threading.Thread(target=look)
    reader.start()
    try:
        result = operate(filled, "gold_rebuild", "good")
    finally:
        over.set()
        reader.join()
    assert counted(result) == losses
    assert gold(lake) == right
    for name, found in seen.items():
        assert set(found) <= {tuple(wrong[name]), tuple(right[name])}
        assert len(found) > 2


def test_one_table_and_some_days(filled: Runner) -> None:
    """Other tables, and the rows of other days, stay as they are."""
    lake, name = filled.lake, GYM_SUMMARY.name
    right = spoilt(lake)
    wrong = gold(lake)
    day = max(row[2] for row in wrong[name])
    operate(
        filled,
        "gold_rebuild",
        "a day",
        from_date=str(day),
        to_date=str(day),
        tables=[GYM_SUMMARY.short_name],
    )
    expected = [row for row in wrong[name] if row[2] != day]
    expected += [row for row in right[name] if row[2] == day]
    assert gold(lake) == wrong | {name: sorted(expected, key=repr)}
    operate(filled, "gold_rebuild", "all")
    assert gold(lake) == right


def test_too_many_rows_would_vanish(filled: Runner) -> None:
    """Nothing is changed, and the refusal says how many of how many and what may be done."""
    lake, path = filled.lake, filled.lake.path(GYM_SUMMARY)
    rows = DeltaTable(path).to_pyarrow_table()
    at = rows.schema.get_field_index("mac_address")
    strangers = pa.array([f"{address}!" for address in rows["mac_address"].to_pylist()])
    others = rows.set_column(at, rows.schema.field(at), strangers)
    version = DeltaTable(path).version()
    write_deltalake(path, others, mode="append")
    count = len(rows)
    with pytest.raises(Refused) as refused:
        operate(filled, "gold_rebuild", "refused", max_removed_percent=49)
    assert str(refused.value) == (
        f"{count} of {2 * count} rows of gold_db.gym_summary would vanish (50.0%); at most 49% "
        "may. Nothing was changed. Look at the examples in ops_db.comparisons; if it is right, "
        "allow more by max_removed_percent."
    )
    assert operations.result(lake, "refused")["operation"]["outcome"] == "refused"
    assert DeltaTable(path).version() == version + 1
    operate(filled, "gold_rebuild", "allowed", max_removed_percent=50)
    assert len(read_rows(lake, GYM_SUMMARY.name)) == count


def test_new_columns_go_out_with_a_rebuild_of_every_day(filled: Runner) -> None:
    """A table with the columns of an older release gets the present ones, filled."""
    lake, path = filled.lake, filled.lake.path(GYM_SUMMARY)
    right = gold(lake)
    older = DeltaTable(path).to_pyarrow_table().drop_columns(["minutes_exercising"])
    write_deltalake(path, older, mode="overwrite", schema_mode="overwrite")
    today = str(date(2025, 1, 1))
    with pytest.raises(BadSettings, match="^The columns of gym_summary have changed; leave"):
        operate(filled, "gold_rebuild", "a day", from_date=today, to_date=today)
    operate(filled, "gold_rebuild", "every day")
    assert gold(lake) == right
