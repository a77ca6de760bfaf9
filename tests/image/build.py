"""Run a Dockerfile's steps in root file systems, as a builder does in containers."""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from image.containerfile import Stage, Step, context_files, read_stages
from image.rooted import Mount, run

_VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)")


@dataclass(frozen=True)
class Image:
    """A root file system, and how processes start in it."""

    root: Path
    environment: Mapping[str, str]
    folder: str = "/"
    user: str = "root"
    health: tuple[str, ...] = ()


@dataclass(frozen=True)
class Builder:
    """One build.

    Attributes:
        context: The folder that COPY copies from.
        ignored: Text of ``.dockerignore``.
        bases: Images by the names that FROM gives them.
        arguments: Added to the environment of RUN, as by ``--build-arg``; left in no image.
        caches: Folders of this machine that stand for cache mounts, by their targets.
        work: Where stages are laid.
    """

    context: Path
    ignored: str
    bases: Mapping[str, Image]
    arguments: Mapping[str, str]
    caches: Mapping[str, Path]
    work: Path

    def build(self, text: str) -> Image:
        """Run all stages of a Dockerfile; give the image of the last.

        Raises:
            AssertionError: A step failed; the message holds the last that it said.
        """
        built = dict(self.bases)
        for number, stage in enumerate(read_stages(text)):
            image = self._stage(stage, built, self.work / f"stage-{number}")
            built[stage.name or "image"] = image
        return built["image"]

    def _stage(self, stage: Stage, built: Mapping[str, Image], root: Path) -> Image:
        base = built[stage.base]
        subprocess.run(["cp", "-a", "--reflink=auto", base.root, root], check=True)
        image = replace(base, root=root)
        for step in stage.steps:
            image = self._take(step, image, built)
        return image

    def _take(self, step: Step, image: Image, built: Mapping[str, Image]) -> Image:
        match step.name:
            case "RUN":
                self._run(step, image)
            case "COPY":
                self._copy(step, image, built)
            case "ENV":
                words = (word.partition("=") for word in shlex.split(step.rest))
                added = {name: _expanded(value, image) for name, _, value in words}
                return replace(image, environment={**image.environment, **added})
            case "WORKDIR":
                (image.root / step.rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
                return replace(image, folder=step.rest)
            case "USER":
                return replace(image, user=step.rest)
            case "HEALTHCHECK":
                return replace(image, health=tuple(json.loads(step.rest.removeprefix("CMD "))))
            case _:
                raise AssertionError(f"{step.name} is not known here; teach this builder.")
        return image

    def _run(self, step: Step, image: Image) -> None:
        mounts = []
        if "mount" in step.flags:
            told = dict(part.split("=") for part in step.flags["mount"].split(","))
            assert told["type"] == "cache", f"{told} is no cache; teach this builder."
            mounts.append(Mount(self.caches[told["target"]], told["target"]))
        environment = {**image.environment, **self.arguments}
        done = run(
            image.root,
            ["/bin/sh", "-c", step.rest],
            environment=environment,
            folder=image.folder,
            user=image.user,
            mounts=mounts,
        )
        last = "\n".join((done.stdout + done.stderr).splitlines()[-25:])
        assert done.returncode == 0, f"RUN {step.rest}\nexit code {done.returncode}\n{last}"

    def _copy(self, step: Step, image: Image, built: Mapping[str, Image]) -> None:
        *sources, target = step.rest.split()
        folder = image.root / os.path.join(image.folder, target).lstrip("/")
        for source in sources:
            for path, below in self._files(source, step.flags.get("from"), built):
                _place(path, folder / below, step.flags.get("chown"), image)

    def _files(
        self, source: str, stage: str | None, built: Mapping[str, Image]
    ) -> list[tuple[Path, Path]]:
        """Give each file with where it comes to lie below the target, which is a folder."""
        if stage:
            root = built[stage].root / source.lstrip("/")
            return [(path, path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()]
        found = [
            file
            for file in context_files(self.context, self.ignored)
            if Path(source) in (file, *file.parents)
        ]
        assert found, f"COPY {source}: there is no such file, or .dockerignore keeps it out."
        if found == [Path(source)]:
            return [(self.context / source, Path(Path(source).name))]
        return [(self.context / file, file.relative_to(source)) for file in found]


def _place(path: Path, place: Path, owner: str | None, image: Image) -> None:
    new = [folder for folder in reversed(place.parents) if not folder.exists()]
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, place, follow_symlinks=False)
    user, _, group = (owner or "0:0").partition(":")
    for each in (*new, place):
        os.chown(each, _uid(user, image), int(group), follow_symlinks=False)


def _uid(user: str, image: Image) -> int:
    if user.isdigit():
        return int(user)
    lines = (image.root / "etc/passwd").read_text().splitlines()
    return int(next(line.split(":")[2] for line in lines if line.startswith(f"{user}:")))


def _expanded(value: str, image: Image) -> str:
    return _VARIABLE.sub(lambda found: image.environment[found[1] or found[2]], value)
