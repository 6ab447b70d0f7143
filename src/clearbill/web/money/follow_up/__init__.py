"""Pages of Money > Expected."""
