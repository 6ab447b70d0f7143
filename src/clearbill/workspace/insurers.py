"""The insurers as a practice bills them: its own settings beside what is public."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from clearbill.bill.insurers import Insurer
from clearbill.people.actor import Actor
from clearbill.people.models import Practice
from clearbill.workspace.models import InsurerSetting
from clearbill.workspace.settings import lock_practice, save_with_audit


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
