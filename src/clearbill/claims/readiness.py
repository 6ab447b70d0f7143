"""What is missing before a practice can bill through Healthcode, and whose move each gap is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from django.db.models import Exists, Max, OuterRef

from clearbill.appointments.models import Appointment
from clearbill.bill import Providers, dates
from clearbill.bill.insurers import Insurer, bare
from clearbill.bill.json_codec import from_json
from clearbill.bill.lifecycle import Status
from clearbill.bill.text import plural
from clearbill.claims.core.cross_checks import mapping_refusals
from clearbill.claims.models import Claim, MappingRefusal
from clearbill.clients.models import Client, Policy
from clearbill.invoicing.models import Invoice
from clearbill.people.models import Practice
from clearbill.workspace.models import HealthcodeConnection, Practitioner, ProviderNumber, Service, Site
from clearbill.workspace.provider_numbers import ProviderNumbers
from clearbill.workspace.service_rates import with_rates


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
    book = ProviderNumbers.of(practice)
    before = [_practitioners(practice), _payees(book), _sites(book), _services(practice), _clients(practice)]
    return [*before, _first_claim(practice)]


def _payees(book: ProviderNumbers) -> SetupStep:
    """A payee has its Healthcode ID, or a number of its own for some insurers at least."""
    choices = {one.name: book.payee_for(one, "") for one in book.practitioners}
    missing = [
        name for name, choice in choices.items() if not (choice.payee and (choice.number or choice.payee.numbers.all()))
    ]
    if not choices:
        active = [one for one in book.payees.values() if one.is_active]
        told = "No payee yet." if not active else f"{active[0].name} is entered. No practitioner yet."
        return SetupStep(_PAYEE_STEP, False, told, Part.PAYEES)
    sentence = _so_far(len(choices) - len(missing), len(choices), "practitioner", _PAID, missing)
    return SetupStep(_PAYEE_STEP, not missing, sentence, Part.PAYEES)


def _sites(book: ProviderNumbers) -> SetupStep:
    missing = [one.name for one in book.practitioners if _site_gaps(book.usual_site(one))]
    count = len(book.practitioners)
    if not count:
        told = f"{book.sites[0].name} is entered. No practitioner yet." if book.sites else "No site yet."
        return SetupStep(_SITE_STEP, False, told, Part.PAYEES)
    sentence = _so_far(count - len(missing), count, "practitioner", "with a treating site and its number", missing)
    return SetupStep(_SITE_STEP, not missing, sentence, Part.PAYEES)


_PAYEE_STEP = "Say who is paid: the practitioner (Case 1) or the clinic (Case 2)"

_SITE_STEP = "Enter where clients are treated, with the site number"

_PAID = "with a payee that has a Healthcode ID"


def _practitioners(practice: Practice) -> SetupStep:
    numbers = ProviderNumber.objects.filter(practitioner=OuterRef("pk"))
    rows = list(Practitioner.objects.filter(practice=practice, is_active=True).annotate(has_number=Exists(numbers)))
    missing = [row.name for row in rows if not row.has_number]
    sentence = _so_far(len(rows) - len(missing), len(rows), "practitioner", "with a Healthcode ID", missing)
    return SetupStep("Give each practitioner a provider number", bool(rows) and not missing, sentence, Part.USERS)


def _services(practice: Practice) -> SetupStep:
    rows = list(with_rates(Service.objects.filter(practice=practice, is_active=True), dates.today()))
    missing = [row.name for row in rows if not row.isc]
    sentence = _so_far(len(rows) - len(missing), len(rows), "service", "with an ISC", missing)
    return SetupStep("Give each service its ISC", bool(rows) and not missing, sentence, Part.SERVICES)


def _clients(practice: Practice) -> SetupStep:
    found = Client.objects.filter(practice=practice, archived_at=None, merged_into=None)
    insured = found.filter(Exists(Policy.objects.filter(client=OuterRef("pk"), entered_in_error=False))).count()
    sentence = _so_far(insured, found.count(), "client", "with UK Private Health Insurance", [])
    return SetupStep("Enter your clients’ insurance", insured > 0, sentence, Part.CLIENTS)


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


YOUR_MOVE, HEALTHCODES_MOVE = "Your move", "Healthcode’s move"


WORDS = ("Proved", "Ready", "Refused", "Missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One thing that is missing, whose move it is, and where it is entered; `slug` says of which insurer."""

    what: str
    whose_move: str
    part: Part
    slug: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One practitioner with one insurer. `word` is one of WORDS; `refusal` stands until a claim is accepted."""

    practitioner: Practitioner
    word: str
    gaps: tuple[Gap, ...] = ()
    refusal: MappingRefusal | None = None


@dataclass(slots=True, kw_only=True)
class InsurerRow:
    """One insurer: what is missing for everybody, and how it stands with each practitioner."""

    insurer: Insurer
    gaps: tuple[Gap, ...] = ()
    pairs: list[Pair] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Readiness:
    """The whole matrix; `counts` says how many pairs there are of each of WORDS."""

    practitioners: list[Practitioner]
    rows: list[InsurerRow]
    is_connected: bool
    counts: dict[str, int]


def readiness(practice: Practice, *, practitioner_id: str = "") -> Readiness:
    """Return the whole matrix, or one practitioner's column. The number of queries does not grow with it."""
    book = ProviderNumbers.of(practice)
    shown = [one for one in book.practitioners if practitioner_id in {"", str(one.pk)}] or list(book.practitioners)
    proofs, refused, sites = _proofs(practice), mapping_refusals.refused_pairs(practice), _sites_of(practice, book)
    is_connected = HealthcodeConnection.objects.filter(practice=practice, refusal="").exists()
    rows = []
    for insurer in book.billed:
        row = InsurerRow(insurer=insurer, gaps=_insurer_gaps(book, insurer))
        for practitioner in shown:
            pair = (practitioner.pk, insurer.slug)
            gaps = _pair_gaps(book, practitioner, insurer, sites[practitioner.pk])
            refusal = refused.get(pair)
            is_proved = pair in proofs and _is_as_proved(book, practitioner, insurer, proofs[pair])
            word = _word(bool(gaps or row.gaps or not is_connected), refusal, is_proved)
            row.pairs.append(Pair(practitioner=practitioner, word=word, gaps=gaps, refusal=refusal))
        rows.append(row)
    found = Counter(pair.word for row in rows for pair in row.pairs)
    counts = {word: found[word] for word in WORDS}
    return Readiness(practitioners=list(book.practitioners), rows=rows, is_connected=is_connected, counts=counts)


