"""The practice itself: name, address, numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from clearbill.people import audit
from clearbill.people.models import Practice, User

FIELDS = (
    "name",
    "address_1",
    "address_2",
    "address_3",
    "address_4",
    "postcode",
    "phone",
    "email",
    "vat_number",
    "invoice_prefix",
    "account_name",
    "sort_code",
    "account_number",
    "footer",
    "reply_to",
)


def change_details(*, practice: Practice, by: User, now: datetime, details: Mapping[str, str]) -> Practice:
    """Change the practice's own details; `details` maps each of FIELDS to its new value."""
    with transaction.atomic():
        before = {field: getattr(practice, field) for field in FIELDS}
        for field in FIELDS:
            setattr(practice, field, details[field])
        practice.save(update_fields=list(FIELDS))
        changes = {field: [before[field], details[field]] for field in FIELDS if before[field] != details[field]}
        if changes:
            audit.write(
                practice=practice,
                by=by,
                at=now,
                action="changed the practice details",
                subject=practice,
                changes=changes,
            )
    return practice
