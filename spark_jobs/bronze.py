"""Bronze job: take in what Kafka and the landing folders have gained, raw and once.

spark-submit spark_jobs/bronze.py --lake DIR --kafka-bootstrap-servers HOST:PORT
"""

import sys

from gympulse.job import main

if __name__ == "__main__":
    sys.exit(main("bronze"))
