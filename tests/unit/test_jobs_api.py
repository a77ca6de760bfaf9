"""The stand-in of the Jobs API takes what the SDK's types say, and nothing else."""

import pytest

from jobs_api.sdk_types import problems_of_submit

TASK = {
    "task_key": "gold",
    "python_wheel_task": {"package_name": "gympulse", "entry_point": "gold"},
    "new_cluster": {"data_security_mode": "SINGLE_USER", "num_workers": 1},
}


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"tasks": [TASK], "timeout_seconds": 5}, [], id="what is right"),
        pytest.param(
            {"task": [TASK]}, ["the request has task, which is unknown"], id="an unknown name"
        ),
        pytest.param([], ["the request is [], no object"], id="no object"),
        pytest.param(
            {"timeout_seconds": "5", "run_name": None, "tasks": TASK},
            [
                "the request.timeout_seconds is '5', no int",
                "the request.run_name is None, no str",
                f"the request.tasks is {TASK!r}, no list",
            ],
            id="other types",
        ),
        pytest.param(
            {
                "tasks": [
                    {
                        "python_wheel_task": {"package_name": "gympulse", "parameters": [1]},
                        "max_retries": True,
                        "new_cluster": {
                            "data_security_mode": "PRIVATE",
                            "autoscale": {"least": 1},
                            "spark_conf": {"a": 1},
                        },
                    }
                ]
            },
            [
                "the request.tasks[0] lacks task_key",
                "the request.tasks[0].python_wheel_task lacks entry_point",
                "the request.tasks[0].python_wheel_task.parameters[0] is 1, no str",
                "the request.tasks[0].max_retries is True, no int",
                "the request.tasks[0].new_cluster.data_security_mode is 'PRIVATE'; known: "
                "DATA_SECURITY_MODE_AUTO, DATA_SECURITY_MODE_DEDICATED, "
                "DATA_SECURITY_MODE_STANDARD, LEGACY_PASSTHROUGH, LEGACY_SINGLE_USER, "
                "LEGACY_SINGLE_USER_STANDARD, LEGACY_TABLE_ACL, NONE, SINGLE_USER, "
                "USER_ISOLATION",
                "the request.tasks[0].new_cluster.autoscale has least, which is unknown",
                "the request.tasks[0].new_cluster.spark_conf.a is 1, no str",
            ],
            id="within",
        ),
    ],
)
def test_a_request_is_held_against_the_types(request_, found):
    assert problems_of_submit(request_) == found
