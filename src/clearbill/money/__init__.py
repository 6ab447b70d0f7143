"""Money that comes in: remittances, the bank, shortfalls, follow-up."""
