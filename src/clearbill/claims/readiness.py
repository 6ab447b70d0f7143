"""What is missing before a practice can bill through Healthcode, and whose move each gap is."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import Count, Exists, OuterRef, Q

from clearbill.bill.insurers import Insurer
from clearbill.bill.lifecycle import Status
from clearbill.bill.text import plural
from clearbill.claims.models import Claim
from clearbill.clients.models import Client
from clearbill.invoicing.models import Invoice
from clearbill.people.models import Practice
from clearbill.workspace.models import HealthcodeConnection, Practitioner, ProviderNumber, Service
from clearbill.workspace.provider_numbers import ProviderNumbers


class Part(StrEnum):
    """The part of the workspace in which something is entered or done."""

    USERS = "users"
    SERVICES = "services"
    PAYEES = "payees"
    INSURER = "insurer"
    CLIENTS = "clients"
    CLAIMS = "claims"


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One further step: how far it is, and where it is done."""

    name: str
    is_done: bool
    sentence: str
    part: Part


def setup_steps(practice: Practice) -> list[SetupStep]:
    """Return what is still to do before, and after, the first claim. Always the same number of queries."""
    return [_practitioners(practice), _services(practice), _clients(practice), _first_claim(practice)]


def _practitioners(practice: Practice) -> SetupStep:
    numbers = ProviderNumber.objects.filter(practitioner=OuterRef("pk"))
    rows = list(Practitioner.objects.filter(practice=practice, is_active=True).annotate(has_number=Exists(numbers)))
    missing = [row.name for row in rows if not row.has_number]
    sentence = _so_far(len(rows) - len(missing), len(rows), "practitioner", "with a Healthcode ID", missing)
    return SetupStep("Give each practitioner a provider number", bool(rows) and not missing, sentence, Part.USERS)


def _services(practice: Practice) -> SetupStep:
    rows = list(Service.objects.filter(practice=practice, is_active=True))
    missing = [row.name for row in rows if not row.isc]
    sentence = _so_far(len(rows) - len(missing), len(rows), "service", "with an ISC", missing)
    return SetupStep("Give each service its ISC", bool(rows) and not missing, sentence, Part.SERVICES)


def _clients(practice: Practice) -> SetupStep:
    found = Client.objects.filter(practice=practice, archived_at=None)
    counts = found.aggregate(everybody=Count("pk"), covered=Count("pk", filter=Q(cover__isnull=False)))
    sentence = _so_far(counts["covered"], counts["everybody"], "client", "with UK Private Health Insurance", [])
    return SetupStep("Enter your clients’ insurance", counts["covered"] > 0, sentence, Part.CLIENTS)


def _first_claim(practice: Practice) -> SetupStep:
    claims = Claim.objects.filter(practice=practice)
    first = claims.exclude(submitted_at=None).order_by("submitted_at").values_list("submitted_at", flat=True).first()
    waiting = Invoice.objects.filter(practice=practice, voided_at=None).exclude(insurer_slug="")
    waiting_count = waiting.exclude(claims__is_current=True, claims__in=claims.exclude(status=Status.CREATED)).count()
    told = f"{waiting_count} {plural(waiting_count, 'invoice')} to insurers not yet submitted."
    if waiting_count == 0:
        told = (
            "Every invoice to an insurer is submitted." if first else "Make an invoice for a client with cover first."
        )
    return SetupStep("Submit your first claim", first is not None, told, Part.CLAIMS)


def _so_far(done: int, total: int, noun: str, what: str, missing: list[str]) -> str:
    if total == 0:
        return f"No {plural(0, noun)} yet."
    sentence = f"{done} of {total} {plural(total, noun)} {what}"
    if not missing:
        return f"{sentence}."
    names = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
    return f"{sentence}; missing: {names}."


_ACCEPTED = (Status.AWAITING_COLLECTION, Status.COLLECTED, Status.PART_PAID, Status.PAID, Status.DECLINED)

YOUR_MOVE, HEALTHCODES_MOVE = "Your move", "Healthcode’s move"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One thing that is missing, whose move it is, and where it is entered; `slug` says of which insurer."""

    what: str
    whose_move: str
    part: Part
    slug: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One practitioner with one insurer."""

    practitioner: Practitioner
    word: str
    gaps: tuple[Gap, ...] = ()


@dataclass(slots=True, kw_only=True)
class InsurerRow:
    """One insurer: what is missing for everybody, and how it stands with each practitioner."""

    insurer: Insurer
    gaps: tuple[Gap, ...] = ()
    pairs: list[Pair] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Readiness:
    """The whole matrix; `counts` says how many pairs are proved, ready, or lack something."""

    practitioners: list[Practitioner]
    rows: list[InsurerRow]
    is_connected: bool
    counts: dict[str, int]


def readiness(practice: Practice, *, practitioner_id: str = "") -> Readiness:
    """Return the whole matrix, or one practitioner's column. The number of queries does not grow with it."""
    book = ProviderNumbers.of(practice)
    shown = [one for one in book.practitioners if practitioner_id in {"", str(one.pk)}] or list(book.practitioners)
    proved = _proved(practice)
    is_connected = HealthcodeConnection.objects.filter(practice=practice, refusal="").exists()
    rows = []
    counts = {"Proved": 0, "Ready": 0, "Missing": 0}
    for insurer in book.billed:
        row = InsurerRow(insurer=insurer, gaps=_insurer_gaps(book, insurer))
        for practitioner in shown:
            gaps = _pair_gaps(book, practitioner, insurer)
            word = "Missing" if gaps or row.gaps or not is_connected else "Ready"
            if (practitioner.pk, insurer.slug) in proved:
                word, gaps = "Proved", ()
            counts[word] += 1
            row.pairs.append(Pair(practitioner=practitioner, word=word, gaps=gaps))
        rows.append(row)
    return Readiness(practitioners=list(book.practitioners), rows=rows, is_connected=is_connected, counts=counts)


def _proved(practice: Practice) -> set[tuple[object, str]]:
    claims = Claim.objects.filter(practice=practice, status__in=_ACCEPTED)
    return set(claims.values_list("practitioner_id", "insurer_slug").distinct())


def _insurer_gaps(book: ProviderNumbers, insurer: Insurer) -> tuple[Gap, ...]:
    if book.insurer_id(insurer):
        return ()
    what = "Healthcode’s identifier of this insurer is not known. Ask Healthcode, then enter it."
    return (Gap(what=what, whose_move=HEALTHCODES_MOVE, part=Part.INSURER, slug=insurer.slug),)


def _pair_gaps(book: ProviderNumbers, practitioner: Practitioner, insurer: Insurer) -> tuple[Gap, ...]:
    gaps = []
    if not book.controlling_specialist(practitioner, insurer.slug).number:
        gaps.append(Gap(what="No provider number", whose_move=YOUR_MOVE, part=Part.USERS))
    choice = book.payee_for(practitioner, insurer.slug)
    if choice.payee is None:
        gaps.append(Gap(what="No payee", whose_move=YOUR_MOVE, part=Part.PAYEES))
    elif not choice.number:
        gaps.append(Gap(what=f"No Healthcode ID of {choice.payee.name}", whose_move=YOUR_MOVE, part=Part.PAYEES))
    return tuple(gaps)
