"""The ledger as double entry, and its exports."""
