"""Give the environment a ``spark-submit`` that needs no further flags.

python -m gympulse.local.spark_home JARS
"""

import json
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path

from gympulse.spark_settings import COMPILER, DIRECTIVES, LOGGING, spark_defaults


def install(jars: Path) -> None:
    """Write Spark's settings, and the ``spark-submit`` of the environment that uses them.

    PySpark's own ``spark-submit`` finds its home only where the environment is on the path,
    and puts its folder of settings on the class path, which a class archive does not allow:
    so the settings lie elsewhere and are named. Which of them it takes is told by the master and,
    where that is local, by the job's lag.

    Args:
        jars: Folder of the jars that jobs need, ``.tools/jars/spark``.

    Replay: writes the same files again.
    """
    tools = jars.resolve().parent.parent
    folder = tools / "spark"
    folder.mkdir(exist_ok=True)
    home, python = Path(find_spec("pyspark").origin).parent, Path(sys.executable)
    _replace(folder / "log4j2.properties", LOGGING)
    _replace(folder / "directives.json", json.dumps(DIRECTIVES, indent=1))
    for load in COMPILER:
        text = spark_defaults(load, jars.resolve(), python, folder)
        _replace(folder / f"{load}.conf", text)
    launcher = _launcher(home, python, folder, tools / "java")
    _replace(python.parent / "spark-submit", launcher, 0o755)


def _launcher(home: Path, python: Path, folder: Path, java: Path) -> str:
    paths = (home, python, folder, java)
    home_, python_, conf, java_ = (shlex.quote(str(path)) for path in paths)
    return f"""#!/bin/sh
# Written by gympulse.local.spark_home: PySpark with the project's settings.
export SPARK_HOME={home_} SPARK_CONF_DIR={conf}/none
[ -n "$JAVA_HOME" ] || [ ! -x {java_}/bin/java ] || export JAVA_HOME={java_}
master=local before=
for word in "$@"; do
    case $before$word in --master=*) master=${{word#*=}} ;; --master?*) master=$word ;; esac
    [ "$word" = --master ] && before=--master || before=
done
case $master in
local*) load="${{GYMPULSE_LOAD:-$({python_} -m gympulse.lag "$@" 2>/dev/null)}}" ;;
# A driver is reached where its master is: on loopback nothing else is opened.
spark://127.* | spark://localhost*) load=cluster; export SPARK_LOCAL_IP=127.0.0.1 ;;
*) load=cluster ;;
esac
[ -f {conf}/"$load".conf ] || load=large
exec "$SPARK_HOME/bin/spark-submit" --properties-file {conf}/"$load".conf "$@"
"""


def _replace(path: Path, text: str, mode: int = 0o644) -> None:
    """Replace a file whole; a link to a package's file is replaced, not followed."""
    whole = path.with_name(f".{path.name}.new")
    whole.write_text(text)
    whole.chmod(mode)
    whole.replace(path)


if __name__ == "__main__":
    install(Path(sys.argv[1]))
