"""What bronze is told of Kafka, on its command line and in its environment.

Settings have librdkafka's names, as in Airflow's connections to Kafka; ``io.kafka_clients``
says them to both clients. Secrets are in the environment alone.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gympulse import runtime
from gympulse.errors import BadSettings
from gympulse.kafka_options import SECRETS, find_problems
from gympulse.model.bronze import TOPICS

ENVIRONMENT = "GYMPULSE_KAFKA_OPTIONS"


@dataclass(frozen=True)
class Kafka:
    """How to reach Kafka, and what to do without.

    Attributes:
        bootstrap_servers: The broker.
        options: Consumer settings under librdkafka's names, secrets among them.
        accepted_losses: Topics that bronze goes on with, although records are gone unread.
        is_shaded: Whether Spark has Kafka's classes under Databricks' names.
    """

    bootstrap_servers: str
    options: dict[str, str] = field(default_factory=dict, repr=False)
    accepted_losses: tuple[str, ...] = ()
    is_shaded: bool = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that only bronze has; ``of_arguments`` reads them."""
    parser.add_argument("--kafka-bootstrap-servers", default="", metavar="HOST:PORT")
    parser.add_argument(
        "--kafka-option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"consumer setting that is not secret; repeatable; secrets are in {ENVIRONMENT}",
    )
    parser.add_argument(
        "--accept-kafka-loss",
        action="append",
        default=[],
        metavar="TOPIC",
        help="go on with this topic, although records of it are gone unread; repeatable",
    )


def of_arguments(
    args: argparse.Namespace, environ: Mapping[str, str], problems: list[str]
) -> Kafka:
    """What the options and the environment say; every problem found is added to the others."""
    if not args.kafka_bootstrap_servers:
        problems.append("--kafka-bootstrap-servers is missing: give the broker's HOST:PORT.")
    said = _said(args.kafka_option, problems)
    accepted = tuple(args.accept_kafka_loss)
    problems += [
        f"--accept-kafka-loss is '{topic}'; one of {', '.join(TOPICS)} is needed."
        for topic in accepted
        if topic not in TOPICS
    ]
    # What is said counts more than what is kept.
    options = _normal({**_kept(environ, problems), **said})
    problems += find_problems(options)
    return Kafka(args.kafka_bootstrap_servers, options, accepted, runtime.VERSION in environ)


def of_environment(bootstrap_servers: str, environ: Mapping[str, str]) -> Kafka:
    """What the environment alone says.

    Raises:
        BadSettings: It cannot be used; every problem found is in the one error.
    """
    problems: list[str] = []
    options = _normal(_kept(environ, problems))
    problems += find_problems(options)
    if problems:
        raise BadSettings(problems)
    return Kafka(bootstrap_servers, options)


def _said(words: Sequence[str], problems: list[str]) -> dict[str, str]:
    options = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not name or not equals:
            problems.append(f"--kafka-option is '{word}'; NAME=VALUE is needed.")
        elif name in SECRETS:
            problems.append(
                f"--kafka-option says {name}, which is a secret: everybody on the machine may read "
                f"a command line. Put it into the environment's {ENVIRONMENT}, or into Airflow's "
                "connection kafka."
            )
        else:
            options[name] = value
    return options


def _kept(environ: Mapping[str, str], problems: list[str]) -> dict[str, str]:
    try:
        told = json.loads(environ.get(ENVIRONMENT) or "{}")
        found = {name: value for name, value in told.items() if value is not None}
    except (ValueError, AttributeError):
        problems.append(
            f"{ENVIRONMENT} is no JSON object; settings by their names are needed, such as "
            '{"security.protocol": "SASL_SSL"}.'
        )
        return {}
    problems += [
        f"{ENVIRONMENT}: {name} is no text and no number."
        for name, value in found.items()
        if isinstance(value, dict | list)
    ]
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in found.items()
    }


def _normal(options: Mapping[str, str]) -> dict[str, str]:
    """One name for each setting, one spelling for each word."""
    made = {"sasl.mechanism" if n == "sasl.mechanisms" else n: v for n, v in options.items()}
    words = {"security.protocol", "sasl.mechanism"}
    return {name: value.upper() if name in words else value for name, value in made.items()}
