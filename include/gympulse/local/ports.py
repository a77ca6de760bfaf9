"""Ports: which are free, and who holds one that is not."""

import socket
from collections.abc import Mapping
from contextlib import suppress

import psutil

from gympulse.local.errors import PortTaken
from gympulse.local.settings import HOST, Ports


def free_ports() -> Ports:
    """Pick a free port for every listener."""
    listeners = {name: socket.create_server((HOST, 0)) for name in Ports.__dataclass_fields__}
    ports = Ports(**{name: each.getsockname()[1] for name, each in listeners.items()})
    for listener in listeners.values():
        listener.close()
    return ports


def check_ports(wanted: Mapping[str, int], settings_file: str) -> None:
    """Raise ``PortTaken``, with all that are held, unless every port is free."""
    taken = [(name, port, holder_of(port)) for name, port in wanted.items() if not is_free(port)]
    if taken:
        raise PortTaken(taken, settings_file)


def is_free(port: int) -> bool:
    """Tell whether a service could listen there now."""
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True


def holder_of(port: int) -> str:
    """Name the process that listens on a port, as far as this user may know."""
    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
            # There is no pid where this user may not see whose it is.
            with suppress(psutil.Error):
                if connection.pid:
                    command = " ".join(psutil.Process(connection.pid).cmdline())
                    return f"process {connection.pid} ({command[:80]})"
    return "a process that this user cannot see"
