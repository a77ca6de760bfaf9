"""Verify job: hold silver and gold against a recomputation from bronze.

spark-submit spark_jobs/verify.py --lake DIR [--from-date DAY --to-date DAY] [--tables NAME ...]
"""

import sys

from gympulse.operations.job import main
from gympulse.operations.verify import verify

if __name__ == "__main__":
    sys.exit(main("verify", verify))
