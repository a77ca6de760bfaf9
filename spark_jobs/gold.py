"""Gold job: recompute the summaries that changes of silver touch, and stop.

spark-submit spark_jobs/gold.py --lake DIR
"""

import sys

from gympulse.job import main

if __name__ == "__main__":
    sys.exit(main("gold"))
