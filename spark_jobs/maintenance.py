"""Maintenance job: merge small files, remove what nobody needs, fold old records.

spark-submit spark_jobs/maintenance.py --lake DIR [--keep-days DAYS] [--tables NAME ...] [--dry-run]
"""

import sys

from gympulse.operations.job import main
from gympulse.operations.maintenance import maintain

if __name__ == "__main__":
    sys.exit(main("maintenance", maintain))
