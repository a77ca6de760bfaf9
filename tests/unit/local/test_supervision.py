"""The supervisor starts what it is given, and ends that and only that."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from gympulse.local.services import Program, Service
from gympulse.local.supervision import Supervisor

# A child that leaves its parent's group and ignores being asked, as a stray job might.
STRAY = """
import signal, subprocess, sys, time
child = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
print(subprocess.Popen([sys.executable, "-c", child], start_new_session=True).pid, flush=True)
time.sleep(600)
"""

# A child in its parent's group that does not bear the supervisor's mark: a worker whose title is
# written over its environment.
WORKER = """
import subprocess, sys, time
child = [sys.executable, "-c", "import time; time.sleep(600)"]
print(subprocess.Popen(child, env={}).pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def service(tmp_path):
    """A service of one program that starts a stray child."""
    script = tmp_path / "stray.py"
    script.write_text(STRAY)
    return Service("odd", [Program("stray", [sys.executable, str(script)], {"PERCENT": "100%"})])


def test_all_and_only_what_was_started_is_ended(tmp_path, service):
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    supervisor = Supervisor(tmp_path)
    supervisor.launch([service])
    supervisor.start(service)
    while not supervisor.last_lines("stray"):
        time.sleep(0.05)
    stray = psutil.Process(int(supervisor.last_lines("stray")[0]))

    supervisor.shut_down()

    assert not stray.is_running()
    assert not supervisor.is_running()
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def killed(supervisor: Supervisor, starts: list[str]) -> tuple[psutil.Process, psutil.Process]:
    """Kill the program ``worker`` once it has a child; give its child and its successor's."""
    script = supervisor.folder.parent / "worker.py"
    script.write_text(WORKER)
    service = Service("odd", [Program("worker", [*starts, sys.executable, str(script)])])
    supervisor.launch([service])
    supervisor.start(service)
    left = child(supervisor, 1)
    os.kill(supervisor.states()["worker"]["pid"], signal.SIGKILL)
    return left, child(supervisor, 2)


def child(supervisor: Supervisor, start: int) -> psutil.Process:
    """The child that the program ``worker`` has after so many starts."""
    while len(lines := supervisor.last_lines("worker")) < start:
        time.sleep(0.05)
    return psutil.Process(int(lines[-1]))


def test_what_a_killed_program_left_is_ended_before_it_starts_again(tmp_path):
    supervisor = Supervisor(tmp_path)
    try:
        left, next_child = killed(supervisor, [sys.executable, "-m", "gympulse.local.clean_start"])
        # At once, or this raises.
        left.wait(timeout=5)
        assert next_child.is_running()
    finally:
        supervisor.shut_down()


def test_what_a_killed_program_left_is_ended_with_all_others(tmp_path):
    supervisor = Supervisor(tmp_path)
    try:
        left, next_child = killed(supervisor, [])
        assert left.is_running()
    finally:
        supervisor.shut_down()
    assert not left.is_running()
    assert not next_child.is_running()


def test_a_supervisor_knows_whether_it_runs_these_programs(tmp_path, service):
    supervisor = Supervisor(tmp_path)
    assert not supervisor.serves([service])

    supervisor.launch([service])
    try:
        assert supervisor.serves([service])
        assert not supervisor.serves([])
    finally:
        supervisor.shut_down()


@pytest.mark.parametrize("told", ['{"a": "b, c"}', "100%", "it's", ""])
def test_a_program_is_told_what_it_is_to_be_told(tmp_path, told):
    """Quotes and commas included, of which JSON is full."""
    says = "import os, time; print(repr(os.environ['TOLD']), flush=True); time.sleep(600)"
    program = Program("says", [sys.executable, "-c", says], {"TOLD": told})
    supervisor, service = Supervisor(tmp_path), Service("odd", [program])
    supervisor.launch([service])
    try:
        supervisor.start(service)
        while not supervisor.last_lines("says"):
            time.sleep(0.05)
        assert supervisor.last_lines("says") == [repr(told)]
    finally:
        supervisor.shut_down()
