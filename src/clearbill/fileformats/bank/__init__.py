"""Bank statements: CSV and OFX."""
