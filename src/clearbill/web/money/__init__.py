"""Pages of Money."""
