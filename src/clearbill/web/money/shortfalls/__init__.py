"""Pages of Money > Shortfalls."""
