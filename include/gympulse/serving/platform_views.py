"""What is shown of the platform itself: on the page *Platform*, and by ``make status``."""

from pydantic import Field

from gympulse.model.ops import COMPARISONS, LAYER_RUNS, LEDGER, OPERATIONS, QUALITY, QUARANTINE
from gympulse.serving.view import View

PLATFORM_VIEWS = (
    View(
        "platform-rows",
        "Rows of one hour and layer, by what became of them",
        (LEDGER,),
        """
        SELECT date_trunc('hour', finished_at) AS hour, layer,
            CAST(sum(inserted) AS BIGINT) AS inserted,
            CAST(sum(superseding) AS BIGINT) AS superseding,
            CAST(sum(duplicate) AS BIGINT) AS duplicate,
            CAST(sum(quarantined) AS BIGINT) AS quarantined
        FROM {ledger}
        WHERE finished_at > (SELECT max(finished_at) FROM {ledger}) - $hours * INTERVAL 1 HOUR
            -- What stands for several batches is of no one hour.
            AND run_id IS DISTINCT FROM 'folded'
        GROUP BY hour, layer ORDER BY hour, layer
        """,
        parameters={
            "hours": (int, Field(48, ge=1, le=24 * 366, description="Hours back from the last."))
        },
    ),
    View(
        "platform-quarantine",
        "Records of one source, rule and status that are set aside",
        (QUARANTINE,),
        """
        SELECT source, rule, status, count(*) AS records FROM {quarantine}
        GROUP BY source, rule, status ORDER BY source, rule, status
        """,
    ),
    View(
        "platform-runs",
        "One finished run of one layer's job",
        (LAYER_RUNS,),
        """
        SELECT layer, began_at, finished_at, complete_through,
            round(epoch(finished_at - began_at), 1) AS seconds
        FROM {layer_runs} ORDER BY finished_at DESC, layer LIMIT $limit
        """,
        parameters={"limit": (int, Field(20, ge=1, le=1000, description="Runs at most."))},
    ),
    View(
        "platform-verify",
        "One table as one of the last verifications found it",
        (COMPARISONS, OPERATIONS),
        """
        WITH verifications AS (
            SELECT operation_id, phase, outcome, finished_at FROM {operations}
            WHERE job = 'verify' ORDER BY finished_at DESC LIMIT $limit
        )
        SELECT operation_id, "table", rows_expected, missing, extra, different,
            verifications.finished_at, outcome
        FROM {comparisons} JOIN verifications USING (operation_id, phase)
        ORDER BY verifications.finished_at DESC, "table"
        """,
        parameters={"limit": (int, Field(3, ge=1, le=100, description="Verifications at most."))},
    ),
    View(
        "platform-quality",
        "One expectation that rows of one table did not meet, and that went on all the same",
        (QUALITY, LEDGER),
        """
        SELECT max(found_at) AS latest, "table", rule, consequence,
            CAST(sum(unexpected) AS BIGINT) AS unexpected
        FROM {quality}
        WHERE found_at > (SELECT max(finished_at) FROM {ledger}) - $hours * INTERVAL 1 HOUR
        GROUP BY "table", rule, consequence ORDER BY latest DESC, "table", rule
        """,
        parameters={
            "hours": (int, Field(24, ge=1, le=24 * 366, description="Hours back from the last."))
        },
    ),
    View(
        "platform-operations",
        "One operation with what came of it, or what it plans",
        (OPERATIONS,),
        """
        SELECT finished_at, job, mode, operator, is_dry_run, outcome, reason, operation_id
        FROM {operations}
        QUALIFY row_number() OVER (PARTITION BY operation_id ORDER BY finished_at DESC) = 1
        ORDER BY finished_at DESC, operation_id LIMIT $limit
        """,
        parameters={"limit": (int, Field(10, ge=1, le=1000, description="Operations at most."))},
    ),
)
