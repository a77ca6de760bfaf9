"""The settings that the environment's ``spark-submit`` launches a job with."""

import json
import subprocess
from pathlib import Path

import pytest

from gympulse.local import spark_home


@pytest.fixture
def launcher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The launcher of an environment whose Python tells a job's size by its first argument."""
    python, home = tmp_path / "venv" / "bin" / "python", tmp_path / "home of spark"
    for program, text in (
        (python, 'shift 2; [ "$1" = broken ] && exit 1; echo "$1"'),
        (
            home / "bin" / "spark-submit",
            'echo "$SPARK_HOME"; echo "$SPARK_LOCAL_IP"; printf "%s\\n" "$@"',
        ),
    ):
        program.parent.mkdir(parents=True)
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
    jars = tmp_path / "tools" / "jars" / "spark"
    jars.mkdir(parents=True)
    (jars / "one.jar").touch()
    monkeypatch.setattr(spark_home.sys, "executable", str(python))
    (home / "__init__.py").touch()
    monkeypatch.setattr(spark_home, "find_spec", lambda _: _Spec(home / "__init__.py"))
    spark_home.install(jars)
    return python.parent / "spark-submit"


class _Spec:
    def __init__(self, origin: Path) -> None:
        self.origin = str(origin)


def run(launcher: Path, *words: str) -> list[str]:
    done = subprocess.run([launcher, *words], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("master", "settings", "address"),
    [
        (["--master", "local[*]"], "small", ""),
        (["--name", "local", "--master", "spark://127.0.0.1:7077"], "cluster", "127.0.0.1"),
        (["--master=spark://localhost:7077"], "cluster", "127.0.0.1"),
        (["--master", "spark://one:7077,two:7077"], "cluster", ""),
        (["--master", "yarn"], "cluster", ""),
        (["--master", "k8s://https://127.0.0.1:6443"], "cluster", ""),
        (["--name", "a --master b"], "small", ""),
    ],
)
def test_the_master_tells_where_rows_are_computed(launcher, monkeypatch, master, settings, address):
    """On a cluster a load makes no difference, and only one on loopback is reached there."""
    monkeypatch.setenv("GYMPULSE_LOAD", "small")

    _, of_driver, _, conf, *rest = run(launcher, *master, "silver.py")

    assert (Path(conf).name, of_driver) == (f"{settings}.conf", address)
    assert rest == [*master, "silver.py"]


@pytest.mark.parametrize(
    ("size", "settings"), [("small", "small"), ("large", "large"), ("broken", "large")]
)
def test_a_job_is_launched_with_the_settings_of_its_size(launcher, tmp_path, size, settings):
    conf = tmp_path / "tools" / "spark" / f"{settings}.conf"

    assert run(launcher, size, "a b") == [
        str(tmp_path / "home of spark"),
        "",
        "--properties-file",
        str(conf),
        size,
        "a b",
    ]


def test_a_size_that_is_told_is_not_asked_for(launcher, monkeypatch):
    monkeypatch.setenv("GYMPULSE_LOAD", "small")

    assert run(launcher, "large")[3].endswith("/small.conf")


def java_options(folder: Path, load: str) -> list[str]:
    lines = (folder / f"{load}.conf").read_text().splitlines()
    return dict(line.split(" ", 1) for line in lines)["spark.driver.extraJavaOptions"].split()


def test_sizes_differ_in_their_compiler_alone(launcher, tmp_path):
    folder = tmp_path / "tools" / "spark"
    small, large = (java_options(folder, load) for load in ("small", "large"))

    assert set(small) ^ set(large) == {
        "-XX:TieredStopAtLevel=1",
        f"-XX:CompilerDirectivesFile={folder}/directives.json",
    }
    directives = json.loads((folder / "directives.json").read_text())
    assert [directive["c2"]["Exclude"] for directive in directives] == [False, True]


def test_a_clusters_executors_are_sent_what_they_need(launcher, tmp_path):
    """No path of the driver's machine is left to them, but that of their Python."""
    lines = (tmp_path / "tools" / "spark" / "cluster.conf").read_text().splitlines()
    told = dict(line.split(" ", 1) for line in lines)

    assert told["spark.jars"] == str(tmp_path / "tools" / "jars" / "spark" / "one.jar")
    assert told["spark.gympulse.shipLibrary"] == "true"
    assert "-Xss8m" in told["spark.executor.extraJavaOptions"].split()
    assert "spark.driver.host" not in told
    of_executors = {n: v for n, v in told.items() if n.startswith("spark.executor.")}
    assert not [name for name, value in of_executors.items() if str(tmp_path) in value]
