"""Practitioners whom Healthcode or an insurer does not know: noted as a claim comes back, until one is accepted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from clearbill.bill import dates, insurers
from clearbill.bill.lifecycle import Status
from clearbill.bill.rejections.mapping import is_mapping_refusal, line_of
from clearbill.claims.models import Claim, MappingRefusal
from clearbill.invoicing.models import InvoiceLine
from clearbill.people.models import Practice

ACCEPTED = (Status.AWAITING_COLLECTION, Status.COLLECTED, Status.PART_PAID, Status.PAID, Status.DECLINED)

"""Healthcode has passed the bill on, so it and the insurer know who is on it."""


def note_refusal(claim: Claim, problems: Iterable[Mapping[str, Any]], *, now: datetime) -> None:
    """Note that the claim came back because a practitioner, payee or site is not known; other refusals note nothing."""
    found = [problem for problem in problems if is_mapping_refusal(problem)]
    for practitioner_id in {_practitioner_of(claim, problem) for problem in found}:
        said = next(one for one in found if _practitioner_of(claim, one) == practitioner_id)
        MappingRefusal.objects.update_or_create(
            practice_id=claim.practice_id,
            practitioner_id=practitioner_id,
            insurer_slug=claim.insurer_slug,
            defaults={"claim": claim, "at": now, "message": str(said.get("message", ""))[:500]},
        )


def note_acceptance(claims: Iterable[Claim]) -> None:
    """Note that bills were accepted: who is on them is known to their insurer again."""
    for claim in claims:
        on_lines = InvoiceLine.objects.filter(invoice=claim.invoice_id, appointment__isnull=False)
        who = Q(practitioner=claim.practitioner_id) | Q(
            practitioner__in=on_lines.order_by().values("appointment__practitioner")
        )
        MappingRefusal.objects.filter(who, practice=claim.practice_id, insurer_slug=claim.insurer_slug).delete()


def refused_pairs(practice: Practice) -> dict[tuple[UUID, str], MappingRefusal]:
    """Return the refusals that stand, by practitioner's id and insurer's slug."""
    rows = MappingRefusal.objects.filter(practice=practice).select_related("claim")
    return {(row.practitioner_id, row.insurer_slug): row for row in rows}


def refusal_of(claim: Claim) -> MappingRefusal | None:
    """Return the refusal that stands against the claim's practitioner at its insurer; None where there is none."""
    rows = MappingRefusal.objects.filter(
        practice=claim.practice_id, practitioner=claim.practitioner_id, insurer_slug=claim.insurer_slug
    )
    return rows.select_related("claim", "practitioner").first()


def without_refused_pairs(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """Return those of the claims whose practitioner no refusal stands against at their insurer."""
    return claims.exclude(Exists(_of_claim()))


def of_refused_pairs(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """Return those of the claims whose practitioner a refusal stands against at their insurer."""
    return claims.filter(Exists(_of_claim()))


def refused_at() -> Subquery:
    """Return when the practitioner of a claim was refused for its insurer, as a value of a query on claims."""
    return Subquery(_of_claim().values("at")[:1])


def warning(refusal: MappingRefusal, practitioner_name: str) -> str:
    """Return what is said of a claim before it is submitted."""
    insurer = insurers.name_of(refusal.insurer_slug)
    return (
        f"{practitioner_name} was refused for {insurer} on {dates.show(dates.uk_day(refusal.at))} "
        f"(claim {refusal.claim.number}), and no claim has been accepted since. {refusal.message}"
    )


def _of_claim() -> QuerySet[MappingRefusal]:
    return MappingRefusal.objects.filter(
        practice=OuterRef("practice"), practitioner=OuterRef("practitioner"), insurer_slug=OuterRef("insurer_slug")
    )


def _practitioner_of(claim: Claim, problem: Mapping[str, Any]) -> UUID:
    """Return whose number was refused: that of who gave the service where one line is meant, else the claim's own."""
    line = line_of(problem)
    if line is None:
        return claim.practitioner_id
    lines = InvoiceLine.objects.filter(invoice=claim.invoice_id, appointment__isnull=False).order_by("position", "pk")
    by_visit = dict(lines.values_list("position", "appointment__practitioner"))
    return by_visit.get(line, claim.practitioner_id)
