"""What is known of a table: the form that every entry of ``tables`` has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gympulse.model.fields import FIELDS

# Two instants, both inclusive.
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Table:
    """One Delta table.

    Attributes:
        name: ``layer_db.noun``; the folder below the managed zone follows from it.
        grain: What one row is, for people.
        key: Columns that name a row; no two rows share them.
        columns: All columns, in order.
        reads: Tables it is computed from.
        partitioned_by: Columns the files are divided by.
        pruned_by: Instant by which files are skipped; a file keeps its least and greatest.
        spans: Instants or dates that a row lies between, where not both are ``pruned_by``; where
            the second is null, the row lies at the first.
        statistics: Columns whose least and greatest each file keeps, beside ``pruned_by``.
        keeps_changes: Whether its change feed is on, for the tables computed from it.
        types: Columns whose type differs from ``FIELDS``, for raw text.
    """

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    reads: tuple[str, ...] = ()
    partitioned_by: tuple[str, ...] = ()
    pruned_by: str | None = None
    spans: tuple[str, str] | None = None
    statistics: tuple[str, ...] = ()
    keeps_changes: bool = False
    types: Mapping[str, str] = field(default_factory=dict)

    def __hash__(self) -> int:
        """Tables are told apart by their names."""
        return hash(self.name)

    @property
    def database(self) -> str:
        """The layer's database, as ``silver_db``."""
        return self.name.split(".")[0]

    @property
    def short_name(self) -> str:
        """The name without its database, as the ledger and the quarantine use it."""
        return self.name.split(".")[1]

    @property
    def schema(self) -> dict[str, str]:
        """Column names in order, each with its Spark type."""
        return {name: self.types.get(name, FIELDS[name].type) for name in self.columns}

    @property
    def ddl(self) -> str:
        """The schema as one Spark DDL string."""
        return ", ".join(f"`{name}` {type_}" for name, type_ in self.schema.items())

    @property
    def extent(self) -> tuple[str, str]:
        """The columns of the instants or dates that a row lies between, both inclusive."""
        return self.spans or (self.pruned_by, self.pruned_by)

    @property
    def values(self) -> tuple[str, ...]:
        """Columns outside the key, in order."""
        return tuple(name for name in self.columns if name not in self.key)
