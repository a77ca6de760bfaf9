"""Jobs with a real broker and real Delta tables."""
