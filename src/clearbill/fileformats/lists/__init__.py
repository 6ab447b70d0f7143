"""Lists that a practice brings, of codes and of contract prices, read to their end."""
