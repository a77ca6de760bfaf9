"""The Java that set-up chose."""

import os
from pathlib import Path

from gympulse.local.settings import ROOT


def java_home() -> Path:
    """The Java home in force: ``JAVA_HOME``, else what set-up found or installed."""
    return Path(os.environ.get("JAVA_HOME") or ROOT / ".tools" / "java")


def java_command() -> Path:
    """The program ``java`` of that home."""
    return java_home() / "bin" / "java"
