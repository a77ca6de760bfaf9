"""Quarantine review: release records that were set aside, cured or not, or discard them.

spark-submit spark_jobs/quarantine_review.py --lake DIR --rules bad_heartrate --reason TEXT
"""

import sys

from gympulse.operations.job import main
from gympulse.operations.review import review

if __name__ == "__main__":
    sys.exit(main("quarantine_review", review))
