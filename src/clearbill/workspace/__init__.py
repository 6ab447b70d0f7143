"""The Workspace Settings."""
