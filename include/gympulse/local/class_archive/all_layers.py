"""Run all layers of a lake in one process, as a person would one after the other.

spark-submit all_layers.py LAKE KAFKA [TIME_ZONE]

Replay: takes up what the last run has left.
"""

import sys

from gympulse.lake import Lake
from gympulse.layers import run_layer
from gympulse.model.tables import LAYERS
from gympulse.session import session
from gympulse.settings import Kafka, Rules, Settings

if __name__ == "__main__":
    root, servers, *zone = sys.argv[1:]
    settings = Settings(Lake(root), Rules(*zone), Kafka(servers))
    with session("all layers") as spark:
        for layer in LAYERS:
            run_layer(layer, settings, spark)
