"""The forms in Airflow's UI: the operations', made of what their command lines are made of."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from airflow.sdk import Param

from gympulse.model.bronze import TOPICS
from gympulse.operations.options import DRY_RUN, OPTIONS, Option

ACCEPT_LOSS = "accept_kafka_loss"
# JSON schemas of what may be left out and has no choices.
_SCHEMAS = {
    bool: {"type": "boolean"},
    date: {"type": ["null", "string"], "format": "date"},
    dict: {"type": ["null", "object"], "additionalProperties": {"type": "string"}},
    float: {"type": "number"},
    str: {"type": ["null", "string"]},
}


def form(job: str) -> dict[str, Param]:
    """Give the fields of an operation's form, in order.

    Airflow refuses values of another type before it makes a run, whether they come from
    the UI or from the REST API. An operation that plans may also wait for approval.
    """
    fields = {option.name: _field(option) for option in OPTIONS[job]}
    if DRY_RUN in OPTIONS[job]:
        fields["require_approval"] = _require_approval()
    return fields


def accept_kafka_loss() -> Param:
    """The field of bronze's form by which records that Kafka has lost are given up."""
    return Param(
        [],
        title="Accept loss",
        description=(
            "Topics to go on with although Kafka no longer holds what is to be read next, as "
            "the failed job's message says. None: fail, so that nothing is lost unnoticed."
        ),
        **_several(TOPICS),
    )


def _field(option: Option) -> Param:
    told: dict[str, Any] = {"title": option.title, "description": option.description}
    if not option.is_required:
        told["default"] = list(option.default) if option.type is list else option.default
    return Param(**told, **_schema(option))


def _schema(option: Option) -> dict[str, Any]:
    choices = list(option.choices)
    if option.is_required:
        return {"type": "string", "minLength": 1}
    if option.type is list and not choices:
        # One a line.
        return {"type": ["null", "array"], "items": {"type": "string"}}
    if option.type is list:
        return _several(choices)
    if choices:
        return {"type": "string", "enum": choices}
    return _SCHEMAS[option.type]


def _several(choices: Sequence[str]) -> dict[str, Any]:
    # The UI offers the examples, several at once, and says null where none is chosen.
    offered = list(choices)
    return {"type": ["null", "array"], "items": {"enum": offered}, "examples": offered}


def _require_approval() -> Param:
    return Param(
        False,
        type="boolean",
        title="Require approval",
        description=(
            "On: stop when the plan is made, and go on only when somebody approves it under "
            "Required Actions. A dry run asks nobody."
        ),
    )
