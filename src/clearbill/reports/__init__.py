"""Reports, and the journal for the accountant."""
