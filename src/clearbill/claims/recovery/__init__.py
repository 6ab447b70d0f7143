"""Recovery after a restore: ask Healthcode before anything is sent."""
