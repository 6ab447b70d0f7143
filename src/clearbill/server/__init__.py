"""The processes that serve the pages."""
