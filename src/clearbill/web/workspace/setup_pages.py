"""Template filters: the page on which a missing part of the set-up is entered."""

from __future__ import annotations

from django import template
from django.urls import reverse

from clearbill.claims.readiness import Gap, Part, SetupStep

register = template.Library()

# The name of the page's address, and the words that lead to it.
_PAGES = {
    Part.USERS: ("users", "Users"),
    Part.SERVICES: ("services", "Services"),
    Part.PAYEES: ("payees", "Payees and sites"),
    Part.INSURER: ("insurer", "Insurer"),
    Part.CLIENTS: ("clients", "Clients"),
    Part.CLAIMS: ("claims", "Claims"),
}


@register.filter
def setup_address(missing: SetupStep | Gap) -> str:
    """Return the address of the page on which the step is done, or what is missing is entered."""
    name, _ = _PAGES[missing.part]
    slug = getattr(missing, "slug", "")
    return reverse(name, args=[slug] if slug else [])


@register.filter
def setup_page(missing: SetupStep | Gap) -> str:
    """Return the name of that page in words."""
    return _PAGES[missing.part][1]
