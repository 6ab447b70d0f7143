"""Import of bank statements."""
