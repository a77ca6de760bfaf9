"""Where open-source Spark and Databricks differ: the one place that says so.

A Databricks cluster brings Spark, Delta, Kafka's connector, a catalog and a session that is there
before the job and after it. What the jobs ask of them both have; what differs is this:

- settings: ``CLUSTER_CONF`` instead of ``spark_settings.SESSION``;
- the session is not the job's to stop (``gympulse.session``);
- a table is read as a table, not by its files (``gympulse.io.delta``): below a Delta log Databricks
  refuses to read Parquet, and Unity Catalog governs tables, not files in them;
- secrets come as environment variables that the cluster fills from a secret scope (``SECRETS``);
- Kafka's classes have other names (``gympulse.io.kafka_clients``);
- a failure is an exception and not an exit code (``gympulse.entry_points``).

Serverless compute has Spark Connect alone. There the functions that take a stream's batches run
in a process of the server's, which cannot tell this one what it has counted, and nothing can be
cached: the jobs need a cluster.
"""

import os

from gympulse.spark_settings import SESSION

# The variable that Databricks sets on each of its machines.
VERSION = "DATABRICKS_RUNTIME_VERSION"


def is_databricks() -> bool:
    """Whether this process runs on a Databricks cluster."""
    return VERSION in os.environ


def is_serverless() -> bool:
    """Whether this process runs on Databricks' serverless compute, which names its client."""
    return os.environ.get(VERSION, "").startswith("client.")


# Of our settings those that results depend on, and those that suit streams which end. The others
# suit one small machine, or would take the cluster's own catalog, addresses or UI away.
_KEPT = (
    "spark.sql.session.timeZone",
    "spark.sql.parquet.outputTimestampType",
    "spark.sql.variant.allowDuplicateKeys",
    "spark.sql.chunkBase64String.enabled",
    "spark.databricks.delta.snapshotPartitions",
    "spark.scheduler.mode",
    "spark.sql.streaming.noDataMicroBatches.enabled",
    "spark.sql.streaming.verifyCheckpointDirectoryEmptyOnStart",
    "spark.sql.streaming.minBatchesToRetain",
    "spark.sql.parquet.compression.codec",
)
CLUSTER_CONF = {name: SESSION[name] for name in _KEPT} | {
    # What Spark 4 does where nothing is said; a Databricks cluster may have it otherwise.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    # As on one machine: JSON may be nested a thousand levels deep.
    "spark.driver.extraJavaOptions": "-Xss8m",
    "spark.executor.extraJavaOptions": "-Xss8m",
}

# Environment variables that hold secrets, with the key that each has in a secret scope.
SECRETS = {
    "AZURE_TENANT_ID": "azure-tenant-id",
    "AZURE_CLIENT_ID": "azure-client-id",
    "AZURE_CLIENT_SECRET": "azure-client-secret",
    "GYMPULSE_KAFKA_OPTIONS": "kafka-options",
    "GYMPULSE_SUPPRESSION_KEY": "suppression-key",
}


def secret_references(scope: str, names: tuple[str, ...]) -> dict[str, str]:
    """The environment of a cluster that reads secrets from a scope; no secret is in it.

    Args:
        scope: Name of the secret scope.
        names: Which of ``SECRETS``.
    """
    return {name: f"{{{{secrets/{scope}/{SECRETS[name]}}}}}" for name in names}