def _word(is_lacking: bool, refusal: MappingRefusal | None, is_proved: bool) -> str:
    if refusal is not None:
        return "Refused"
    if is_lacking:
        return "Missing"
    return "Proved" if is_proved else "Ready"


def _proofs(practice: Practice) -> dict[tuple[UUID, str], Providers]:
    """Return who stood on the latest claim of each practitioner and insurer that was accepted."""
    accepted = Claim.objects.filter(practice=practice, status__in=mapping_refusals.ACCEPTED).order_by()
    latest = accepted.values("practitioner", "insurer_slug").annotate(at=Max("created_at")).values("at")
    rows = accepted.filter(created_at__in=latest).order_by("created_at")
    columns = rows.values_list("practitioner_id", "insurer_slug", "bill")
    return {(practitioner, slug): from_json(bill)[0].providers for practitioner, slug, bill in columns}


def _is_as_proved(book: ProviderNumbers, practitioner: Practitioner, insurer: Insurer, proof: Providers) -> bool:
    """Return whether the numbers of the accepted claim are those that would go on one now."""
    sites = {site.site_number: site for site in book.sites if site.is_active}
    at, specialist = bare(proof.treating_site_number), bare(proof.controlling_specialist_number)
    if at and at not in sites:
        return False
    site = sites.get(at) or book.usual_site(practitioner)
    now = book.controlling_specialist(practitioner, insurer.slug, site).number
    payee = book.payee_for(practitioner, insurer.slug).number
    return specialist in {"", now} and bare(proof.payee_provider_number) in {"", payee}


def _sites_of(practice: Practice, book: ProviderNumbers) -> dict[UUID, list[Site | None]]:
    """Return where each practitioner treats: the usual site first, None without one, then where visits are booked."""
    booked = Appointment.objects.filter(practice=practice, state=Appointment.BOOKED, site__isnull=False)
    pairs = set(booked.order_by().values_list("practitioner_id", "site_id").distinct())
    found: dict[UUID, list[Site | None]] = {}
    for practitioner in book.practitioners:
        usual = book.usual_site(practitioner)
        others = [site for site in book.sites if (practitioner.pk, site.pk) in pairs and site != usual]
        found[practitioner.pk] = [*others] if usual is None and others else [usual, *others]
    return found


def _insurer_gaps(book: ProviderNumbers, insurer: Insurer) -> tuple[Gap, ...]:
    if book.insurer_id(insurer):
        return ()
    what = "Healthcode’s identifier of this insurer is not known. Ask Healthcode, then enter it."
    return (Gap(what=what, whose_move=HEALTHCODES_MOVE, part=Part.INSURER, slug=insurer.slug),)


def _pair_gaps(
    book: ProviderNumbers, practitioner: Practitioner, insurer: Insurer, sites: Sequence[Site | None]
) -> tuple[Gap, ...]:
    gaps = []
    for site in sites:
        where = f" for {site.name}" if site and len(sites) > 1 else ""
        if not book.controlling_specialist(practitioner, insurer.slug, site).number:
            gaps.append(Gap(what=f"No provider number{where}", whose_move=YOUR_MOVE, part=Part.USERS))
        gaps += _site_gaps(site)
    choice = book.payee_for(practitioner, insurer.slug)
    if choice.payee is None:
        gaps.append(Gap(what="No payee", whose_move=YOUR_MOVE, part=Part.PAYEES))
    elif not choice.number:
        gaps.append(Gap(what=f"No Healthcode ID of {choice.payee.name}", whose_move=YOUR_MOVE, part=Part.PAYEES))
    return tuple(gaps)


def _site_gaps(site: Site | None) -> list[Gap]:
    if site is None:
        return [Gap(what="No treating site", whose_move=YOUR_MOVE, part=Part.PAYEES)]
    what = ""
    if not site.is_active:
        what = f"{site.name} is no longer in use"
    elif not site.site_number:
        what = f"No site number of {site.name}"
    return [Gap(what=what, whose_move=YOUR_MOVE, part=Part.PAYEES)] if what else []
