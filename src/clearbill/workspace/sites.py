"""Writes about sites."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from clearbill.people import audit
from clearbill.people.models import Practice, User
from clearbill.workspace.models import Site


def save_site(*, practice: Practice, by: User, now: datetime, site: Site | None, details: Mapping[str, Any]) -> Site:
    """Add or change a site. The first site of a practice becomes its default."""
    with transaction.atomic():
        if site is None:
            is_first = not Site.objects.filter(practice=practice, is_default=True).exists()
            site = Site.objects.create(practice=practice, is_default=is_first, **details)
            audit.write(practice=practice, by=by, at=now, action="added the site", subject=site, changes=details)
            return site
        before = audit.snapshot(site)
        for name, value in details.items():
            setattr(site, name, value)
        site.save()
        if changes := audit.difference(before, site):
            audit.write(practice=practice, by=by, at=now, action="changed the site", subject=site, changes=changes)
    return site
