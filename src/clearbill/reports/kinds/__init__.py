"""The reports: each file has a statement, its figures as values, and the tables and plot of its page."""
