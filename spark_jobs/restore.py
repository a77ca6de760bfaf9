"""Restore job: put tables and streams back to a restore point.

spark-submit spark_jobs/restore.py --lake DIR --reason TEXT --before INSTANT --no-dry-run
"""

import sys

from gympulse.operations.job import main
from gympulse.operations.restore import restore

if __name__ == "__main__":
    sys.exit(main("restore", restore))
