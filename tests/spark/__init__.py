"""The transformations in a local session, on made frames."""
