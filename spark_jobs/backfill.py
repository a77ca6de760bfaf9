"""Backfill job: load archives, or restate days of silver and gold from bronze.

spark-submit spark_jobs/backfill.py --lake DIR --mode load_archives --reason TEXT --no-dry-run
"""

import sys

from gympulse.operations.backfill import backfill
from gympulse.operations.job import main

if __name__ == "__main__":
    sys.exit(main("backfill", backfill))
