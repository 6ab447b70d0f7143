"""All of a practice leaves as one file, and such a file comes into an empty installation."""
