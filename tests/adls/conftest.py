"""One emulator for all tests of a process, and lakes in containers of it."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from obstore.store import from_url

from adls.azurite import azurite, environment, make_container
from gympulse.lake import Lake
from serving.made_lake import Size, make

MakeRoot = Callable[[], str]


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The emulator's address; this process and those that it starts are told of it."""
    with pytest.MonkeyPatch.context() as told, azurite(tmp_path_factory.mktemp("azurite")) as found:
        for name, value in environment(found).items():
            told.setenv(name, value)
        yield found


@pytest.fixture(scope="session")
def make_root(emulator: str) -> MakeRoot:
    """Makes a container, and gives the address of a folder in it."""
    numbers = count()
    return lambda: f"{make_container(emulator, f'lake{next(numbers)}')}/a folder/of lakes"


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Two weeks of 20 members, on this machine."""
    lake = Lake(str(tmp_path_factory.mktemp("made")))
    make(lake, Size(members=20, days=14))
    return lake


@pytest.fixture(scope="session")
def remote(local: Lake, make_root: MakeRoot) -> Lake:
    """The same lake in a container: the same files, in a folder of an odd name."""
    lake = Lake(make_root())
    upload(Path(local.root), lake.root)
    return lake


def upload(folder: Path, to: str) -> None:
    """Put a folder's files into a container."""
    store = from_url(to)
    for file in folder.rglob("*"):
        if file.is_file():
            store.put(str(file.relative_to(folder)), file.read_bytes())
