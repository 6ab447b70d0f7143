"""What other rooms' pages show of what is expected."""

from __future__ import annotations

from typing import Any

from django import template

from clearbill.bill import dates
from clearbill.claims.models import Claim
from clearbill.expected import late_queries

register = template.Library()


@register.inclusion_tag("expected/_payment.html", takes_context=True)
def expected_payment(context: dict[str, Any], claim: Claim) -> dict[str, Any]:
    """Say when the payment of a claim is expected and when somebody asked about it; nothing where none is expected."""
    expectation = late_queries.of_claim(claim, on=dates.today())
    chase = claim.chases.select_related("by").first() if expectation else None
    return {"claim": claim, "expected": expectation, "chase": chase, "can": context.get("can", {})}


@register.simple_tag
def expected_sentence(expectation: Any, name: str) -> str:
    """Return what is expected, in words, for the insurer of this name."""
    return str(expectation.sentence(name))
