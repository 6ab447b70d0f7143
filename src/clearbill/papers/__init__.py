"""Papers that a practice sends: invoices, receipts, statements and letters as PDF."""
