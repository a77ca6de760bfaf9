"""The usual recipe: what this kind of platform looks like in courses and examples.

One streaming query a table, a watermark of 30 seconds, ``dropDuplicates``, and MERGE by key
into the whole table, which inserts what is new. It stands here to be compared with, in
time and in what becomes of late readings; nothing uses it.

    spark-submit usual_recipe.py bronze LAKE SERVERS [STARTING_OFFSETS]
    spark-submit usual_recipe.py silver LAKE [FILES_PER_BATCH]
    spark-submit usual_recipe.py gold LAKE
    spark-submit usual_recipe.py seed LAKE OUR_SILVER_AND_GOLD
"""

import sys

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery
from usual_lake import CSV, KEYS, PAYLOADS, Recipe, spark

WATERMARK = "30 seconds"
SESSION = list(KEYS["completed_workouts"])


def instant(name: str) -> Column:
    """Epoch seconds as a timestamp."""
    return F.timestamp_seconds(F.col(name))


def wait(*queries: StreamingQuery) -> None:
    """Wait until queries that run side by side have ended."""
    for query in queries:
        query.awaitTermination()


def bronze(recipe: Recipe, servers: str, starting_offsets: str = "earliest") -> None:
    """Append Kafka's records and the landed rows as they are."""
    records = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("subscribe", ",".join(PAYLOADS))
        .option("startingOffsets", starting_offsets)
        .load()
    )
    files = spark.readStream.option("header", True)
    landed = {
        name: files.schema(ddl).csv(f"{recipe.lake}/data/{name}") for name, ddl in CSV.items()
    }
    everything = {"kafka": records} | landed
    wait(*[recipe.append(rows, table) for table, rows in everything.items()])


def silver(recipe: Recipe, files_per_batch: str = "1000") -> None:
    """Refine: first what needs only bronze, then what joins it."""
    recipe = Recipe(recipe.lake, files_per_batch)
    wait(_users(recipe), _visits(recipe), _profiles(recipe), _readings(recipe), _events(recipe))
    wait(_completed(recipe))
    wait(_workout_bpm(recipe))


def _users(recipe: Recipe) -> StreamingQuery:
    rows = recipe.stream("registered_users").withColumn(
        "registration_timestamp", instant("registration_timestamp")
    )
    return recipe.upsert(rows, "users", lambda batch: batch.dropDuplicates(KEYS["users"]))


def _visits(recipe: Recipe) -> StreamingQuery:
    rows = recipe.stream("gym_logins")
    rows = rows.withColumn("login", instant("login")).withColumn("logout", instant("logout"))

    def one_a_visit(batch: DataFrame) -> DataFrame:
        return batch.groupBy(*KEYS["gym_logs"]).agg(F.max("logout").alias("logout"))

    update_when = "s.logout IS NOT NULL AND (t.logout IS NULL OR s.logout > t.logout)"
    return recipe.upsert(rows, "gym_logs", one_a_visit, update_when)


def _profiles(recipe: Recipe) -> StreamingQuery:
    rows = (
        recipe.payloads("user_info")
        .where("update_type != 'delete'")
        .withColumn("dob", F.to_date("dob", "MM/dd/yyyy"))
        .withColumn("updated", instant("timestamp"))
        .select("*", "address.*")
        .drop("address", "update_type", "timestamp")
    )

    def latest(batch: DataFrame) -> DataFrame:
        others = [name for name in batch.columns if name != "user_id"]
        newest = batch.groupBy("user_id").agg(F.max_by(F.struct(*others), "updated").alias("p"))
        return newest.select("user_id", "p.*")

    return recipe.upsert(rows, "user_profile", latest, "s.updated > t.updated")


def _readings(recipe: Recipe) -> StreamingQuery:
    rows = (
        recipe.payloads("bpm")
        .withColumn("time", instant("time"))
        .where("heartrate BETWEEN 20 AND 250")
        .withColumn("date", F.to_date("time"))
        .withWatermark("time", WATERMARK)
        .dropDuplicates(KEYS["heart_rate"])
    )
    return recipe.upsert(rows, "heart_rate")


