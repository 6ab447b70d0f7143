"""What is about the database itself."""
