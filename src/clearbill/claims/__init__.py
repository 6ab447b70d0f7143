"""Claims: one bill of one invoice, from Created to Paid."""
