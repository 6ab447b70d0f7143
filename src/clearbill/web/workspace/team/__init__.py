"""Pages of Team."""
