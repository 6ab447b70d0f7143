"""What a row of a file is about here: which client, which practitioner, which service."""
