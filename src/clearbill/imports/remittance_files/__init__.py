"""Import of remittance files."""
