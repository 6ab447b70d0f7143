"""Allocation of claim payments to claims."""
