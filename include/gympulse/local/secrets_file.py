"""Passwords and keys of the local services, made up once and kept in one private file."""

import base64
import json
import os
import secrets
from pathlib import Path

PASSWORDS = (
    "postgres",
    "airflow_database",
    "registration_database",
    "debezium_database",
    "airflow_user",
    "airflow_operator",
    "airflow_viewer",
)
KEYS = ("airflow_jwt", "airflow_api")


def local_secrets(state: Path) -> dict[str, str]:
    """Read the secrets of a state folder, made up where there are none yet.

    Replay: what is kept stays; only names that are missing are added.
    """
    file = state / "secrets.json"
    kept = json.loads(file.read_text()) if file.exists() else {}
    made = {name: secrets.token_hex(16) for name in PASSWORDS}
    made |= {name: secrets.token_hex(64) for name in KEYS}
    made["airflow_fernet"] = base64.urlsafe_b64encode(os.urandom(32)).decode()
    if made.keys() - kept.keys():
        kept = made | kept
        write_private(file, json.dumps(kept, indent=1))
    return kept


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner may read, in one step."""
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as writing:
        writing.write(text)
    part.rename(file)
