"""Invoices that another system gave out, with what was open on them when they came."""
