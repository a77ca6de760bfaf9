"""Tables and queries of the usual recipe: how it reads, appends and merges."""

from collections.abc import Callable

from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import DataStreamWriter, StreamingQuery

CSV = {
    "registered_users": "user_id bigint, device_id bigint, mac_address string, "
    "registration_timestamp double",
    "gym_logins": "mac_address string, gym bigint, login double, logout double",
}
PROFILE = "dob string, sex string, gender string, first_name string, last_name string"
ADDRESS = "struct<street_address: string, city: string, state: string, zip: string>"
PAYLOADS = {
    "bpm": "device_id bigint, time bigint, heartrate double",
    "workout": "user_id bigint, workout_id bigint, timestamp bigint, action string, "
    "session_id bigint",
    "user_info": "user_id bigint, update_type string, timestamp bigint, "
    f"{PROFILE}, address {ADDRESS}",
}
KEYS = {
    "users": ("user_id", "device_id"),
    "user_profile": ("user_id",),
    "gym_logs": ("mac_address", "gym", "login"),
    "heart_rate": ("device_id", "time"),
    "workouts": ("user_id", "workout_id", "session_id", "action", "time"),
    "completed_workouts": ("user_id", "workout_id", "session_id", "start_time"),
    "workout_bpm": ("user_id", "workout_id", "session_id", "start_time", "device_id", "time"),
    "workout_bpm_summary": ("user_id", "workout_id", "session_id", "start_time"),
    "gym_summary": ("gym_id", "mac_address", "date"),
}

spark = SparkSession.builder.appName("the usual recipe").getOrCreate()


class Recipe:
    """The queries of one lake.

    Args:
        lake: Its folder.
        files_per_batch: How many files of raw records one batch takes; 1000 is Delta's own.
    """

    def __init__(self, lake: str, files_per_batch: str = "1000") -> None:
        self.lake, self.files_per_batch = lake, files_per_batch

    def path(self, table: str) -> str:
        """Where a table lies."""
        return f"{self.lake}/tables/{table}"

    def table(self, name: str) -> DataFrame:
        """A table as it now is."""
        return spark.read.format("delta").load(self.path(name))

    def stream(self, name: str) -> DataFrame:
        """A table's new rows; where the table was seeded, what comes after that."""
        raw = {"maxFilesPerTrigger": self.files_per_batch}
        options = {"startingVersion": "1"} if name in KEYS else raw
        return spark.readStream.format("delta").options(**options).load(self.path(name))

    def payloads(self, topic: str) -> DataFrame:
        """A topic's new payloads, parsed."""
        value = F.from_json(F.col("value").cast("string"), PAYLOADS[topic])
        return (
            self.stream("kafka").where(f"topic = '{topic}'").select(value.alias("v")).select("v.*")
        )

    def append(self, rows: DataFrame, table: str) -> StreamingQuery:
        """Start a query that appends."""
        return self._writer(rows, table).format("delta").start(self.path(table))

    def upsert(
        self,
        rows: DataFrame,
        table: str,
        prepare: Callable[[DataFrame], DataFrame] = lambda batch: batch,
        update_when: str | None = None,
    ) -> StreamingQuery:
        """Start a query that merges each batch into a table, by key."""
        same = " AND ".join(f"t.{key} = s.{key}" for key in KEYS[table])

        def merge(batch: DataFrame, _: int) -> None:
            target = DeltaTable.forPath(batch.sparkSession, self.path(table)).alias("t")
            merging = target.merge(prepare(batch).alias("s"), same)
            if update_when:
                merging = merging.whenMatchedUpdateAll(update_when)
            merging.whenNotMatchedInsertAll().execute()

        return self._writer(rows, table).foreachBatch(merge).start()

    def _writer(self, rows: DataFrame, table: str) -> DataStreamWriter:
        writer = rows.writeStream.queryName(table).trigger(availableNow=True)
        return writer.option("checkpointLocation", f"{self.lake}/checkpoints/{table}")
