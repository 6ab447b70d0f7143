"""Invoices from files, with what is open on them: read, matched, checked, taken in, undone."""
