"""What clients are found by: their terms, and the index over them."""
