"""The image's steps, run in a bare Debian, give an Airflow that brings a visit to gold."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gympulse.local.bootstrap.packages import provide_uv
from image import stand_in
from image.build import Builder, Image
from image.containerfile import read_stages
from image.rooted import run

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        sys.platform != "linux" or os.geteuid() != 0,
        reason="only root on Linux can make a root file system and enter it",
    ),
]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """The image, built from this folder; removed after use, for it is large."""
    if not shutil.which("debootstrap"):
        for words in (["update"], ["install", "-y", "debootstrap"]):
            subprocess.run(["apt-get", "-qq", *words], stdout=subprocess.DEVNULL, check=True)
    work = tmp_path_factory.mktemp("image")
    try:
        yield _builder(work).build(DOCKERFILE)
    finally:
        shutil.rmtree(work)


def _builder(work: Path) -> Builder:
    uv = provide_uv(ROOT / ".tools")
    cache = subprocess.run([uv, "cache", "dir"], capture_output=True, text=True, check=True)
    return Builder(
        context=ROOT,
        ignored=(ROOT / ".dockerignore").read_text(),
        bases={read_stages(DOCKERFILE)[0].base: stand_in.make(work / "runtime", uv)},
        arguments=stand_in.build_arguments(),
        caches={"/root/.cache/uv": Path(cache.stdout.strip()), "/root/.m2": Path.home() / ".m2"},
        work=work,
    )


def test_a_visit_comes_to_gold_where_no_network_leads_out(image, tmp_path):
    """Nothing is downloaded when a job starts: there is nowhere to download from."""
    told = {"environment": image.environment, "folder": image.folder, "user": image.user}
    image.root.with_suffix(".json").write_text(json.dumps(told))
    command = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    command += [sys.executable, "-m", "image.offline", image.root, tmp_path]

    done = subprocess.run(command, cwd=ROOT / "tests", capture_output=True, text=True, check=False)

    lines = re.sub(r" \(\d+ s\)", "", done.stdout).split("\n")
    assert [line for line in lines if line] == [
        "Interfaces: lo",
        "Jobs run by /usr/local/bin/spark-submit, as user 50000.",
        "api-server: healthy",
        "dag-processor: healthy",
        "scheduler: healthy",
        "triggerer: healthy",
        "bronze: success",
        "silver: success",
        "gold: success",
        "The visit is in gold.",
    ], done.stderr
    assert done.returncode == 0


def test_the_smoke_test_asks_for_health_as_the_image_does(image):
    assert image.health == ("python", "-m", "gympulse.local.image.health")


def test_the_packages_are_those_of_the_lock_file(image):
    command = ["uv", "pip", "install", "--system", "--offline", "--no-deps", "--dry-run"]

    told = run(
        image.root,
        [*command, "-r", "requirements.txt"],
        environment=image.environment,
        folder=image.folder,
    )

    assert "Would make no changes" in told.stderr, told.stderr


def test_the_project_is_there_and_nothing_else(image):
    """No environment, no state, no password of this machine, no test."""
    project = image.root / "usr/local/airflow"

    assert sorted(path.name for path in project.iterdir()) == [
        ".mvn",
        ".tools",
        "airflow_settings.yaml",
        "dags",
        "include",
        "lake",
        "mvnw",
        "packages.txt",
        "plugins",
        "pom.xml",
        "requirements-build.txt",
        "requirements.txt",
        "spark_jobs",
    ]
    assert sorted(path.name for path in (project / ".tools").iterdir()) == ["jars", "spark"]
    assert sorted(path.name for path in (project / ".tools/jars").iterdir()) == ["spark"]
