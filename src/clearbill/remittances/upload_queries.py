"""Reads for the import pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from clearbill.people.models import Practice
from clearbill.remittances.models import Remittance, Upload, reference_key

_WITHOUT_CONTENT = ("document__content",)


def uploads(practice: Practice) -> QuerySet[Upload]:
    """Return the files that were brought, newest first, without their content."""
    rows = Upload.objects.filter(practice=practice).select_related("document__by", "taken_in_by")
    return rows.defer(*_WITHOUT_CONTENT)


def payments(upload: Upload, found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the payments that were found in a file, each with the `here` that it is now, or None."""
    keys = {reference_key(one["reference"]) for one in found}
    rows = Remittance.objects.filter(practice=upload.practice_id, reference_key__in=keys)
    here = {(row.insurer_slug, row.reference_key): row for row in rows}
    return [{**one, "here": here.get((one["insurer"], reference_key(one["reference"])))} for one in found]
