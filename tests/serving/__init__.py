"""The REST API and the dashboard, over lakes that are made without Spark."""
