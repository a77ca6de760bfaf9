"""The settings of the local machine come from one file, and its faults are all named."""

import os
from dataclasses import replace

import pytest

from gympulse.errors import BadSettings
from gympulse.local.settings import (
    ROOT,
    Ports,
    read_settings,
    settings_below,
    settings_file,
    write_settings,
)

PORTS = Ports(airflow=1, postgres=2, kafka=3, kafka_controller=4, connect=5)
SOUND = (ROOT / "local.toml").read_text()


def test_the_projects_own_file_is_sound():
    settings = read_settings(ROOT / "local.toml")

    assert settings.folders.state == ROOT / ".state"
    assert settings.lake.root == str(ROOT / ".state" / "lake")
    assert set(settings.topics) == {"bpm", "workout", "user_info"}


def test_another_file_stands_in(monkeypatch, tmp_path):
    monkeypatch.setenv("GYMPULSE_LOCAL", str(tmp_path / "other.toml"))

    assert settings_file() == tmp_path / "other.toml"


def test_what_is_written_is_what_is_read(tmp_path):
    moved = settings_below(tmp_path, PORTS)
    settings = replace(moved, time_zone="Europe/Paris", lineage_url="http://127.0.0.1:6")
    write_settings(settings)

    assert read_settings(settings.file) == settings


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        pytest.param("kafka = 19092", "kafka = '19092'", "ports.kafka is '19092'", id="text"),
        pytest.param("kafka = 19092", "kafka = 65536", "ports.kafka is 65536", id="out of range"),
        pytest.param("kafka = 19092", "kafka = 18080", "one port is given twice", id="twice"),
        pytest.param("kafka = 19092", "", "ports.kafka is None", id="missing"),
        pytest.param("kafka = 19092", "kafka = 19092\nx = 1", "ports.x is unknown", id="unknown"),
        pytest.param("[topics]", "[themes]", "[topics] is missing", id="missing section"),
        pytest.param("[topics]", "[themes]", "[themes] is unknown", id="unknown section"),
        pytest.param('"UTC"', '"Paris"', "lake.time_zone is 'Paris'", id="no time zone"),
        pytest.param("[ports]", "[ports", "cannot be read", id="no TOML"),
    ],
)
def test_a_fault_is_named(tmp_path, old, new, problem):
    file = tmp_path / "local.toml"
    file.write_text(SOUND.replace(old, new, 1))

    with pytest.raises(BadSettings) as raised:
        read_settings(file)

    assert problem in str(raised.value)
    assert os.fspath(file) in str(raised.value)
