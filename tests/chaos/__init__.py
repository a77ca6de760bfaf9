"""Break what the platform stands on, and see that nothing is lost."""
