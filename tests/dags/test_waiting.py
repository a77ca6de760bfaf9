"""Silver and gold wait for the layer below: at once, in the triggerer, or in vain."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowSensorTimeout, TaskDeferred
from airflow.triggers.base import TaskSuccessEvent

from gympulse_airflow.sensors import LayerCompleteSensor
from gympulse_airflow.triggers import LayerCompleteTrigger
from gympulse_airflow.waiting import needed_through

TEN = datetime(2025, 6, 1, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LATER = "2100-01-01T00:00:00+00:00"


def run(run_type: str = "scheduled", run_after: datetime = TEN, **context):
    """Give the context of a run; its interval, if any, is a keyword."""
    dag_run = SimpleNamespace(run_type=run_type, run_after=run_after)
    return {"dag_run": dag_run, "params": {"wait_for_layer_below": True}} | context


def sensor(lake) -> LayerCompleteSensor:
    return LayerCompleteSensor(task_id="wait_for_bronze", layer="bronze", lake=str(lake), env="dev")


def trigger(lake, deadline: str = LATER) -> LayerCompleteTrigger:
    return LayerCompleteTrigger(str(lake), "dev", "bronze", TEN.isoformat(), deadline)


@pytest.mark.parametrize(
    ("context", "needed"),
    [
        pytest.param(run(data_interval_end=TEN), TEN, id="a scheduled run: the end of its hour"),
        pytest.param(
            run("manual", TEN + timedelta(minutes=59)),
            TEN,
            id="by hand, no interval: the last hour",
        ),
        pytest.param(run("manual", TEN), TEN, id="by hand on the hour: that hour"),
        pytest.param(
            run("manual", TEN, data_interval_end=TEN + timedelta(days=1)),
            TEN,
            id="by hand with an interval ahead: still the last hour",
        ),
        pytest.param(
            run("backfill", TEN, data_interval_end=TEN - timedelta(days=1)),
            TEN - timedelta(days=1),
            id="Airflow's backfill: the end of its hour",
        ),
    ],
)
def test_what_a_run_needs(context, needed):
    assert needed_through(context) == needed


@pytest.mark.parametrize("through", [TEN, TEN + SECOND], ids=["just", "more than"])
def test_a_complete_layer_is_not_waited_for(tmp_path, finish_run, through):
    finish_run("bronze", through)

    assert sensor(tmp_path).execute(run(data_interval_end=TEN)) is None


@pytest.mark.parametrize(
    ("layer", "through"),
    [
        pytest.param(None, None, id="no record at all"),
        pytest.param("bronze", TEN - SECOND, id="a second short"),
        pytest.param("silver", TEN, id="another layer"),
        pytest.param("bronze", None, id="a run complete through nothing"),
    ],
)
def test_an_incomplete_layer_is_waited_for_in_the_triggerer(tmp_path, finish_run, layer, through):
    if layer:
        finish_run(layer, through)

    with pytest.raises(TaskDeferred) as deferred:
        sensor(tmp_path).execute(run(data_interval_end=TEN))

    assert deferred.value.method_name == "give_up"
    path, kwargs = deferred.value.trigger.serialize()
    assert path == "gympulse_airflow.triggers.LayerCompleteTrigger"
    assert (kwargs["layer"], kwargs["through"]) == ("bronze", TEN.isoformat())
    assert LayerCompleteTrigger(**kwargs).serialize() == (path, kwargs)


def test_the_wait_can_be_turned_off(tmp_path):
    context = run(data_interval_end=TEN, params={"wait_for_layer_below": False})

    assert sensor(tmp_path).execute(context) is None


def test_a_trigger_ends_the_task_within_two_seconds_of_the_finish(tmp_path, finish_run):
    """It sees runs recorded before it began, and those recorded while it waits."""

    async def wait_and_finish() -> tuple[object, float]:
        finish_run("bronze", TEN - SECOND)
        waiting = asyncio.ensure_future(anext(trigger(tmp_path).run()))
        await asyncio.sleep(0.7)
        assert not waiting.done()
        await asyncio.to_thread(finish_run, "silver", TEN)
        await asyncio.to_thread(finish_run, "bronze", TEN)
        finished = asyncio.get_running_loop().time()
        event = await waiting
        return event, asyncio.get_running_loop().time() - finished

    event, seconds = asyncio.run(wait_and_finish())

    assert isinstance(event, TaskSuccessEvent)
    assert seconds < 2


def test_a_trigger_sees_a_record_that_is_made_while_it_waits(tmp_path, finish_run):
    async def wait_and_finish() -> object:
        waiting = asyncio.ensure_future(anext(trigger(tmp_path).run()))
        await asyncio.sleep(0.1)
        await asyncio.to_thread(finish_run, "bronze", TEN)
        return await asyncio.wait_for(waiting, 5)

    assert isinstance(asyncio.run(wait_and_finish()), TaskSuccessEvent)


def test_a_wait_in_vain_says_what_was_found_and_what_to_do(tmp_path, finish_run):
    finish_run("bronze", TEN - timedelta(hours=1))
    past = TEN.isoformat()

    event = asyncio.run(anext(trigger(tmp_path, deadline=past).run()))

    with pytest.raises(AirflowSensorTimeout) as failure:
        sensor(tmp_path).give_up(run(), event.payload)
    assert str(failure.value) == (
        "bronze did not become complete through 2025-06-01 10:00:00 UTC in time: "
        "so far it is complete through 2025-06-01 09:00:00 UTC. "
        "See whether the DAG bronze is paused or its last run failed, and mend that; "
        "then clear this task, or let the next hour make up for it.\n"
        "More in README.md, When something breaks: A run is late, or waits."
    )
