"""Invoices and their ledger."""
