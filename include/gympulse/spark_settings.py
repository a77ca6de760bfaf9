"""Settings of Spark, Delta and the JVM, in one place, with the reason beside each.

``gympulse.local.spark_home`` writes them to ``.tools/spark``, so that the environment's
``spark-submit`` needs no further flags.
"""

from collections.abc import Sequence
from pathlib import Path

SESSION = {
    # Delta's own commands and its catalog.
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    # Instants are UTC; business dates are converted by name, never by the machine's zone.
    "spark.sql.session.timeZone": "UTC",
    # The checksumming one fails at names with a colon, and writes a second file for each.
    "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
    # The same for logs and checkpoints, which go another way: a second file beside each would
    # outlive it, and its successor of the same name then fails as if two had written it.
    "spark.hadoop.fs.AbstractFileSystem.file.impl": "org.apache.hadoop.fs.local.RawLocalFs",
    # INT96 has no bounds in file footers and no place in new files.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # Of a name that a JSON object repeats the last counts, as JSON parsers have it.
    "spark.sql.variant.allowDuplicateKeys": "true",
    # Base64 in one line, as the lines of files and archives have it.
    "spark.sql.chunkBase64String.enabled": "false",
    # A table's log is small: 50 tasks to rebuild its state cost more than the state.
    "spark.databricks.delta.snapshotPartitions": "1",
    # Streams run side by side, each in a pool: the small ones pass the large.
    "spark.scheduler.mode": "FAIR",
    # Files are listed by the driver: a job to list them costs more than hundreds of them.
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "2000",
    # A micro-batch of an hour fits a few partitions; more are only overhead on two cores.
    "spark.sql.shuffle.partitions": "4",
    # A filter of a join's keys takes a pass over all readings of its own, to keep out few rows.
    "spark.sql.optimizer.runtime.bloomFilter.enabled": "false",
    # Every query's plan is printed for the UI that nobody watches; a sixth of a short job.
    "spark.sql.maxPlanStringLength": "100",
    "spark.sql.ui.explainMode": "simple",
    # A hash table takes a page at once, also of three rows that are joined to all others, and a
    # query has dozens: by the usual 64 MB each, they fill the heap with next to nothing.
    "spark.buffer.pageSize": "2m",
    # Ten tables' generated classes are more than the usual hundred, and compiled anew if lost.
    "spark.sql.codegen.cache.maxEntries": "2000",
    # Cached rows live for seconds; finding how best to compress them costs more than it saves.
    "spark.sql.inMemoryColumnarStorage.compressed": "false",
    # Plans show a stream's options, and what lets its reader in must not be among them: Spark's
    # own words for secrets fit Kafka's password, but not its key.
    "spark.sql.redaction.options.regex": "(?i)url|jaas|keystore",
    # Nobody watches the UI of a job that lives for seconds, and its port may be taken.
    "spark.ui.enabled": "false",
    # A progress bar would be mixed into the task's log.
    "spark.ui.showConsoleProgress": "false",
    # One open file per date at once, instead of a sort of the whole batch by date.
    "spark.sql.maxConcurrentOutputFileWriters": "40",
    # Stop without waiting for cleaning that the process's end does anyway.
    "spark.cleaner.referenceTracking.blocking": "false",
    # Progress of a query is in our ledger; its event history would only take memory.
    "spark.sql.streaming.numRecentProgressUpdates": "1",
    # A trigger without data is no batch: nothing is committed in an hour without data.
    "spark.sql.streaming.noDataMicroBatches.enabled": "false",
    # Polling for the end of a query is the shortest wait a tiny batch has.
    "spark.sql.streaming.pollingDelay": "5ms",
    # A kill during a stream's first write leaves a temporary file in its checkpoint, which the
    # check that a new checkpoint is empty would refuse ever after. No two streams share one.
    "spark.sql.streaming.verifyCheckpointDirectoryEmptyOnStart": "false",
    # Two checkpointed batches suffice to resume; old ones are deleted.
    "spark.sql.streaming.minBatchesToRetain": "10",
    # zstd is a third smaller than snappy at the same speed.
    "spark.sql.parquet.compression.codec": "zstd",
    # Delta caches a whole log's state per table; ten tables of one layer are all it needs.
    "spark.databricks.delta.delta.log.cacheSize": "40",
}

# Where the driver does all the work.
LOCAL = {
    # Nobody else has to reach it.
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}

# Where executors do the work. The driver listens where the machine's name leads.
CLUSTER = {
    # Two executors a job. One that took all cores, as is the default of a standalone cluster,
    # would keep them from the job that holds the lock it waits for.
    "spark.executor.instances": "2",
    "spark.executor.cores": "2",
    "spark.cores.max": "4",
    "spark.executor.memory": "4g",
    # Twice the cores.
    "spark.sql.shuffle.partitions": "8",
    # A small batch is over before waiting for the executor that holds its rows would pay.
    "spark.locality.wait": "100ms",
    # The session sends the library to the executors' Python: see ``gympulse.shipping``.
    "spark.gympulse.shipLibrary": "true",
}

