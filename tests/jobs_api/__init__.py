"""A stand-in of Databricks' Jobs API, which really runs the jobs' wheel."""