def _events(recipe: Recipe) -> StreamingQuery:
    rows = (
        recipe.payloads("workout")
        .withColumn("time", instant("timestamp"))
        .drop("timestamp")
        .withWatermark("time", WATERMARK)
        .dropDuplicates(KEYS["workouts"])
    )
    return recipe.upsert(rows, "workouts")


def _completed(recipe: Recipe) -> StreamingQuery:
    def events(action: str, instant_: str, alias: str) -> DataFrame:
        rows = recipe.stream("workouts").where(f"action = '{action}'")
        rows = rows.withColumnRenamed("time", instant_).drop("action")
        return rows.withWatermark(instant_, WATERMARK).alias(alias)

    same = " AND ".join(f"a.{key} = b.{key}" for key in SESSION[:3])
    lasts = "end_time > start_time AND end_time < start_time + INTERVAL 3 HOURS"
    rows = events("start", "start_time", "a").join(
        events("stop", "end_time", "b"), F.expr(f"{same} AND {lasts}"), how="inner"
    )
    return recipe.upsert(
        rows.select(*(f"a.{key}" for key in SESSION), "end_time"), "completed_workouts"
    )


def _workout_bpm(recipe: Recipe) -> StreamingQuery:
    owners = recipe.table("users").select("user_id", "device_id")
    sessions = recipe.table("completed_workouts").join(owners, on="user_id", how="inner")
    rows = recipe.stream("heart_rate").join(F.broadcast(sessions), on="device_id", how="inner")
    rows = rows.where("time > start_time AND time <= end_time")
    columns = [*KEYS["workout_bpm"], "end_time", "heartrate"]
    return recipe.upsert(rows.select(*columns), "workout_bpm")


def gold(recipe: Recipe) -> None:
    """Summarise what is new, joined with the rest as it now is."""
    wait(_summaries(recipe), _gyms(recipe))


def _summaries(recipe: Recipe) -> StreamingQuery:
    people = recipe.table("user_profile").select("user_id", "dob", "sex", "city", "state")
    age = F.floor(F.months_between("date", "dob") / 12)
    band = F.when(age < 18, "under 18").otherwise(F.concat(age - age % 10, F.lit("s")))

    def summarise(batch: DataFrame) -> DataFrame:
        rates = {"min_bpm": F.min, "avg_bpm": F.avg, "max_bpm": F.max}
        aggregates = [of("heartrate").alias(name) for name, of in rates.items()]
        per_session = batch.groupBy(*SESSION, "end_time").agg(
            F.count("*").alias("num_records"), *aggregates
        )
        dated = per_session.withColumn("date", F.to_date("start_time"))
        return dated.join(people, on="user_id", how="left").withColumn("age_band", band).drop("dob")

    return recipe.upsert(recipe.stream("workout_bpm"), "workout_bpm_summary", summarise)


def _gyms(recipe: Recipe) -> StreamingQuery:
    phones = recipe.table("users").select("user_id", "mac_address").distinct()
    visits = recipe.table("gym_logs").join(phones, on="mac_address", how="inner")
    during = "start_time < logout AND end_time > login"
    minutes = "round((unix_timestamp({}) - unix_timestamp({})) / 60, 2)".format

    def summarise(batch: DataFrame) -> DataFrame:
        rows = batch.join(visits, on="user_id", how="inner").where(during)
        by = [F.col("gym").alias("gym_id"), "mac_address", F.to_date("login").alias("date")]
        return rows.groupBy(*by).agg(
            F.sort_array(F.collect_set("workout_id")).alias("workouts"),
            F.max(F.expr(minutes("logout", "login"))).alias("minutes_in_gym"),
            F.sum(F.expr(minutes("end_time", "start_time"))).alias("minutes_exercising"),
        )

    return recipe.upsert(recipe.stream("completed_workouts"), "gym_summary", summarise)


def seed(recipe: Recipe, ours: str) -> None:
    """Begin with the history of our lake, so that both have the same."""
    for table in KEYS:
        layer = "gold_db" if table.endswith("_summary") else "silver_db"
        rows = spark.read.format("delta").load(f"{ours}/{layer}/{table}")
        rows.write.format("delta").save(recipe.path(table))


if __name__ == "__main__":
    work = {"bronze": bronze, "silver": silver, "gold": gold, "seed": seed}[sys.argv[1]]
    work(Recipe(sys.argv[2]), *sys.argv[3:])
    spark.stop()
