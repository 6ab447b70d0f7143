"""Appointments from files: read, matched with clients, practitioners and services, checked, taken in, undone."""
