"""Files that a person brings: stored, asked about, previewed, committed, undone."""
