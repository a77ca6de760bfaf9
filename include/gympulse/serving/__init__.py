"""Gold for people: REST API, dashboard and SQL over the Delta tables, without Spark."""
