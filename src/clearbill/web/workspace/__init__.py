"""Pages of the Workspace Settings."""
