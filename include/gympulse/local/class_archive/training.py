"""Run all layers once over records of every kind, so that their classes are loaded.

spark-submit training.py LAKE KAFKA
"""

import sys

from gympulse.lake import Lake
from gympulse.layers import run_layer
from gympulse.model.tables import LAYERS
from gympulse.session import session
from gympulse.settings import Kafka, Settings

if __name__ == "__main__":
    root, servers = sys.argv[1:]
    settings = Settings(Lake(root), kafka=Kafka(servers))
    with session("training") as spark:
        for layer in LAYERS:
            run_layer(layer, settings, spark)
