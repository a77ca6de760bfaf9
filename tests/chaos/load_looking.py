"""What people see meanwhile of how far the platform is, as the REST API answers it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Thread

from deltalake import DeltaTable

from chaos.load_arriving import Hour
from gympulse.lake import Lake
from gympulse.local.simulator.dense import HOUR
from gympulse.model.tables import LAYERS, WORKOUT_BPM_SUMMARY
from serving.served import Client, client_of

_EVERY_SECONDS = 0.5

# By layer, what it is complete through.
Through = dict[str, datetime | None]


@dataclass(frozen=True)
class Look:
    """One answer.

    Attributes:
        through: What each layer is complete through.
        version: The version of gold's summary of workouts that it names.
    """

    through: Through
    version: int


@dataclass
class Looks:
    """Answers, one after another.

    Attributes:
        answers: The answers so far.
        problems: Why there was none.
    """

    lake: Lake
    answers: list[Look] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @contextmanager
    def all_the_time(self) -> Iterator[None]:
        """Look again and again meanwhile, and once more at the end."""
        over = Event()
        with client_of(self.lake) as client:

            def look_on() -> None:
                while not over.wait(_EVERY_SECONDS):
                    self._look(client)

            looking = Thread(target=look_on)
            looking.start()
            try:
                yield
            finally:
                over.set()
                looking.join()
                self._look(client)

    def _look(self, client: Client) -> None:
        try:
            told = client.get("/freshness").raise_for_status().json()
            through = {row["layer"]: _instant(row["complete_through"]) for row in told["rows"]}
            versions = {each["table"]: each["version"] for each in told["sources"]}
            self.answers.append(Look(through, versions[WORKOUT_BPM_SUMMARY.name]))
        except Exception as problem:  # noqa: BLE001 - whatever it is, somebody has seen nothing
            self.problems.append(str(problem))

    def are_there(self) -> str:
        """Complete-through was told at each look, and never went back."""
        assert self.answers, "nobody looked"
        assert not self.problems, f"{len(self.problems)} looks had no answer: {self.problems[0]}"
        for layer in LAYERS:
            seen = [look.through.get(layer) for look in self.answers]
            assert all(seen), f"{layer} was complete through nothing at a look"
            assert seen == sorted(seen), f"what {layer} is complete through went back"
        steps = len({tuple(look.through.values()) for look in self.answers})
        return f"{len(self.answers):,} looks, at which it advanced {steps - 1} times"

    def come_to(self, newest: Hour) -> str:
        """In the end every layer is complete through the newest hour."""
        behind = [
            layer
            for layer, through in self.answers[-1].through.items()
            if through is None or through < newest.arrived_at
        ]
        assert not behind, f"{', '.join(behind)} did not come to what arrived last"
        return f"all layers are complete through {self.answers[-1].through['gold']:%H:%M:%S} UTC"

    def are_true(self, hours: Sequence[Hour]) -> str:
        """Gold had at each look all that it is complete through, as it is now."""
        now, seen = _summaries(self.lake, None), 0
        for look in dict.fromkeys((look.through["gold"], look.version) for look in self.answers):
            through, version = look
            whole = [hour for hour in hours if through and hour.arrived_at <= through]
            then = _summaries(self.lake, version)
            for hour in whole:
                of_then, of_now = then.get(hour.start, []), now.get(hour.start, [])
                assert len(of_then) == hour.bands, (
                    f"gold was complete through {through}, and had {len(of_then)} of "
                    f"{hour.bands} workouts of the hour {hour.start}"
                )
                assert of_then == of_now, f"the hour {hour.start} was complete, and has changed"
            seen += len(whole)
        return f"{seen} hours that were called complete were so, and stayed as they were"


def _instant(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None


def _summaries(lake: Lake, version: int | None) -> dict[int, list[dict]]:
    """By the start of the hour, gold's rows of its workouts, in order."""
    rows = DeltaTable(lake.path(WORKOUT_BPM_SUMMARY), version=version).to_pyarrow_table()
    found: dict[int, list[dict]] = {}
    for row in rows.sort_by([(name, "ascending") for name in WORKOUT_BPM_SUMMARY.key]).to_pylist():
        found.setdefault(int(row["start_time"].timestamp()) // HOUR * HOUR, []).append(row)
    return found
