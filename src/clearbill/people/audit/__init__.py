"""The audit trail: written by services in the transaction of the change, read by the page and the exports."""

from clearbill.people.audit.trail import difference, entry, snapshot, write, write_many

__all__ = ["difference", "entry", "snapshot", "write", "write_many"]
