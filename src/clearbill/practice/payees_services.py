"""Writes about payees, exceptions and sites."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from clearbill.bill import insurers
from clearbill.people import audit
from clearbill.people.models import Practice, User
from clearbill.practice.models import Payee, PayeeNumber, PayeeRule, Practitioner, Site


class CannotBeDefault(Exception):
    """An inactive payee or site was to become the default; the message says so."""


def save_payee(
    *,
    practice: Practice,
    by: User,
    now: datetime,
    payee: Payee | None,
    details: Mapping[str, Any],
    numbers: Mapping[str, str],
) -> Payee:
    """Add or change a payee with its numbers per insurer. The first payee of a practice becomes its default."""
    with transaction.atomic():
        if payee is None:
            is_first = not Payee.objects.filter(practice=practice, is_default=True).exists()
            payee = Payee.objects.create(practice=practice, is_default=is_first, **details)
            _put_numbers(payee, numbers)
            changes: dict[str, Any] = {**details, "numbers": dict(numbers)}
            audit.write(practice=practice, by=by, at=now, action="added the payee", subject=payee, changes=changes)
            return payee
        before, numbers_before = audit.snapshot(payee), _numbers(payee)
        for name, value in details.items():
            setattr(payee, name, value)
        payee.save()
        _put_numbers(payee, numbers)
        changes = dict(audit.difference(before, payee))
        if numbers_before != dict(numbers):
            changes["numbers"] = [numbers_before, dict(numbers)]
        if changes:
            audit.write(practice=practice, by=by, at=now, action="changed the payee", subject=payee, changes=changes)
    return payee


def save_site(*, practice: Practice, by: User, now: datetime, site: Site | None, details: Mapping[str, Any]) -> Site:
    """Add or change a site. The first site of a practice becomes its default."""
    with transaction.atomic():
        if site is None:
            is_first = not Site.objects.filter(practice=practice, is_default=True).exists()
            site = Site.objects.create(practice=practice, is_default=is_first, **details)
            audit.write(practice=practice, by=by, at=now, action="added the site", subject=site, changes=details)
            return site
        before = audit.snapshot(site)
        for name, value in details.items():
            setattr(site, name, value)
        site.save()
        if changes := audit.difference(before, site):
            audit.write(practice=practice, by=by, at=now, action="changed the site", subject=site, changes=changes)
    return site


def make_default(*, practice: Practice, by: User, now: datetime, row: Payee | Site) -> None:
    """Make this payee or site the practice's default. Raises CannotBeDefault for an inactive one."""
    with transaction.atomic():
        if not row.is_active:
            raise CannotBeDefault(f"{row} is not active. Activate it first, then make it the default.")
        noun = row._meta.verbose_name
        rows = type(row)._default_manager.filter(practice=practice)
        before = rows.filter(is_default=True).first()
        rows.filter(is_default=True).exclude(pk=row.pk).update(is_default=False)
        if rows.filter(pk=row.pk, is_default=False).update(is_default=True):
            changes = {"default": [str(before) if before else "", str(row)]}
            audit.write(
                practice=practice, by=by, at=now, action=f"made the {noun} the default", subject=row, changes=changes
            )


def put_active(*, practice: Practice, by: User, now: datetime, row: Payee | Site, is_active: bool) -> None:
    """Offer a payee or site, or no longer. One that is no longer active is not the default either."""
    with transaction.atomic():
        there = type(row)._default_manager.filter(practice=practice, pk=row.pk, is_active=not is_active)
        changes = {"is_active": is_active} if is_active else {"is_active": False, "is_default": False}
        if there.update(**changes):
            action = f"{'activated' if is_active else 'deactivated'} the {row._meta.verbose_name}"
            audit.write(practice=practice, by=by, at=now, action=action, subject=row)


def put_exception(
    *,
    practice: Practice,
    by: User,
    now: datetime,
    insurer_slug: str,
    practitioner: Practitioner | None,
    payee: Payee,
) -> PayeeRule:
    """Say who this insurer pays, for everyone or one practitioner. An earlier exception for the same is replaced."""
    with transaction.atomic():
        rule, _ = PayeeRule.objects.update_or_create(
            practice=practice, insurer_slug=insurer_slug, practitioner=practitioner, defaults={"payee": payee}
        )
        audit.write(
            practice=practice, by=by, at=now, action="set the payee exception", subject=rule,
            label=_label(insurer_slug, practitioner), changes={"payee": payee.name},
        )  # fmt: skip
    return rule


def remove_exception(*, practice: Practice, by: User, now: datetime, rule: PayeeRule) -> None:
    """Let the usual payee be paid again."""
    with transaction.atomic():
        audit.write(
            practice=practice, by=by, at=now, action="removed the payee exception", subject=rule,
            label=_label(rule.insurer_slug, rule.practitioner), changes={"payee": [rule.payee.name, ""]},
        )  # fmt: skip
        rule.delete()


def _label(insurer_slug: str, practitioner: Practitioner | None) -> str:
    known = insurers.by_slug(insurer_slug)
    return f"{known.name if known else insurer_slug}, {practitioner.name if practitioner else 'every practitioner'}"


def _numbers(payee: Payee) -> dict[str, str]:
    return dict(PayeeNumber.objects.filter(payee=payee).values_list("insurer_slug", "number"))


def _put_numbers(payee: Payee, numbers: Mapping[str, str]) -> None:
    PayeeNumber.objects.filter(payee=payee).delete()
    PayeeNumber.objects.bulk_create(
        PayeeNumber(payee=payee, insurer_slug=slug, number=number) for slug, number in numbers.items()
    )
