"""Bank statements: the table of their formats, and a reader of each."""
