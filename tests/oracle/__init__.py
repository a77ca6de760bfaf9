"""What the lake must hold, computed without Spark from the set of records received.

Written from the design alone; shares no code with the jobs. ``expected.expect`` is the
oracle, ``histories`` makes what it is fed, ``compare`` holds a lake against it.
"""
