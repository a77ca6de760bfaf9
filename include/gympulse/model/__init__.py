"""What exists: every column and every table, declared once. Standard library only."""
