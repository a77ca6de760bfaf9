"""What belongs to the image: its requirements, its health check, its smoke test."""
