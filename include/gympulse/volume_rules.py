"""What a whole run of silver is expected to be: rules over how much each source brings.

They look at the ledger and at the clock, and so at no single record: what they find is told
and kept, and changes no row.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from gympulse.io.quality import Finding
from gympulse.io.volumes import Taken
from gympulse.model.table import Table
from gympulse.settings import Rules
from gympulse.transforms.expectations import Action, Expectation

WEEKS = 4
_HOUR, _WEEK = timedelta(hours=1), timedelta(weeks=1)
# Fewer records say nothing about shares and volumes.
_FEW = 20
# A source is regular if it brought something in so many of the last day's hours.
_REGULAR_HOURS, _QUIET_HOURS = 12, 2

# Of one source: its batches, the run, the instant and the settings; the records looked at and
# those that are not as expected, or None where all is well.
Look = Callable[[Sequence[Taken], str, datetime, Rules], "tuple[int, int] | None"]


@dataclass(frozen=True)
class VolumeRule:
    """One rule over a run.

    Attributes:
        expectation: Its name, sentence and action; its condition is told in words.
        look: Finds what is not so.
    """

    expectation: Expectation
    look: Look


def _stale(taken: Sequence[Taken], run_id: str, now: datetime, rules: Rules):
    latest = max(each.finished_at for each in taken)
    return (0, 0) if now - latest > timedelta(hours=rules.max_source_age_hours) else None


def _rejected(taken: Sequence[Taken], run_id: str, now: datetime, rules: Rules):
    of_run = [each for each in taken if each.run_id == run_id]
    read, bad = sum(t.rows_read for t in of_run), sum(t.quarantined for t in of_run)
    is_much = read >= _FEW and 100 * bad > rules.max_rejected_percent * read
    return (read, bad) if is_much else None


def _quiet(taken: Sequence[Taken], run_id: str, now: datetime, rules: Rules):
    ages = {(now - each.finished_at) // _HOUR for each in taken}
    if ages & set(range(_QUIET_HOURS)):
        return None
    busy = ages & set(range(_QUIET_HOURS, _QUIET_HOURS + 24))
    return (0, 0) if len(busy) >= _REGULAR_HOURS else None


def _unusual(taken: Sequence[Taken], run_id: str, now: datetime, rules: Rules):
    def volume(weeks: int) -> int:
        end = now - weeks * _WEEK
        return sum(t.rows_read for t in taken if end - _HOUR < t.finished_at <= end)

    oldest = min(each.finished_at for each in taken)
    weeks = [week for week in range(1, WEEKS + 1) if oldest <= now - week * _WEEK - _HOUR]
    if len(weeks) < 2:
        return None
    usual, present = median(map(volume, weeks)), volume(0)
    change = abs(present - usual)
    is_much = usual >= _FEW and 100 * change > rules.max_volume_change_percent * usual
    return (present, int(change)) if is_much else None


def _rule(name: str, sentence: str, look: Look) -> VolumeRule:
    return VolumeRule(Expectation(name, sentence, sentence, action=Action.WARN), look)


VOLUME_RULES = (
    _rule(
        "stale_source",
        "A source brings something within {max_source_age_hours:g} hours.",
        _stale,
    ),
    _rule(
        "many_rejected",
        "At most {max_rejected_percent:g}% of a run's records are set aside.",
        _rejected,
    ),
    _rule(
        "quiet_source",
        "A source that brings something most hours does so in the last two.",
        _quiet,
    ),
    _rule(
        "unusual_volume",
        "An hour differs by at most {max_volume_change_percent:g}% from the same hour of the "
        "last four weeks.",
        _unusual,
    ),
)


def look(
    taken: Iterable[Taken], tables: Iterable[Table], run_id: str, now: datetime, rules: Rules
) -> list[Finding]:
    """What of a run is not as expected.

    Args:
        taken: What was taken in the last weeks, ``WEEKS`` and an hour.
        tables: The silver tables that sources feed first.
        run_id: The run.
        now: When it ended.
        rules: Thresholds and actions.

    Returns:
        At most one finding for each source and rule; none of sources that never brought anything.
    """
    # What has yet to come was entered by a clock that was ahead, and says nothing of now.
    with_rows = [each for each in taken if each.rows_read and each.finished_at <= now]
    findings = []
    for table in tables:
        of_source = [each for each in with_rows if each.table == table.short_name]
        for rule in VOLUME_RULES if of_source else ():
            if found := rule.look(of_source, run_id, now, rules):
                findings.append(Finding.of(rule.expectation, table, rules, *found, examples=()))
    return findings
