"""The ids of rows as they come in texts: in addresses, forms and the audit trail."""

from __future__ import annotations

from uuid import UUID


def parse_id(text: str) -> UUID | None:
    """Return the id that this text is, None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
