"""The archive of ready-parsed classes that a job starts from."""
