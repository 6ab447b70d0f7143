"""Underpayments, late claims and chases."""
