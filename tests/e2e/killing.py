"""Kills that leave no time to say anything."""

from contextlib import suppress

import psutil

# As Airflow calls the process of a task.
_TASK = "airflow worker"


def kill_task(*words: str) -> bool:
    """Kill the task whose job has some words in its command line, with all its processes.

    Returns:
        Whether there was one. What an earlier kill has left of a job, which then is anybody's
        child, is none.
    """
    jobs = [each for each in psutil.process_iter() if _says(each, *words)]
    tasks = [task for task in map(_parent, jobs) if task is not None and _says(task, _TASK)]
    for task in tasks:
        with suppress(psutil.NoSuchProcess):
            for process in [task, *task.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
    return bool(tasks)


def _parent(process: psutil.Process) -> psutil.Process | None:
    with suppress(psutil.NoSuchProcess):
        return process.parent()
    return None


def _says(process: psutil.Process, *words: str) -> bool:
    with suppress(psutil.NoSuchProcess):
        told = process.cmdline()
        return all(any(word in each for each in told) for word in words)
    return False
