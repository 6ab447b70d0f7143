"""Contract prices from files: checked, taken in, undone."""
