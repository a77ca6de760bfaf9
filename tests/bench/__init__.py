"""Measures the platform against its limits, side by side with what stands beside it."""
