"""How far the practice has come with Healthcode: the state of the connection and the further steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Count, Exists, OuterRef, Q

from clearbill.bill.lifecycle import Status
from clearbill.people.models import Practice
from clearbill.practice.models import HealthcodeConnection, Practitioner, ProviderNumber, Service


@dataclass(frozen=True, slots=True)
class Step:
    """One further step: how far it is, and the page on which it is done."""

    name: str
    is_done: bool
    sentence: str
    href: str
    page: str


def state(connection: HealthcodeConnection | None) -> str:
    """Return the word for the connection's chip."""
    if connection is None:
        return "Not connected"
    if connection.refusal:
        return "Refused"
    return "Not answering" if connection.not_answering_since else "Connected"


def further_steps(practice: Practice) -> list[Step]:
    """Return what is still to do before, and after, the first claim. Always the same number of queries."""
    return [_practitioners(practice), _services(practice), _clients(practice), _first_claim(practice)]


def _practitioners(practice: Practice) -> Step:
    numbers = ProviderNumber.objects.filter(practitioner=OuterRef("pk"))
    rows = list(Practitioner.objects.filter(practice=practice, is_active=True).annotate(has_number=Exists(numbers)))
    missing = [row.name for row in rows if not row.has_number]
    sentence = _so_far(len(rows) - len(missing), len(rows), "practitioner", "with a Healthcode ID", missing)
    return Step(
        "Give each practitioner a provider number", bool(rows) and not missing, sentence, "/settings/users", "Users"
    )


def _services(practice: Practice) -> Step:
    rows = list(Service.objects.filter(practice=practice, is_active=True))
    missing = [row.name for row in rows if not row.isc]
    sentence = _so_far(len(rows) - len(missing), len(rows), "service", "with an ISC", missing)
    return Step("Give each service its ISC", bool(rows) and not missing, sentence, "/settings/services", "Services")


def _clients(practice: Practice) -> Step:
    found = _model("clients", "Client").objects.filter(practice=practice, archived_at=None)
    counts = found.aggregate(everybody=Count("pk"), covered=Count("pk", filter=Q(cover__isnull=False)))
    sentence = _so_far(counts["covered"], counts["everybody"], "client", "with UK Private Health Insurance", [])
    return Step("Enter your clients’ insurance", counts["covered"] > 0, sentence, "/clients/", "Clients")


def _first_claim(practice: Practice) -> Step:
    claims = _model("claims", "Claim").objects.filter(practice=practice)
    first = claims.exclude(submitted_at=None).order_by("submitted_at").values_list("submitted_at", flat=True).first()
    waiting = _model("billing", "Invoice").objects.filter(practice=practice, voided_at=None).exclude(insurer_slug="")
    waiting_count = waiting.exclude(claims__is_current=True, claims__in=claims.exclude(status=Status.CREATED)).count()
    told = f"{waiting_count} invoice{'' if waiting_count == 1 else 's'} to insurers not yet submitted."
    if waiting_count == 0:
        told = (
            "Every invoice to an insurer is submitted." if first else "Make an invoice for a client with cover first."
        )
    return Step("Submit your first claim", first is not None, told, "/claims/", "Claims")


def _so_far(done: int, total: int, noun: str, what: str, missing: list[str]) -> str:
    if total == 0:
        return f"No {noun}s yet."
    sentence = f"{done} of {total} {noun}{'' if total == 1 else 's'} {what}"
    if not missing:
        return f"{sentence}."
    names = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
    return f"{sentence}; missing: {names}."


def _model(app: str, name: str) -> Any:
    """Return a table of a room above this one, by name: the practice's code does not depend on those rooms."""
    return apps.get_model(app, name)
