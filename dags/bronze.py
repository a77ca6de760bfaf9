"""### Bronze: take in what Kafka and the registration database have gained

Every hour, new registrations and logins are copied to the landing folders; then the
bronze job takes in the topics and the landed files, raw and exactly once.

Rows are new by their `updated_at`; one that is committed late is found all the same, one that
is changed is copied again, and one that is deleted is left alone. Profiles come from the same
database by Kafka, as Debezium reads its log: no task copies them.

**If a copy (`copy_registered_users`, `copy_gym_logins`) fails**, its message says whether the
database is away. The job runs all the same, so that Kafka's records are in; the run is marked
failed by `check_copies`. Bring the database back: the next run copies all that has gathered.
To have it sooner, clear the copy with its downstream tasks.

**If `run_bronze` fails**, the last lines of its log say why: Kafka away, or another process
that holds the layer. Clear it once that is mended, or leave it to the next hour: the
job resumes from its checkpoint, so nothing is lost or doubled.

**If it says that Kafka no longer holds what bronze is to read next**, records expired, or
a topic was deleted or made anew. Restore them if you can. If not, trigger this DAG with
the topics under *Accept loss*: the run goes on with what Kafka holds, and its log and
`ops_db.ledger` tell what is missing.

**If a run is late**, see what its tasks do: one that is queued waits for its pool, one that
runs says in its log what it waits for or reads. Where nothing moves any more, clear the task:
its job is ended first, and resumes. Silver and gold follow by themselves.

**A backfill of this DAG in Airflow** works, does no harm and brings nothing: every run takes
all there is, whatever its hour. To load or correct history, start the DAG `backfill`.
"""

from datetime import UTC, datetime

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import TriggerRule, dag

from gympulse.model.tables import GYM_LOGINS, REGISTERED_USERS
from gympulse_airflow.copying import copy_rows
from gympulse_airflow.defaults import DEFAULT_ARGS, HOURLY, note, watched
from gympulse_airflow.forms import ACCEPT_LOSS, accept_kafka_loss
from gympulse_airflow.jobs import spark_job


@dag(
    schedule=HOURLY,
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params={"note": note(), ACCEPT_LOSS: accept_kafka_loss()},
    doc_md=__doc__,
    **watched("bronze", __doc__),
    tags=["layer:bronze"],
)
def bronze() -> None:
    copies = [copy_rows(table) for table in (REGISTERED_USERS, GYM_LOGINS)]
    # Kafka's records do not wait for a database that is away.
    copies >> spark_job("bronze", trigger_rule=TriggerRule.ALL_DONE)
    # The job's success would otherwise make a run green whose copies failed.
    copies >> EmptyOperator(task_id="check_copies")


bronze()
