"""Every column of the platform, described once.

One name is one quantity in one unit, in every table that carries it.
Types are Spark DDL types. Instants are UTC; dates are in the business time zone.
Entries are in alphabetical order.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """One column: its Spark type, its meaning for people, and its unit where it has one."""

    type: str
    description: str
    unit: str = ""


FIELDS = {
    "above_max_seconds": Field(
        "double",
        "How long the heart rate stayed above `predicted_max_bpm`: the stretches that last longer "
        "than a minute, of several wearables added; 0 where the age is unknown.",
        unit="seconds",
    ),
    "action": Field("string", "What the event says: `start`, `stop`, or a profile's update type."),
    "age_band": Field("string", "Age in whole years on `date`, in bands closed below."),
    "age_years": Field(
        "int", "Age in whole years on `date`; null where unknown or negative.", unit="years"
    ),
    "airflow_run": Field(
        "string", "Airflow's run as `dag/run`; null where the job was started by hand."
    ),
    "avg_bpm": Field("double", "Mean of the workout's readings.", unit="beats/minute"),
    "batch_id": Field("bigint", "Number of the micro-batch within its stream."),
    "began_at": Field("timestamp", "Instant the job began."),
    "bytes_after": Field("bigint", "Size of the table's files afterwards.", unit="bytes"),
    "bytes_before": Field("bigint", "Size of the table's files before.", unit="bytes"),
    "bytes_scanned": Field("bigint", "Bytes of the files that were looked through.", unit="bytes"),
    "bytes_to_read": Field("bigint", "Size of the files that the operation reads.", unit="bytes"),
    "chosen": Field("bigint", "Records set aside that a review is about.", unit="rows"),
    "city": Field("string", "City of the member's address."),
    "complete_through": Field("timestamp", "Everything received up to here is in the layer."),
    "consequence": Field("string", "What comes of it: `warn`, or `fail`."),
    "date": Field("date", "Day of the row's instant in the business time zone."),
    "decided_at": Field("timestamp", "Instant the status was last changed; null while first open."),
    "decided_by": Field("string", "Who changed the status; null where it followed the data."),
    "deleted": Field(
        "bigint", "Rows that the batch deleted; they are part of `superseding`.", unit="rows"
    ),
    "device_id": Field("bigint", "Wearable that took the reading."),
    "different": Field("bigint", "Keys whose row is another than it should be.", unit="rows"),
    "digest": Field(
        "string",
        "HMAC-SHA256, in hex, of the kind and the id, with a key that is kept outside the tables.",
    ),
    "dob": Field("date", "Date of birth."),
    "duplicate": Field("bigint", "Valid rows read that changed nothing.", unit="rows"),
    "encoding": Field(
        "string",
        "`utf-8`, or `base64` where the bytes were not UTF-8, or `erased` where the record was of "
        "a member who was erased: of it the row keeps the place alone.",
    ),
    "end_time": Field("timestamp", "Instant the workout stopped."),
    "erased_at": Field("timestamp", "Instant from which the member counts as erased."),
    "example": Field("string", "Its value in that record, as text, cut to 200 characters."),
    "examples": Field(
        "string",
        "A few rows that differ, as a JSON list of key, found and expected; of a review, records "
        "before and after.",
    ),
    "expectation": Field("string", "What the rows should be, in a sentence."),
    "extra": Field("bigint", "Rows that should not be there.", unit="rows"),
    "extra_fields": Field(
        "string",
        "Fields of the line that are none of the columns, as a JSON object of header names to "
        "texts, or to a list of texts where several have one name; the name of fields beyond the "
        "header is empty; null where there are none.",
    ),
    "failing": Field("bigint", "Of the chosen ones, those that still break a rule.", unit="rows"),
    "field": Field(
        "string",
        "Its path in the payload, as `battery`, `address.floor` or, in Debezium's row images, "
        "`after.floor`; of a CSV file its header's name, empty beyond the header. A name with a "
        "dot is written `['a.b']`; the whole is cut to 200 characters.",
    ),
    "files_after": Field("bigint", "The table's files afterwards.", unit="files"),
    "files_before": Field("bigint", "The table's files before.", unit="files"),
    "files_merged": Field("bigint", "Small files that larger ones replace.", unit="files"),
    "files_removed": Field("bigint", "Files removed that no kept version needs.", unit="files"),
    "files_rewritten": Field(
        "bigint", "Landed files and archives that were written anew.", unit="files"
    ),
    "files_scanned": Field("bigint", "Files of the lake that were looked through.", unit="files"),
    "files_to_read": Field("bigint", "Files that the operation reads.", unit="files"),
    "finished_at": Field("timestamp", "Instant the work was done."),
    "first_date": Field("date", "First day, inclusive, of the rows that differ."),
    "first_name": Field("string", "Member's given name."),
    "first_seen_at": Field("timestamp", "Instant the first record that has it entered bronze."),
    "found_at": Field("timestamp", "Instant it was noticed."),
    "from_date": Field("date", "First day asked for, inclusive; null for no bound."),
    "gender": Field("string", "Member's gender, as the member gave it."),
    "gym": Field("bigint", "Gym that was visited."),
    "gym_id": Field("bigint", "Gym that was visited."),
    "heartrate": Field("double", "Heart rate at that instant.", unit="beats/minute"),
    "hour": Field(
        "int",
        "Hour of the day, 0 to 23, by the clock of the business time zone. In the night that "
        "clocks go back, the repeated hour is one row and lasts two hours.",
    ),
    "inserted": Field("bigint", "Rows read whose key was new.", unit="rows"),
    "is_current": Field("boolean", "Whether the stretch is still open."),
    "is_dry_run": Field("boolean", "Whether only a plan was asked for."),
    "job": Field("string", "The operation's job, as `backfill` or `gold_rebuild`."),
    "jump_count": Field(
        "bigint",
        "Pairs of readings of one wearable, one after another within ten seconds, that differ by "
        "more than 40 beats/minute.",
    ),
    "kept_since": Field("bigint", "The first version of those that are kept one and all."),
    "key": Field("string", "Kafka key as received; kept, never read."),
    "key_id": Field("string", "Tells the key of the digest from others."),
    "kind": Field("string", "What is suppressed: `user`, `device` or `phone`."),
    "last_date": Field("date", "Last day, inclusive, of the rows that differ."),
    "last_name": Field("string", "Member's family name."),
    "layer": Field("string", "`bronze`, `silver` or `gold`."),
    "line": Field("bigint", "Line of the source file, the header being 1."),
    "load_time": Field("timestamp", "Instant the row entered the lake."),
    "log_files_removed": Field("bigint", "Files removed of the table's log.", unit="files"),
    "log_position": Field(
        "string",
        "Place in the source database's log; empty where a change event has none, "
        "null for a flat event.",
    ),
    "login": Field("timestamp", "Instant the visit began."),
    "logout": Field("timestamp", "Instant the visit ended; null while it is open."),
    "mac_address": Field("string", "MAC address of the member's phone, in lower case."),
    "max_bpm": Field("double", "Highest of the workout's readings.", unit="beats/minute"),
    "mentions_found": Field(
        "bigint", "Files that still name the member after the erasure.", unit="files"
    ),
    "min_bpm": Field("double", "Lowest of the workout's readings.", unit="beats/minute"),
    "minutes_exercising": Field(
        "double", "Part of the time in the gym with a workout running.", unit="minutes"
    ),
    "minutes_in_gym": Field(
        "double",
        "Time in the gym: the union of one phone's visits, of several phones added.",
        unit="minutes",
    ),
    "missing": Field("bigint", "Rows that should be there and are not.", unit="rows"),
    "mode": Field(
        "string",
        "`load_archives`, `restate`, `release`, `discard`, `erase` or `lift`; null otherwise.",
    ),
    "num_records": Field("bigint", "Readings of the workout.", unit="rows"),
    "offset": Field(
        "bigint", "Offset within the Kafka partition; a topic made anew gives its offsets again."
    ),
    "operation_id": Field("string", "The operation; Airflow's run where Airflow started it."),
    "operator": Field("string", "Who asked for it."),
    "options": Field("string", "What else was asked for, as JSON."),
    "outcome": Field(
        "string",
        "What came of it: `planned`, `begun`, `done`, `not done`, `refused`, `equal` or "
        "`different`.",
    ),
    "partition": Field("int", "Kafka partition."),
    "passing": Field("bigint", "Of the chosen ones, those that break no rule now.", unit="rows"),
    "payload": Field("string", "The record as it was received."),
    "peak_count": Field(
        "bigint",
        "Most phones in the gym at once; one that leaves as another comes was not there with it.",
    ),
    "phase": Field("string", "`plan`, before anything is changed, or `result`."),
    "point_id": Field("string", "The restore point, as a restore is told of it."),
    "position_from": Field(
        "string",
        "Where in its sources the batch begins, inclusive, as JSON: offsets by Kafka topic and "
        "partition, or versions by table; null for files.",
    ),
    "position_to": Field(
        "string",
        "Where it ends, exclusive, in the same form; the stream's next batch begins there.",
    ),
    "positions": Field(
        "string",
        "What the streams of silver and gold read next, as JSON: by table, the sources' places as "
        "the checkpoint has them; null where the stream had read nothing.",
    ),
    "predicted_max_bpm": Field(
        "double",
        "Highest heart rate expected at that age: 220 less `age_years` (Fox, Naughton and Haskell "
        "1971); null where the age is unknown.",
        unit="beats/minute",
    ),
    "problem": Field("string", "Why the table could not be maintained; null if it could."),
    "quarantined": Field("bigint", "Rows read that broke a rule.", unit="rows"),
    "quarantined_at": Field("timestamp", "Instant the record was set aside."),
    "raw_line": Field("string", "The line as received, where it did not fit its header."),
    "reason": Field("string", "Why it was done, as its operator gave it."),
    "recorded_at": Field(
        "timestamp", "Instant at which the versions belonged together, and no batch was under way."
    ),
    "registration_timestamp": Field("timestamp", "Instant of the registration."),
    "remains": Field(
        "string", "Where the member may still be found outside the tables, as JSON by place."
    ),
    "resting_seconds": Field(
        "double",
        "How long the heart rate stayed below that of a resting adult, 60 (American Heart "
        "Association: 60 to 100): the stretches that last longer than a minute, of several "
        "wearables added.",
        unit="seconds",
    ),
    "rows_erased": Field("string", "Rows that the member had in each table, as JSON by table."),
    "rows_expected": Field("bigint", "Rows that should be there.", unit="rows"),
    "rows_read": Field("bigint", "Rows the batch took in.", unit="rows"),
    "rows_removed": Field("bigint", "Rows that went because they were old.", unit="rows"),
    "rows_to_read": Field("bigint", "Rows that the operation reads.", unit="rows"),
    "rule": Field("string", "Rule that the record breaks."),
    "rule_version": Field("string", "Names the rule's condition with its thresholds."),
    "run_id": Field("string", "The run of the job that did it."),
    "seconds": Field("double", "How long the work took.", unit="seconds"),
    "session_id": Field("bigint", "Session of the workout; restarts."),
    "severity": Field(
        "double",
        "Orders workouts by how abnormal they are: beats/minute of `max_bpm` above "
        "`predicted_max_bpm` times minutes above it, plus minutes at a resting rate, plus jumps.",
    ),
    "sex": Field("string", "Member's sex, as the member gave it."),
    "source": Field("string", "Where the record came from."),
    "source_file": Field("string", "Landed file, relative to its landing folder."),
    "source_id": Field(
        "string", "Place within the source: `topic/partition/offset`, `file:line`, or a key."
    ),
    "start_time": Field("timestamp", "Instant the workout started."),
    "state": Field("string", "State of the member's address."),
    "status": Field(
        "string",
        "`open`, `cured` by later records, `released` or `discarded` by somebody.",
    ),
    "stream": Field("string", "Stream that the batch belongs to, by its checkpoint's id."),
    "street_address": Field("string", "Street and number of the member's address."),
    "superseding": Field("bigint", "Rows read whose key's row changed or went.", unit="rows"),
    "suppressed_from": Field("timestamp", "From when, inclusive; null for ever."),
    "suppressed_until": Field(
        "timestamp",
        "Until when, exclusive; null until the erasure is lifted or, of a device or phone, until "
        "somebody else registers it.",
    ),
    "table": Field("string", "Table that the batch was written to."),
    "time": Field("timestamp", "Instant of the event, by its source's clock."),
    "timestamp": Field("timestamp", "Instant Kafka gave the record."),
    "to_date": Field("date", "Last day asked for, inclusive; null for no bound."),
    "topic": Field("string", "Kafka topic."),
    "unexpected": Field("bigint", "Rows that are not as expected.", unit="rows"),
    "updated": Field("timestamp", "Instant since which these values have held unbroken."),
    "user_id": Field("bigint", "Member."),
    "valid_from": Field("timestamp", "First instant of the stretch."),
    "valid_to": Field("timestamp", "End of the stretch, exclusive; null while it is open."),
    "value": Field("string", "Kafka value as received."),
    "version": Field("bigint", "Version of the table that the batch left."),
    "version_now": Field("bigint", "Version of the table before a restore; null otherwise."),
    "version_then": Field("bigint", "Version that a restore puts back; null otherwise."),
    "versions": Field("string", "Versions that belong together, as JSON: by table."),
    "visit_count": Field("bigint", "Visits of which the login falls in the hour."),
    "visitor_count": Field("bigint", "Phones that were in the gym, for however short a time."),
    "workout_id": Field("bigint", "Kind of workout; not unique across members."),
    "workouts": Field("array<bigint>", "Distinct workouts that ran during the visits, sorted."),
    "zip": Field("string", "Postal code; leading zeros count."),
}
