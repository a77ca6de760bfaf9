"""Erasure job: remove one member from every table and file, keep them out, prove it.

spark-submit spark_jobs/erasure.py --lake DIR --user-id ID --reason TEXT --no-dry-run
"""

import sys

from gympulse.operations.erasure import erasure
from gympulse.operations.job import main

if __name__ == "__main__":
    sys.exit(main("erasure", erasure))
