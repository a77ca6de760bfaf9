"""The jobs as the wheel's entry points, which a task on Databricks calls without arguments.

The words are in ``sys.argv``, as on a command line. A job that is done returns; one that is not
raises, for there it is an exception by which a task fails, and whose text is the task's error.
"""

from collections.abc import Callable
from functools import wraps

from gympulse.errors import JobFailed
from gympulse.runbook import Section
from gympulse.runtime import is_serverless


def _entry_point(work: Callable[[], None]) -> Callable[[], None]:
    """A job that is told by ``sys.argv``, named as its function is.

    Raises:
        JobFailed: It could not be done.
    """
    name = work.__name__

    @wraps(work)
    def call() -> None:
        if is_serverless():
            raise JobFailed(
                name,
                "it runs on serverless compute, whose Spark Connect cannot do its streams' work. "
                "Give the task a cluster.",
                Section.SPARK,
            )
        # Not before: without a Java process what is imported there is not to be had.
        from gympulse.job import done

        try:
            done(name, work)
        except SystemExit as exit:
            if exit.code:
                said = "it was told words that it does not understand; its log says which."
                raise JobFailed(name, said, Section.SETTINGS) from None

    return call


@_entry_point
def bronze() -> None:
    """Take in what Kafka and the landing folders have gained."""
    _layer("bronze")


@_entry_point
def silver() -> None:
    """Refine what bronze has gained."""
    _layer("silver")


@_entry_point
def gold() -> None:
    """Recompute what changed of gold."""
    _layer("gold")


@_entry_point
def backfill() -> None:
    """Load archives, or restate days."""
    from gympulse.operations import backfill, job

    job.run("backfill", backfill.backfill)


@_entry_point
def erasure() -> None:
    """Erase one member."""
    from gympulse.operations import erasure, job

    job.run("erasure", erasure.erasure)


@_entry_point
def gold_rebuild() -> None:
    """Recompute gold and swap it in."""
    from gympulse.operations import job, rebuild

    job.run("gold_rebuild", rebuild.rebuild)


@_entry_point
def maintenance() -> None:
    """Merge small files, remove what nobody needs, fold old records."""
    from gympulse.operations import job, maintenance

    job.run("maintenance", maintenance.maintain)


@_entry_point
def quarantine_review() -> None:
    """Release records that were set aside, or discard them."""
    from gympulse.operations import job, review

    job.run("quarantine_review", review.review)


@_entry_point
def restore() -> None:
    """Go back to a restore point."""
    from gympulse.operations import job, restore

    job.run("restore", restore.restore)


@_entry_point
def verify() -> None:
    """Hold silver and gold against a recomputation from bronze."""
    from gympulse.operations import job, verify

    job.run("verify", verify.verify)


@_entry_point
def unity_catalog() -> None:
    """Give the tables their names in Unity Catalog."""
    from gympulse import unity_catalog

    unity_catalog.run()


def _layer(name: str) -> None:
    from gympulse.job import run

    run(name)
