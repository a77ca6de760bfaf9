"""Gold rebuild job: recompute gold from silver, compare, swap it in.

spark-submit spark_jobs/gold_rebuild.py --lake DIR --reason TEXT --no-dry-run [--tables NAME ...]
"""

import sys

from gympulse.operations.job import main
from gympulse.operations.rebuild import rebuild

if __name__ == "__main__":
    sys.exit(main("gold_rebuild", rebuild))
