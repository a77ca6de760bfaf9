"""A taken port is named, with its holder, before anything starts."""

import os
import socket

import pytest

from gympulse.local.errors import PortTaken
from gympulse.local.ports import check_ports, free_ports, is_free
from gympulse.local.settings import HOST


@pytest.fixture
def taken():
    """A port on which this very process listens."""
    with socket.create_server((HOST, 0)) as listener:
        yield listener.getsockname()[1]


def test_a_taken_port_is_named_with_its_holder(taken):
    with pytest.raises(PortTaken) as raised:
        check_ports({"kafka": taken}, "local.toml")

    assert f"Port {taken} (kafka in local.toml)" in str(raised.value)
    assert f"process {os.getpid()} " in str(raised.value)


def test_all_taken_ports_are_named(taken):
    with pytest.raises(PortTaken) as raised:
        check_ports({"kafka": taken, "postgres": taken}, "local.toml")

    assert [name for name, *_ in raised.value.taken] == ["kafka", "postgres"]


def test_free_ports_differ_and_are_free():
    ports = vars(free_ports()).values()

    assert len(set(ports)) == len(ports)
    assert all(is_free(port) for port in ports)
