"""What is to be done when a task fails or a run is late, as the DAG's own runbook says it."""

import re
from collections.abc import Collection

LATE = "a run is late"
# A paragraph of a DAG's docstring; its heading names tasks, or the symptom.
_PARAGRAPH = re.compile(r"^\*\*If (?P<heading>[^*]+)\*\*(?P<rest>.*)$", re.DOTALL)


def what_to_do(runbook: str, tasks: Collection[str]) -> str:
    """Give the paragraphs about these tasks.

    A task that no paragraph names is one that computes nothing and can be cleared.
    """
    found = _about(runbook, [f"`{task}`" for task in tasks])
    return found or f"Clear {' and '.join(tasks) or 'the failed tasks'}; the run then goes on."


def when_late(runbook: str) -> str:
    """Give the paragraph about runs that are late."""
    return _about(runbook, [LATE])


def _about(runbook: str, names: Collection[str]) -> str:
    found = (_PARAGRAPH.match(paragraph) for paragraph in runbook.split("\n\n"))
    return "\n".join(
        " ".join(f"If {each['heading']}{each['rest']}".split())
        for each in found
        if each and any(name in each["heading"] for name in names)
    )
