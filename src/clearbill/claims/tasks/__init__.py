"""Tasks: what only a person can settle about a claim."""