# Of every process that computes rows: driver and, on a cluster, executors.
ROWS_JVM = (
    # On two cores a third faster than the concurrent collector, at the same memory.
    "-XX:+UseParallelGC",
    # C1 fills the usual 48 MB with Spark's generated code, and then stops compiling.
    "-XX:ReservedCodeCacheSize=240m",
    # JSON may be nested a thousand levels deep, which its readers walk by recursion: at the usual
    # megabyte such a payload ends the whole process. Only what is used of it is taken.
    "-Xss8m",
)

JVM = (
    # Ready-parsed classes save a sixth of a short job; without the archive, as usual.
    "-Xshare:auto",
    *ROWS_JVM,
    "-XX:+UnlockDiagnosticVMOptions",
)

# What compiles a job, by its load. A short job spends a third of its time in C2, on code that
# it leaves again; over millions of rows C2's code takes half the time. On a cluster the driver
# only plans, whatever the load.
COMPILER = {
    "cluster": ("-XX:TieredStopAtLevel=1",),
    "small": ("-XX:TieredStopAtLevel=1",),
    "large": ("-XX:CompilerDirectivesFile={folder}/directives.json",),
    "history": ("-XX:CompilerDirectivesFile={folder}/directives.json",),
}

# An hour is refined at once. Operations go through history in batches, of any length in the
# same memory: with more of it the collector would only come later.
MEMORY = {"cluster": "3g", "small": "3g", "large": "3g", "history": "2560m"}

# Rows to work off from which a job counts as large, by measurement on two cores.
LARGE_FROM_ROWS = {"bronze": 2_000_000, "silver": 1_000_000, "gold": 20_000_000}

# C2 is for loops over rows. Planning runs once: generated code is an exception within it.
DIRECTIVES = [
    {
        "match": [
            "org/apache/spark/sql/catalyst/expressions/GeneratedClass*.*",
            "org/apache/spark/sql/catalyst/expressions/Unsafe*.*",
            "org/apache/spark/sql/catalyst/expressions/codegen/Unsafe*.*",
            "org/apache/spark/sql/catalyst/expressions/codegen/BufferHolder*.*",
            "org/apache/spark/sql/catalyst/json/*.*",
            "org/apache/spark/sql/catalyst/util/*.*",
        ],
        "c2": {"Exclude": False},
    },
    {
        "match": [
            "com/fasterxml/jackson/databind/*.*",
            "java/io/Object*.*",
            "java/lang/invoke/*.*",
            "java/util/concurrent/*.*",
            "java/util/jar/*.*",
            "jdk/internal/loader/*.*",
            "jdk/internal/org/*.*",
            "org/antlr/*.*",
            "org/apache/hadoop/*.*",
            "org/apache/spark/sql/catalyst/*.*",
            "org/apache/spark/sql/classic/*.*",
            "org/apache/spark/sql/delta/*.*",
            "org/apache/spark/sql/internal/*.*",
            "org/apache/xbean/*.*",
            "org/codehaus/*.*",
            "scala/*.*",
        ],
        "c2": {"Exclude": True},
    },
]

LOGGING = """\
# Spark's own news would bury the job's; what matters of it comes back as an error.
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %c{1}: %m%n%ex{short}
# Failures of queries and of batches' Python are reported by the job, in a sentence.
logger.streaming.name = org.apache.spark.sql.execution.streaming
logger.streaming.level = off
# A job that waits in vain for a cluster's executors says so.
logger.scheduler.name = org.apache.spark.scheduler.TaskSchedulerImpl
logger.scheduler.level = warn
"""


def spark_defaults(load: str, jars: Path, python: Path, folder: Path) -> str:
    """The text of a load's settings, as of ``small.conf``.

    Args:
        load: ``small``, ``large``, or ``history``, an operation over many rows; ``cluster`` for
            any, where executors do the work.
        jars: Folder of the jars that jobs need beside Spark's own.
        python: Interpreter of the driver and of Python functions.
        folder: Where ``log4j2.properties``, ``directives.json`` and the class archive lie.
    """
    jvm = (
        *JVM,
        *(option.format(folder=folder) for option in COMPILER[load]),
        f"-XX:SharedArchiveFile={folder}/spark.jsa",
        f"-Dlog4j2.configurationFile={folder}/log4j2.properties",
    )
    paths = [str(jar) for jar in sorted(jars.glob("*.jar"))]
    settings = {
        **SESSION,
        **(_on_executors(paths) if load == "cluster" else LOCAL),
        "spark.driver.memory": MEMORY[load],
        "spark.driver.extraClassPath": ":".join(paths),
        "spark.driver.extraJavaOptions": " ".join(jvm),
        "spark.pyspark.python": str(python),
        "spark.pyspark.driver.python": str(python),
    }
    return "".join(f"{name} {value}\n" for name, value in settings.items())


def _on_executors(jars: Sequence[str]) -> dict[str, str]:
    """What executors need that are on other machines; Spark sends them the jars."""
    return {
        **CLUSTER,
        "spark.jars": ",".join(jars),
        "spark.executor.extraJavaOptions": " ".join(ROWS_JVM),
    }
