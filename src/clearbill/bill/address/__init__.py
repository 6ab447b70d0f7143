"""Where a person lives: countries and postcodes."""
