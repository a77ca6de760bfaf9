"""Kills that leave no time to say anything."""

from contextlib import suppress

import psutil


def kill_task(word: str) -> bool:
    """Kill the task whose job has a word in its command line, with all its processes.

    Returns:
        Whether there was one.
    """
    jobs = [each for each in psutil.process_iter(["cmdline"]) if _says(each, word)]
    pids = {job.pid for job in jobs}
    leaders = [job for job in jobs if job.ppid() not in pids]
    for leader in leaders:
        with suppress(psutil.NoSuchProcess):
            task = leader.parent()
            for process in [task, *task.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
    return bool(leaders)


def _says(process: psutil.Process, word: str) -> bool:
    return any(word in each for each in process.info["cmdline"] or ())
