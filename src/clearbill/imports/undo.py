"""Void an insurer's remittance that no bank line is matched with any more, and reopen the file it came from."""

from __future__ import annotations

from django.db import transaction

from clearbill.bill import dates, money
from clearbill.bill.dates import uk_day
from clearbill.bill.problem import Refused
from clearbill.imports.remittance_files.services import reopen_file
from clearbill.money.bank import auto_match
from clearbill.money.bank.models import BankReceipt, Match
from clearbill.money.remittances import void
from clearbill.money.remittances.models import Remittance
from clearbill.people.actor import Actor


def void_remittance(actor: Actor, *, remittance: Remittance, reason: str) -> None:
    """Take a payment off its claims and out of the list, with what was undone or set aside of it at the bank.

    Matches that were undone, and why it was not expected, are kept in the audit trail. Raises Refused, as while a
    line of the bank is matched with it; then nothing was changed.
    """
    with transaction.atomic():
        auto_match.lock_practice(actor.practice)
        matches = Match.objects.filter(practice=actor.practice, remittance=remittance).select_related("line", "by")
        standing = matches.filter(undone_at=None).order_by("line__on")
        if days := [dates.show(one.line.on) for one in standing]:
            lines = f"the line of {days[0]}" if len(days) == 1 else f"the lines of {', '.join(days)}"
            raise Refused(f"At the bank it is matched with {lines}. Undo that match first, then take it out.")
        arrival = BankReceipt.objects.filter(practice=actor.practice, remittance=remittance)
        said = {"undone_at_the_bank": "; ".join(_told(one) for one in matches.select_related("undone_by"))}
        said["not_expected"] = "".join(arrival.values_list("aside_reason", flat=True))
        matches.delete()
        arrival.delete()
        document = void.void(
            actor,
            remittance=remittance,
            reason=reason,
            at_the_bank={name: words for name, words in said.items() if words},
        )
        reopen_file(document)


def _told(match: Match) -> str:
    """Return what is kept of a match that was undone."""
    by, undone_by = match.by or "Clearbill", match.undone_by or "Clearbill"
    line = f"{money.show(match.amount)} of the line of {dates.show(match.line.on)}"
    undone = f", undone {dates.show(uk_day(match.undone_at))} by {undone_by}" if match.undone_at else ""
    return f"{line}, matched {dates.show(uk_day(match.at))} by {by}{undone}"
