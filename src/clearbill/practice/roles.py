"""Who stands on a claim: the Practitioner ID, the Payee and the insurer's identifier, each with the reason why.

Healthcode keeps its own registration for each provider and insurer, so every number may differ per insurer.
"""

from __future__ import annotations

from dataclasses import dataclass

from clearbill.bill import insurers
from clearbill.people.models import Practice
from clearbill.practice.models import InsurerSetting, Payee, PayeeRule, Practitioner, Site


@dataclass(frozen=True, slots=True)
class PractitionerChoice:
    """The Practitioner ID for one insurer and site; `number` is "" where none is entered."""

    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class PayeeChoice:
    """Who is paid, their number for this insurer ("" where none is entered), and one sentence on why."""

    payee: Payee | None
    number: str
    reason: str


def insurer_setting(practice: Practice, insurer_slug: str) -> InsurerSetting | None:
    """Return what the practice entered for this insurer, or None."""
    return InsurerSetting.objects.filter(practice=practice, insurer_slug=insurer_slug).first()


def insurer_id(practice: Practice, insurer_slug: str) -> str:
    """Return Healthcode's identifier of the insurer: the practice's own entry first, else the published one, or ""."""
    setting = insurer_setting(practice, insurer_slug)
    if setting and setting.healthcode_id:
        return setting.healthcode_id
    known = insurers.by_slug(insurer_slug)
    return known.healthcode_id if known else ""


def practitioner_number(practitioner: Practitioner, insurer_slug: str, site: Site | None) -> PractitionerChoice:
    """Return the number that fits best: insurer and site, then insurer, then site, then the one for everything."""
    best, best_rank = None, -1
    for number in practitioner.numbers.all():
        if number.insurer_slug not in {"", insurer_slug} or number.site_id not in {None, site.pk if site else None}:
            continue
        rank = (2 if number.insurer_slug else 0) + (1 if number.site_id else 0)
        if rank > best_rank:
            best, best_rank = number, rank
    if best is None:
        return PractitionerChoice("", f"{practitioner.name} has no provider number that applies here.")
    where = {
        0: "used for every insurer and site",
        1: "entered for this site",
        2: "entered for this insurer",
        3: "entered for this insurer at this site",
    }[best_rank]
    return PractitionerChoice(best.number, f"{practitioner.name}’s provider number, {where}.")


def controlling_specialist(
    practice: Practice, practitioner: Practitioner, insurer_slug: str, site: Site | None
) -> PractitionerChoice:
    """Return the Practitioner ID for the bill: the practice's override for this insurer, else the clinician's own."""
    setting = insurer_setting(practice, insurer_slug)
    if setting and setting.controlling_specialist_number:
        reason = "The practice set this Practitioner ID for every bill to this insurer."
        return PractitionerChoice(setting.controlling_specialist_number, reason)
    return practitioner_number(practitioner, insurer_slug, site)


def payee_for(practice: Practice, practitioner: Practitioner, insurer_slug: str) -> PayeeChoice:
    """Return who is paid. An exception for insurer and practitioner comes first, then one for the insurer, then the
    practitioner's own payee, then the practice's default."""
    rules = PayeeRule.objects.filter(practice=practice, insurer_slug=insurer_slug, payee__is_active=True)
    own = rules.filter(practitioner=practitioner).select_related("payee").first()
    for_all = rules.filter(practitioner=None).select_related("payee").first()
    default = Payee.objects.filter(practice=practice, is_default=True, is_active=True).first()
    known = insurers.by_slug(insurer_slug)
    name = known.name if known else insurer_slug
    if own:
        return _payee(own.payee, insurer_slug, f"by the exception for {practitioner.name} and {name}")
    if for_all:
        return _payee(for_all.payee, insurer_slug, f"by the exception for {name}")
    if practitioner.payee and practitioner.payee.is_active:
        return _payee(practitioner.payee, insurer_slug, f"because it is {practitioner.name}’s payee")
    if default:
        return _payee(default, insurer_slug, "because it is the practice’s default payee")
    return PayeeChoice(None, "", "The practice has no payee yet.")


def _payee(payee: Payee, insurer_slug: str, why: str) -> PayeeChoice:
    override = payee.numbers.filter(insurer_slug=insurer_slug).first()
    case = "in person (Case 1)" if payee.kind == Payee.PERSON else "as an organisation (Case 2)"
    return PayeeChoice(payee, override.number if override else payee.number, f"{payee.name} is paid {case}, {why}.")
