"""Code lists from files: checked, taken in, undone."""
