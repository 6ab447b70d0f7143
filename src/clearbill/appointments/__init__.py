"""Appointments and who is booked when."""
