"""Ops: the record of what the jobs have done."""

from gympulse.model.table import Table

LEDGER = Table(
    name="ops_db.ledger",
    grain="one batch of one stream, for one table",
    key=("table", "stream", "batch_id"),
    columns=(
        "run_id",
        "layer",
        "table",
        "stream",
        "batch_id",
        "rows_read",
        "inserted",
        "superseding",
        "duplicate",
        "quarantined",
        "finished_at",
    ),
)
QUARANTINE = Table(
    name="ops_db.quarantine",
    grain="one record and one rule it breaks",
    key=("source", "source_id", "rule"),
    columns=("source", "source_id", "rule", "payload", "quarantined_at", "status"),
    statistics=("source", "source_id", "rule", "status"),
)
NEW_FIELDS = Table(
    name="ops_db.new_fields",
    grain="one field that a source sent before the platform knew it",
    key=("source", "field"),
    columns=("source", "field", "first_seen_at", "source_id", "example"),
)
LAYER_RUNS = Table(
    name="ops_db.layer_runs",
    grain="one finished run of one layer's job",
    key=("run_id", "layer"),
    columns=("run_id", "layer", "began_at", "complete_through", "finished_at"),
)
OPERATIONS = Table(
    name="ops_db.operations",
    grain="one phase of one backfill, rebuild or verification",
    key=("operation_id", "phase"),
    columns=(
        "operation_id",
        "phase",
        "job",
        "mode",
        "from_date",
        "to_date",
        "reason",
        "is_dry_run",
        "outcome",
        "files_to_read",
        "rows_to_read",
        "bytes_to_read",
        "began_at",
        "finished_at",
    ),
)
COMPARISONS = Table(
    name="ops_db.comparisons",
    grain="one table as an operation compared it with what it should be",
    key=("operation_id", "phase", "table"),
    columns=(
        "operation_id",
        "phase",
        "table",
        "rows_expected",
        "missing",
        "extra",
        "different",
        "first_date",
        "last_date",
        "examples",
        "finished_at",
    ),
)
