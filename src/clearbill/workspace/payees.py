"""Writes about payees and exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from clearbill.bill import insurers
from clearbill.people.actor import Actor
from clearbill.people.models import Practice
from clearbill.workspace import defaults
from clearbill.workspace.models import Payee, PayeeException, PayeeNumber, Practitioner
from clearbill.workspace.provider_numbers import PayeeChoice, ProviderNumbers
from clearbill.workspace.settings import lock_practice


@dataclass(slots=True, kw_only=True)
class WhoIsPaid:
    """One practitioner and the insurers for which the same payee, with the same number, is paid for one reason."""

    practitioner: Practitioner
    choice: PayeeChoice
    insurers: list[str] = field(default_factory=list)
    is_usual: bool = False


def payees_by_practitioner(practice: Practice) -> list[WhoIsPaid]:
    """Return, for each practitioner, the usual payee first and then each insurer where it differs."""
    book = ProviderNumbers.of(practice)
    rows: list[WhoIsPaid] = []
    for practitioner in book.practitioners:
        groups: dict[tuple[object, str, str], WhoIsPaid] = {}
        for insurer in book.billed:
            choice = book.payee_for(practitioner, insurer.slug)
            key = (choice.payee.pk if choice.payee else None, choice.number, choice.reason)
            group = groups.setdefault(key, WhoIsPaid(practitioner=practitioner, choice=choice))
            group.insurers.append(insurer.name)
        ordered = sorted(groups.values(), key=lambda group: -len(group.insurers))
        for place, group in enumerate(ordered):
            group.is_usual = place == 0
        rows += ordered
    return rows


def save_payee(actor: Actor, *, payee: Payee, details: Mapping[str, Any], numbers: Mapping[str, str]) -> Payee:
    """Add or change a payee with its numbers per insurer. The first payee of a practice becomes its default."""
    with transaction.atomic():
        lock_practice(actor.practice)
        also = {"numbers": (_numbers(payee), dict(numbers))}
        defaults.save(actor, row=payee, details=details, also=also)
        _put_numbers(payee, numbers)
    return payee


def set_exception(
    actor: Actor, *, insurer_slug: str, practitioner: Practitioner | None, payee: Payee
) -> PayeeException:
    """Say who this insurer pays, for everyone or one practitioner. An earlier exception for the same is replaced."""
    with transaction.atomic():
        rule, _ = PayeeException.objects.update_or_create(
            practice=actor.practice, insurer_slug=insurer_slug, practitioner=practitioner, defaults={"payee": payee}
        )
        actor.audit(
            "set the payee exception", rule, label=_label(insurer_slug, practitioner), changes={"payee": payee.name}
        )
    return rule


def remove_exception(actor: Actor, *, rule: PayeeException) -> None:
    """Let the usual payee be paid again."""
    with transaction.atomic():
        actor.audit(
            "removed the payee exception",
            rule,
            label=_label(rule.insurer_slug, rule.practitioner),
            changes={"payee": [rule.payee.name, ""]},
        )
        rule.delete()


def _label(insurer_slug: str, practitioner: Practitioner | None) -> str:
    return f"{insurers.name_of(insurer_slug)}, {practitioner.name if practitioner else 'every practitioner'}"


def _numbers(payee: Payee) -> dict[str, str]:
    return dict(PayeeNumber.objects.filter(payee=payee).values_list("insurer_slug", "number"))


def _put_numbers(payee: Payee, numbers: Mapping[str, str]) -> None:
    PayeeNumber.objects.filter(payee=payee).delete()
    PayeeNumber.objects.bulk_create(
        PayeeNumber(payee=payee, insurer_slug=slug, number=number) for slug, number in numbers.items()
    )
