"""What is given out of an invoice or an account: as PDF, and by e-mail."""
