"""Its place puts this folder on the path, so that tests import ``oracle``."""
