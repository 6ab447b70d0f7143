"""Which practitioner can bill which insurer: proved, ready, or what is missing and whose move it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.apps import apps

from clearbill.bill.insurers import Insurer
from clearbill.bill.lifecycle import Status
from clearbill.people.models import Practice
from clearbill.practice.models import HealthcodeConnection, Practitioner
from clearbill.practice.roles_book import RolesBook

_ACCEPTED = (Status.AWAITING_COLLECTION, Status.COLLECTED, Status.PART_PAID, Status.PAID, Status.DECLINED)
YOUR_MOVE, HEALTHCODES_MOVE = "Your move", "Healthcode’s move"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One thing that is missing, whose move it is, and the page on which it is entered."""

    what: str
    whose_move: str
    href: str


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
    book = RolesBook.of(practice)
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
    # Claims live in a higher room, which this one must not import; only the rows are looked at.
    claims = apps.get_model("claims", "Claim")._default_manager.filter(practice=practice, status__in=_ACCEPTED)
    return set(claims.values_list("practitioner_id", "insurer_slug").distinct())


def _insurer_gaps(book: RolesBook, insurer: Insurer) -> tuple[Gap, ...]:
    if book.insurer_id(insurer):
        return ()
    what = "Healthcode’s identifier of this insurer is not known. Ask Healthcode, then enter it."
    return (Gap(what=what, whose_move=HEALTHCODES_MOVE, href=f"/settings/insurers/{insurer.slug}"),)


def _pair_gaps(book: RolesBook, practitioner: Practitioner, insurer: Insurer) -> tuple[Gap, ...]:
    gaps = []
    if not book.controlling_specialist(practitioner, insurer.slug).number:
        gaps.append(Gap(what="No provider number", whose_move=YOUR_MOVE, href="/settings/users"))
    choice = book.payee_for(practitioner, insurer.slug)
    if choice.payee is None:
        gaps.append(Gap(what="No payee", whose_move=YOUR_MOVE, href="/settings/payees"))
    elif not choice.number:
        gaps.append(Gap(what=f"No Healthcode ID of {choice.payee.name}", whose_move=YOUR_MOVE, href="/settings/payees"))
    return tuple(gaps)
