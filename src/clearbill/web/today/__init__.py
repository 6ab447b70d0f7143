"""Today and the search."""
