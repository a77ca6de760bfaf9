"""The gym simulator: seeded members, visits, workouts and heart rates.

Pure parts: ``people`` and ``model`` (who goes where), ``curves`` (heart rate), ``strain``
(what is wrong with some of them), ``events`` (records), ``faults`` (late, duplicated, …),
``flow`` (any range of time, in order of arrival), ``dense`` (hours for benchmarks and tests).
``sinks`` and ``run`` write.

The same seed and range give the same bytes: every member, visit and event draws from a
random stream of its own, so ranges generated apart compose to the whole.
"""
