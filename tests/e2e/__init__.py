"""The whole platform with all its services."""
