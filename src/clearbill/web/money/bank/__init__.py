"""Pages of Money > Bank."""
