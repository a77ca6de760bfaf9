"""The files of the Astro project say what the rest of the repository says."""

import json
import shlex
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import yaml

from gympulse.local.airflow import SETTINGS_FILE, airflow_environment
from gympulse.local.airflow_settings import read
from gympulse.local.image import health, requirements
from gympulse.local.settings import ROOT, Ports, settings_below
from image.containerfile import context_files, read_stages

STAGES = read_stages((ROOT / "Dockerfile").read_text())
PORTS = Ports(airflow=8001, postgres=8002, kafka=8003, kafka_controller=8004, connect=8005)


@pytest.mark.parametrize("file", [requirements.FILE, requirements.BUILD_FILE], ids=lambda f: f.name)
def test_the_requirements_are_what_the_lock_file_gives(file):
    assert file.read_text() == requirements.requirements(file), "run `make requirements`"


def test_the_runtime_is_pinned_and_has_the_airflow_and_a_python_of_the_lock_file():
    """The catalog of the Astro CLI names 3.3.2 as what runtime 3.3-8 carries."""
    assert [stage.base for stage in STAGES] == [
        "astrocrpublic.azurecr.io/runtime:3.3-8-python-3.12-base",
        "base",
        "base",
    ]
    assert "\napache-airflow==3.3.2 " in requirements.FILE.read_text()


def test_the_image_and_the_local_start_up_tell_airflow_the_same(tmp_path):
    local = settings_below(tmp_path, PORTS)
    local.folders.state.mkdir()
    told = airflow_environment(local)
    steps = [step.rest for step in STAGES[-1].steps if step.name == "ENV"]
    image = dict(pair.split("=", 1) for step in steps for pair in shlex.split(step))

    assert image == {name: told[name] for name in image}


def test_the_image_does_not_run_as_root():
    users = [step.rest for step in STAGES[-1].steps if step.name == "USER"]

    assert users[-1] == "astro"


def test_what_git_does_not_know_stays_out(tmp_path):
    """Also where somebody puts a password beside the project."""
    ignored = (ROOT / ".dockerignore").read_text()
    for name in (
        ".env",
        ".state/secrets.json",
        "tests/a.py",
        "dags/a.py",
        "dags/__pycache__/a.pyc",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    assert [str(path) for path in context_files(tmp_path, ignored)] == ["dags/a.py"]


def test_the_containers_are_where_the_settings_look_for_them():
    told = read(SETTINGS_FILE, None)
    hosts = {each["conn_id"]: each["conn_host"] for each in told["connections"]}
    variables = {each["variable_name"]: each["variable_value"] for each in told["variables"]}
    services = yaml.safe_load((ROOT / "docker-compose.override.yml").read_text())["services"]

    assert {hosts["kafka"], hosts["registration_db"]} <= services.keys()
    advertised = services["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert advertised == f"PLAINTEXT://{variables['gympulse_kafka_bootstrap_servers']}"
    for part in ("scheduler", "api-server", "triggerer"):
        assert services[part]["volumes"] == [f"lake:{variables['gympulse_lake']}"]


def test_the_health_check_finds_the_parts_that_run():
    commands = [
        "/usr/bin/tini -- /entrypoint airflow triggerer",
        "airflow api_server -- host:0.0.0.0 port:8080",
        "airflow dag-processor",
        "/usr/local/bin/python /usr/local/bin/airflow db migrate",
        "airflow worker -- LocalExecutor: idle",
    ]

    assert health.running_parts(commands) == ["api-server", "dag-processor", "triggerer"]


ANSWER = {
    "metadatabase": {"status": "healthy"},
    "scheduler": {"status": "healthy"},
    "triggerer": {"status": "unhealthy"},
    "dag_processor": None,
}


@pytest.fixture
def server():
    """What answers as Airflow's API server does."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/api/v2/monitor/health" else 404)
            self.end_headers()
            self.wfile.write(json.dumps(ANSWER).encode())

        def log_message(self, *_):
            """Say nothing."""

    serving = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=serving.serve_forever, daemon=True).start()
    yield serving
    serving.shutdown()
    serving.server_close()


@pytest.mark.parametrize(
    ("part", "line", "code"),
    [
        pytest.param("api-server", "api-server: healthy", 0, id="its database answers"),
        pytest.param("scheduler", "scheduler: healthy", 0, id="its heart beats"),
        pytest.param("triggerer", "triggerer: unhealthy", 1, id="its heart beats no more"),
        pytest.param("dag-processor", "dag-processor: None", 1, id="it has never begun"),
    ],
)
def test_a_part_is_as_healthy_as_airflow_says(server, monkeypatch, capsys, part, line, code):
    port = str(server.server_port)
    monkeypatch.setenv("AIRFLOW__API__PORT", port)
    monkeypatch.setenv(
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL", f"http://127.0.0.1:{port}/execution/"
    )
    monkeypatch.setattr(health, "_commands", lambda: [f"airflow {part}"])

    assert health.main() == code
    assert capsys.readouterr().out == f"{line}\n"


def test_an_api_server_that_does_not_answer_is_not_healthy(monkeypatch, capsys):
    # Nothing listens on port 1.
    monkeypatch.setenv("AIRFLOW__API__PORT", "1")
    monkeypatch.setattr(health, "_commands", lambda: ["airflow api-server"])

    assert health.main() == 1
    assert "does not answer" in capsys.readouterr().out


def test_a_container_without_airflow_has_nothing_to_be_ill(monkeypatch):
    monkeypatch.setattr(health, "_commands", lambda: ["airflow db migrate"])

    assert health.main() == 0
