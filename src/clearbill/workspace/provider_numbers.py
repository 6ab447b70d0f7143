"""Which Practitioner ID, payee and insurer identifier go on a claim, each with the reason.

Healthcode keeps its own registration for each provider and insurer, so every number may differ per insurer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from clearbill.bill import insurers
from clearbill.people.models import Practice
from clearbill.workspace.insurers import is_billed, settings_of
from clearbill.workspace.models import InsurerSetting, Payee, PayeeException, Practitioner, Site


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


USUAL_SITE = "Where the practitioner usually works"


def insurer_setting(practice: Practice, insurer_slug: str) -> InsurerSetting | None:
    """Return what the practice entered for this insurer, or None."""
    return InsurerSetting.objects.filter(practice=practice, insurer_slug=insurer_slug).first()


def usual_site(practitioner: Practitioner) -> Site | None:
    """Return where this person usually works: their own site, else the practice's default one; active ones only."""
    own = practitioner.site
    return own if own is not None and own.is_active else default_site(practitioner.practice_id)


def usual_sites(practice: Practice) -> dict[str, str]:
    """Return the name of the usual site of each active practitioner who has one, by the practitioner's id."""
    people = Practitioner.objects.filter(practice=practice, is_active=True).select_related("site")
    default = default_site(practice.pk)
    found = {one.pk: one.site if one.site and one.site.is_active else default for one in people}
    return {str(pk): site.name for pk, site in found.items() if site}


def default_site(practice_id: UUID) -> Site | None:
    """Return the practice's default site while it is active, or None."""
    return Site.objects.filter(practice=practice_id, is_default=True, is_active=True).first()


def insurer_id(practice: Practice, insurer_slug: str) -> str:
    """Return Healthcode's identifier of the insurer: the practice's own entry first, else the published one, or ""."""
    return chosen_insurer_id(insurer_setting(practice, insurer_slug), insurers.by_slug(insurer_slug))


def chosen_insurer_id(setting: InsurerSetting | None, known: insurers.Insurer | None) -> str:
    """Return what `insurer_id` does, from the practice's setting and the insurer."""
    return (setting.healthcode_id if setting else "") or (known.healthcode_id if known else "")


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
    return chosen_specialist(insurer_setting(practice, insurer_slug), practitioner, insurer_slug, site)


def chosen_specialist(
    setting: InsurerSetting | None, practitioner: Practitioner, insurer_slug: str, site: Site | None
) -> PractitionerChoice:
    """Return what `controlling_specialist` does, from the practice's setting for the insurer."""
    if setting and setting.controlling_specialist_number:
        reason = "The practice set this Practitioner ID for every bill to this insurer."
        return PractitionerChoice(setting.controlling_specialist_number, reason)
    return practitioner_number(practitioner, insurer_slug, site)


def payee_for(practice: Practice, practitioner: Practitioner, insurer_slug: str) -> PayeeChoice:
    """Return who is paid. An exception for insurer and practitioner comes first, then one for the insurer, then the
    practitioner's own payee, then the practice's default. Payees no longer active are passed over."""
    rules = PayeeException.objects.filter(practice=practice, insurer_slug=insurer_slug).select_related("payee")
    exceptions = {(rule.insurer_slug, rule.practitioner_id): rule.payee for rule in rules}
    default = Payee.objects.filter(practice=practice, is_default=True).first()
    return chosen_payee(practitioner, insurer_slug, exceptions=exceptions, own=practitioner.payee, default=default)


def chosen_payee(
    practitioner: Practitioner,
    insurer_slug: str,
    *,
    exceptions: Mapping[tuple[str, UUID | None], Payee],
    own: Payee | None,
    default: Payee | None,
) -> PayeeChoice:
    """Return what `payee_for` does, from what was read: `exceptions` by insurer slug and practitioner's id or None."""
    name = insurers.name_of(insurer_slug)
    for payee, why in (
        (exceptions.get((insurer_slug, practitioner.pk)), f"by the exception for {practitioner.name} and {name}"),
        (exceptions.get((insurer_slug, None)), f"by the exception for {name}"),
        (own, f"because it is {practitioner.name}’s payee"),
        (default, "because it is the practice’s default payee"),
    ):
        if payee and payee.is_active:
            number = next((row.number for row in payee.numbers.all() if row.insurer_slug == insurer_slug), payee.number)
            case = "in person (Case 1)" if payee.kind == Payee.PERSON else "as an organisation (Case 2)"
            return PayeeChoice(payee, number, f"{payee.name} is paid {case}, {why}.")
    return PayeeChoice(None, "", "The practice has no payee yet.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderNumbers:
    """Everything that decides who stands on a claim, read once."""

    practitioners: tuple[Practitioner, ...]
    settings: dict[str, InsurerSetting]
    rules: dict[tuple[str, UUID | None], Payee]
    payees: dict[UUID, Payee]
    default_payee: Payee | None
    sites: tuple[Site, ...]

    @classmethod
    def of(cls, practice: Practice) -> ProviderNumbers:
        """Read the practice's active practitioners, payees, exceptions and insurer settings."""
        payees = {row.pk: row for row in Payee.objects.filter(practice=practice).prefetch_related("numbers")}
        rules = PayeeException.objects.filter(practice=practice)
        return cls(
            practitioners=tuple(
                Practitioner.objects.filter(practice=practice, is_active=True)
                .select_related("site")
                .prefetch_related("numbers")
            ),
            settings=settings_of(practice),
            rules={(rule.insurer_slug, rule.practitioner_id): payees[rule.payee_id] for rule in rules},
            payees=payees,
            default_payee=next((payee for payee in payees.values() if payee.is_default), None),
            sites=tuple(Site.objects.filter(practice=practice)),
        )

    @property
    def billed(self) -> list[insurers.Insurer]:
        """The insurers the practice bills: those that take electronic bills unless left out, and any put in."""
        return [one for one in insurers.all_insurers() if is_billed(one, self.settings.get(one.slug))]

    def insurer_id(self, insurer: insurers.Insurer) -> str:
        """Return Healthcode's identifier of the insurer, or ""."""
        return chosen_insurer_id(self.settings.get(insurer.slug), insurer)

    def usual_site(self, practitioner: Practitioner) -> Site | None:
        """Return where the practitioner treats: at a site of his or her own, else at the practice's default."""
        default = next((site for site in self.sites if site.is_default and site.is_active), None)
        return practitioner.site or default

    def controlling_specialist(
        self, practitioner: Practitioner, insurer_slug: str, site: Site | None = None
    ) -> PractitionerChoice:
        """Return the Practitioner ID for the site; without one, for that at which the practitioner usually treats."""
        at = site or self.usual_site(practitioner)
        return chosen_specialist(self.settings.get(insurer_slug), practitioner, insurer_slug, at)

    def payee_for(self, practitioner: Practitioner, insurer_slug: str) -> PayeeChoice:
        """Return who is paid."""
        own = self.payees.get(practitioner.payee_id) if practitioner.payee_id else None
        return chosen_payee(practitioner, insurer_slug, exceptions=self.rules, own=own, default=self.default_payee)
