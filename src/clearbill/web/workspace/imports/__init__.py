"""Pages of Workspace Settings > Imports: files that people bring."""
