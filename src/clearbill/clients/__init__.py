"""Clients, their cover and their diagnoses."""
