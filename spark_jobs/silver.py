"""Silver job: take what bronze has gained, refine it, merge it, stop.

spark-submit spark_jobs/silver.py --lake DIR
"""

import sys

from gympulse.job import main

if __name__ == "__main__":
    sys.exit(main("silver"))
