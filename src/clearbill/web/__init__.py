"""The pages, a folder for each menu entry."""
