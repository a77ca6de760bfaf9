"""A Dockerfile's stages and steps, and what of a folder goes into a build."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from dockerfile_parse import DockerfileParser
from pathspec import GitIgnoreSpec


@dataclass(frozen=True)
class Step:
    """One instruction, its flags apart.

    Attributes:
        name: In capitals, as ``COPY``.
        flags: As ``{"from": "jars"}``.
        rest: All behind the flags.
    """

    name: str
    flags: dict[str, str]
    rest: str


@dataclass(frozen=True)
class Stage:
    """What stands behind one FROM."""

    base: str
    name: str
    steps: list[Step]


def read_stages(text: str) -> list[Stage]:
    """Split a Dockerfile into its stages, in order; the last is the image."""
    stages: list[Stage] = []
    for told in DockerfileParser(fileobj=BytesIO(text.encode())).structure:
        if told["instruction"] == "FROM":
            base, _, name = told["value"].partition(" AS ")
            stages.append(Stage(base, name, []))
        elif told["instruction"] != "COMMENT":
            stages[-1].steps.append(_step(told["instruction"], told["value"]))
    return stages


def _step(name: str, value: str) -> Step:
    flags, words = {}, value.split(" ")
    while words and (not words[0] or words[0].startswith("--")):
        flag, _, setting = words.pop(0).removeprefix("--").partition("=")
        if flag:
            flags[flag] = setting
    return Step(name, flags, " ".join(words))


def context_files(root: Path, ignored: str) -> Iterator[Path]:
    """Give the files that a build may copy, relative to their folder.

    Args:
        root: The folder.
        ignored: Text of ``.dockerignore``. Its patterns begin at the folder, as Docker has it.
    """
    spec = GitIgnoreSpec.from_lines(_rooted(line) for line in ignored.splitlines())
    for entry in sorted(root.iterdir()):
        if spec.match_file(entry.name):
            continue
        if entry.is_file():
            yield Path(entry.name)
            continue
        for folder, _, names in os.walk(entry):
            paths = (Path(folder, name).relative_to(root) for name in sorted(names))
            yield from (path for path in paths if not spec.match_file(str(path)))


def _rooted(line: str) -> str:
    if not line or line.startswith(("#", "**")):
        return line
    return f"!/{line[1:]}" if line.startswith("!") else f"/{line}"
