"""Remittance files: CSV and XML."""
