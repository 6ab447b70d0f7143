"""A seeded simulation of sending, with faults of every kind, judged by the house's own ledger (docs/simulation.md)."""
