"""The insurers as a practice bills them: public facts with their sources, and the practice's own settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from clearbill.bill.insurers import Fact, Insurer, Numbers
from clearbill.people.actor import Actor
from clearbill.people.models import Practice
from clearbill.workspace.models import InsurerSetting
from clearbill.workspace.settings import lock_practice, save_with_audit

SURE = {"H": "Published", "M": "Published once, or old", "L": "Seen or assumed"}

_YES = {"yes": "Yes", "likely": "Probably", "no": "No", "required": "Required", "not required": "Not required"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One thing known of an insurer; `value` is “Not known” where nothing is."""

    name: str
    value: str
    sure: str = ""
    source: str = ""
    read_on: date | None = None

    @property
    def is_link(self) -> bool:
        return self.source.startswith("https://")


def settings_of(practice: Practice) -> dict[str, InsurerSetting]:
    """Return what the practice entered, by insurer slug."""
    return {row.insurer_slug: row for row in InsurerSetting.objects.filter(practice=practice)}


def setting_or_usual(practice: Practice, insurer: Insurer) -> InsurerSetting:
    """Return what the practice entered of one insurer, or an unsaved row with what holds while it entered nothing."""
    stored = InsurerSetting.objects.filter(practice=practice, insurer_slug=insurer.slug).first()
    return stored or InsurerSetting(practice=practice, insurer_slug=insurer.slug, is_billed=insurer.listed)


def is_billed(insurer: Insurer, setting: InsurerSetting | None) -> bool:
    """Return whether the practice bills this insurer: as it entered, else where the insurer takes electronic bills."""
    return setting.is_billed if setting else insurer.listed


def facts(insurer: Insurer) -> list[Known]:
    """Return everything known of one insurer, for its page."""
    within = insurer.bill_within_months
    rows = [
        _known("Healthcode’s identifier", insurer.identifier),
        *_forms("Membership number", insurer.membership),
        *_forms("Authorisation code", insurer.authorisation),
        _known("Bill within", within, f"{within.value} months of the treatment"),
        _known("Ask about payment", insurer.earliest_chase_days, f"after {insurer.earliest_chase_days.value} days"),
        _known("Diagnosis code", insurer.diagnosis),
        _known("Member list", insurer.member_enquiry),
        _known("Electronic remittances", insurer.remittances),
    ]
    if longest := insurer.invoice_number_longest:
        rows.append(_known("Invoice number", longest, f"{longest.value} characters at most"))
    if without := insurer.invoice_number_without:
        rows.append(_known("Invoice number", without, f"without “{without.value}”"))
    return rows


def _forms(name: str, numbers: Numbers) -> Iterator[Known]:
    if not numbers.formats:
        yield Known(name=name, value="Its form is not known, so it is not checked" if numbers.needed else "Not checked")
    for form in numbers.formats:
        yield Known(name=name, value=form.shape, sure=SURE[form.confidence], source=form.source, read_on=form.read_on)


def _known(name: str, fact: Fact[Any] | None, words: str = "") -> Known:
    if fact is None:
        return Known(name=name, value="Not known")
    value = words or _YES.get(str(fact.value), str(fact.value))
    return Known(name=name, value=value, sure=SURE[fact.confidence], source=fact.source, read_on=fact.read_on)


def save(actor: Actor, *, insurer: Insurer, details: Mapping[str, Any]) -> InsurerSetting:
    """Save what the practice knows of one insurer beyond the published facts."""
    with transaction.atomic():
        lock_practice(actor.practice)
        return save_with_audit(
            actor,
            row=setting_or_usual(actor.practice, insurer),
            details=details,
            added="changed the insurer",
            changed="changed the insurer",
            label=insurer.name,
        )
