"""One claim as a file for whoever asks."""
