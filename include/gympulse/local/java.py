"""The Java that set-up chose."""

import os
from pathlib import Path

from gympulse.local.settings import ROOT

# A service of a few topics lives in little memory, and starts faster without C2.
_SMALL = ("-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
# The log binding beside its jars writes to standard error.
_LOGGING = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
)


def java_home() -> Path:
    """The Java home in force: ``JAVA_HOME``, else what set-up found or installed."""
    return Path(os.environ.get("JAVA_HOME") or ROOT / ".tools" / "java")


def java_command() -> Path:
    """The program ``java`` of that home."""
    return java_home() / "bin" / "java"


def java_service(profile: str, *arguments: str) -> list[str]:
    """The command of a program whose jars are those of a profile of ``pom.xml``."""
    jars = ROOT / ".tools" / "jars" / profile
    return [str(java_command()), *_SMALL, *_LOGGING, "-cp", f"{jars}/*", *arguments]
