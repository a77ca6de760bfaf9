"""Turn a bare machine into one that can run the platform.

Run by the system's Python with nothing installed, so these modules use the standard
library alone:

    PYTHONPATH=include python3 -m gympulse.local.bootstrap
"""
