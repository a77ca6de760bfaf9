"""Run all layers of a lake in one process, as a person would one after the other.

spark-submit tests/streams/all_layers.py LAKE KAFKA TIME_ZONE
"""

import sys

from gympulse.lake import Lake
from gympulse.layers import run_layer
from gympulse.model.tables import LAYERS
from gympulse.session import session
from gympulse.settings import Kafka, Rules, Settings

if __name__ == "__main__":
    lake, servers, time_zone = sys.argv[1:]
    settings = Settings(Lake(lake), Rules(time_zone=time_zone), Kafka(servers))
    with session("all layers") as spark:
        for layer in LAYERS:
            run_layer(layer, settings, spark)
