"""Bring Airflow's database up to date: its schema, then ``airflow_settings.yaml``.

Runs in Airflow's environment, as one process, for each start of Airflow's own command
would take seconds:

    python -m gympulse.local.airflow_settings FILE [--astro]

With ``--astro`` the file is read as the Astro CLI reads it: without what stands under ``local``.
Otherwise connections with a password stay out of the database: they are in a file of their own
(gympulse.local.airflow), from which Airflow's secrets backend reads them.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from string import Template

import yaml

from gympulse.errors import BadSettings


def main(file: Path, names: Mapping[str, str] | None) -> None:
    """Migrate the database and load the file.

    Replay: entries of the file replace those of the same name; others stay.
    """
    told = read(file, names)

    from airflow.utils.db import upgradedb
    from airflow.utils.session import create_session

    upgradedb()
    with create_session() as session:
        for entry in told.get("connections") or ():
            _load_connection(entry, session, is_kept=names is None or not is_secret(entry))
        for entry in told.get("pools") or ():
            _load_pool(entry, session)
        for entry in told.get("variables") or ():
            _load_variable(entry, session)


def read(file: Path, names: Mapping[str, str] | None) -> dict[str, list[dict]]:
    """Read the file's entries: its connections, pools and variables.

    Args:
        file: ``airflow_settings.yaml``.
        names: What ``${NAME}`` stands for on this machine; None for what the Astro CLI reads.
    """
    told = yaml.safe_load(file.read_text())["airflow"]
    return {kind: [_entry(each, names) for each in entries] for kind, entries in told.items()}


def _entry(entry: Mapping, names: Mapping[str, str] | None) -> dict:
    everywhere = {key: value for key, value in entry.items() if key != "local"}
    return everywhere if names is None else expand(everywhere | entry.get("local", {}), names)


def expand(value, names: Mapping[str, str]):
    """Replace every ``${NAME}`` inside a parsed YAML value.

    >>> expand({"port": "${PORT}", "tags": ["a", 1]}, {"PORT": "15432"})
    {'port': '15432', 'tags': ['a', 1]}
    """
    if isinstance(value, dict):
        return {key: expand(each, names) for key, each in value.items()}
    if isinstance(value, list):
        return [expand(each, names) for each in value]
    if not isinstance(value, str):
        return value
    try:
        return Template(value).substitute(names)
    except KeyError as error:
        problem = f"airflow_settings.yaml names ${{{error.args[0]}}}, which is unknown."
        raise BadSettings([problem]) from error


def variables(sections: Mapping[str, Mapping[str, object]]) -> dict[str, str]:
    """Turn sections of Airflow's configuration into the environment that says the same.

    >>> variables({"api": {"port": 8080}})
    {'AIRFLOW__API__PORT': '8080'}
    """
    return {
        f"AIRFLOW__{section}__{name}".upper(): str(value)
        for section, options in sections.items()
        for name, value in options.items()
    }


def is_secret(entry: Mapping) -> bool:
    """Tell whether an entry is a connection with a password."""
    return bool(entry.get("conn_password"))


def connection_fields(entry: Mapping) -> dict:
    """Turn an entry of the Astro CLI's format into the arguments of a connection."""
    port, extra = entry.get("conn_port"), entry.get("conn_extra")
    return {
        "conn_type": entry["conn_type"],
        "host": entry.get("conn_host"),
        "schema": entry.get("conn_schema"),
        "login": entry.get("conn_login"),
        "password": entry.get("conn_password"),
        "port": int(port) if port else None,
        "extra": json.dumps(extra) if isinstance(extra, dict) else extra,
    }


def _load_connection(entry: Mapping, session, is_kept: bool) -> None:
    from airflow.models import Connection
    from sqlalchemy import delete

    name = entry["conn_id"]
    session.execute(delete(Connection).where(Connection.conn_id == name))
    if is_kept:
        session.add(Connection(conn_id=name, **connection_fields(entry)))


def _load_pool(entry: Mapping, session) -> None:
    from airflow.models import Pool

    Pool.create_or_update_pool(
        entry["pool_name"],
        slots=int(entry["pool_slot"]),
        description=entry.get("pool_description") or "",
        # A job on Databricks writes its tables while its task is deferred.
        include_deferred=True,
        session=session,
    )


def _load_variable(entry: Mapping, session) -> None:
    from airflow.models import Variable

    Variable.set(entry["variable_name"], entry["variable_value"], session=session)


if __name__ == "__main__":
    main(Path(sys.argv[1]), None if "--astro" in sys.argv else os.environ)
