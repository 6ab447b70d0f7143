"""Pages of Money > Payments."""
