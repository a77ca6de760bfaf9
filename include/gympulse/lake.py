"""Where everything lies below the root of the lake. Names only: nothing is read or written."""

import re
from dataclasses import dataclass

from gympulse.model.table import Table

_REMOTE = re.compile(r"abfss://[^/@.]+@[^/@.]+\.dfs\.core\.windows\.net(/.*)?")


def problem_of(root: str) -> str | None:
    """What is wrong with the root of a lake, in a sentence; None if it may be one."""
    if "://" not in root or _REMOTE.fullmatch(root):
        return None
    needed = "a local path or abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/FOLDER"
    return f"--lake is '{root}'; {needed} is needed."


@dataclass(frozen=True)
class Lake:
    """The folders of one lake.

    Attributes:
        root: A local path or an ``abfss://`` URI.
        env: Which of the environments below the root, as ``dev``.
    """

    root: str
    env: str = "dev"

    def _under(self, *parts: str) -> str:
        return "/".join((self.root.rstrip("/"), *parts))

    @property
    def catalog(self) -> str:
        """The folder of the catalog that names the tables."""
        return self._under("sbit-metastore-root")

    @property
    def locks(self) -> str:
        """The folder of the locks."""
        return self._under(f"sbit-managed-{self.env}", "locks")

    @property
    def unmanaged(self) -> str:
        """The folder of what is no table: landing files, checkpoints, scratch."""
        return self._under(f"sbit-unmanaged-{self.env}")

    @property
    def data_zone(self) -> str:
        """The folder that files land in."""
        return f"{self.unmanaged}/data_zone"

    @property
    def scratch(self) -> str:
        """The folder of what an operation keeps while it runs."""
        return f"{self.unmanaged}/scratch"

    def folder(self, name: str) -> str:
        """A folder as an operator names it: below the unmanaged zone, or absolute."""
        is_absolute = name.startswith("/") or "://" in name
        return (name if is_absolute else f"{self.unmanaged}/{name}").rstrip("/")

    def landing(self, name: str) -> str:
        """The landing folder of one kind of file, as ``registered_users``."""
        return f"{self.data_zone}/{name}"

    @property
    def archives(self) -> str:
        """The landing folder of Kafka's archives."""
        return self.landing("kfk-mx")

    def checkpoint(self, name: str) -> str:
        """The checkpoint of the stream that fills the named table."""
        return f"{self.unmanaged}/checkpoint_zone/{name}"

    @property
    def topics(self) -> str:
        """The file that says which Kafka topics bronze has read."""
        return self.checkpoint("topics.json")

    @property
    def restoring(self) -> str:
        """The file that says which restore is not finished."""
        return self.checkpoint("restoring.json")

    def path(self, table: Table) -> str:
        """The folder of one Delta table."""
        return self._under(f"sbit-managed-{self.env}", table.database, table.short_name)
