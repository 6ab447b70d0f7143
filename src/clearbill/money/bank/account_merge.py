"""Two bank accounts that are one: the lines of the first go to the second, each line once; and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from clearbill.bill.problem import Refused
from clearbill.bill.text import plural
from clearbill.money.bank import auto_match
from clearbill.money.bank.models import Account, BankLine
from clearbill.people.actor import Actor

NOT_ONE = "Choose two accounts that are not merged with another one yet."

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What a merge would do: how many lines move, and how many are in both accounts and stand once afterwards.

    `refused` is the sentence on why it cannot be done, "" where it can.
    """

    moving: int
    in_both: int
    refused: str = ""


def preview(*, merged: Account, survivor: Account) -> MergePreview:
    """Return what merging the first account into the second would do."""
    standing, both = _standing(merged), _in_both(merged, survivor)
    doubles = both.count()
    return MergePreview(standing.count() - doubles, doubles, _why_not(merged, survivor, both))


def merge(actor: Actor, *, merged: Account, survivor: Account) -> MergePreview:
    """Give the lines of the first account to the second, which stands for both; matches stay with their lines.

    A line that is in both is taken out of the first, so that it stands once. Raises Refused.
    """
    with transaction.atomic():
        auto_match.lock_practice(actor.practice)
        rows = Account.objects.select_for_update().filter(practice=actor.practice).in_bulk([merged.pk, survivor.pk])
        merged, survivor = rows[merged.pk], rows[survivor.pk]
        found = preview(merged=merged, survivor=survivor)
        if found.refused:
            raise Refused(found.refused)
        both = list(_in_both(merged, survivor).values_list("pk", flat=True))
        for several in _parts(both):
            BankLine.objects.filter(pk__in=several).update(state=BankLine.OUT)
        moving = _standing(merged)
        for column in ("csv_id", "ofx_id"):
            # A bank may count its lines anew for each statement: there the number names no line.
            taken = BankLine.objects.filter(account=survivor).exclude(**{column: ""}).values(column)
            moving.filter(**{f"{column}__in": taken}).update(**{column: ""})
        moving.update(account=survivor)
        merged.merged_into = survivor
        merged.save(update_fields=["merged_into"])
        said = {"into": survivor.name, "lines": found.moving, "in both": found.in_both}
        actor.audit("merged a bank account into another", merged, changes=said)
    return found


def take_apart(actor: Actor, *, merged: Account) -> Account:
    """Give an account back what came with its own statements, as it was before the merge. Raises Refused."""
    with transaction.atomic():
        auto_match.lock_practice(actor.practice)
        row = Account.objects.select_for_update().get(practice=actor.practice, pk=merged.pk)
        survivor = row.merged_into
        if survivor is None:
            raise Refused("This account is not merged with another one.")
        BankLine.objects.filter(account=survivor, file__account=row).update(account=row)
        out = BankLine.objects.filter(account=row, state=BankLine.OUT, file__taken_at__isnull=False)
        out.filter(aside_at=None).update(state=BankLine.NEW)
        out.filter(aside_at__isnull=False).update(state=BankLine.ASIDE)
        row.merged_into = None
        row.save(update_fields=["merged_into"])
        actor.audit("took a merge of bank accounts apart", row, changes={"from": survivor.name})
    return row


def refuse_if_merged(account: Account) -> None:
    """Raise Refused where an account is one side of a merge: its statements are not taken out meanwhile."""
    if account.merged_into_id or account.merged.exists():
        raise Refused("Its account is merged with another one. Take the merge apart first, under Bank, Accounts.")


def _why_not(merged: Account, survivor: Account, both: QuerySet[BankLine]) -> str:
    if merged == survivor or merged.merged_into_id or survivor.merged_into_id or merged.merged.exists():
        return NOT_ONE
    if merged.last_digits and survivor.last_digits and merged.last_digits != survivor.last_digits:
        return (
            f"These are two accounts: the number of “{merged.name}” ends in {merged.last_digits}, "
            f"that of “{survivor.name}” in {survivor.last_digits}."
        )
    if matched := both.exclude(matched=0).count():
        lines, are = plural(matched, "line"), plural(matched, "is", "are")
        return (
            f"{matched} {lines} of “{merged.name}” {are} in “{survivor.name}” too and matched here. "
            "Undo these matches first, or merge the other way round."
        )
    out = _of_the_same_fact(survivor, BankLine.objects.filter(state=BankLine.OUT))
    if _standing(merged).filter(Exists(out)).exists():
        return f"A statement of “{survivor.name}” with the same lines was taken out. Take it in again first."
    return ""


def _standing(account: Account) -> QuerySet[BankLine]:
    return BankLine.objects.filter(account=account).exclude(state=BankLine.OUT)


def _in_both(merged: Account, survivor: Account) -> QuerySet[BankLine]:
    """Return the lines of the first account that the second has too: the same day, amount and text."""
    there = _of_the_same_fact(survivor, BankLine.objects.filter(~Q(state=BankLine.OUT)))
    return _standing(merged).filter(Exists(there))


def _of_the_same_fact(account: Account, rows: QuerySet[BankLine]) -> QuerySet[BankLine]:
    return rows.filter(account=account, fact=OuterRef("fact"), ordinal=OuterRef("ordinal"))


def _parts(keys: Sequence[UUID]) -> list[Sequence[UUID]]:
    return [keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE)]
