"""The same answers as `roles`, for every practitioner and insurer at once, from a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from clearbill.bill import insurers
from clearbill.people.models import Practice
from clearbill.practice.models import InsurerSetting, Payee, PayeeRule, Practitioner, Site
from clearbill.practice.roles import PayeeChoice, PractitionerChoice, practitioner_number


@dataclass(frozen=True, slots=True, kw_only=True)
class RolesBook:
    """Everything that decides who stands on a claim, read once."""

    practitioners: tuple[Practitioner, ...]
    settings: dict[str, InsurerSetting]
    rules: dict[tuple[str, UUID | None], Payee]
    payees: dict[UUID, Payee]
    default_payee: Payee | None
    default_site: Site | None

    @classmethod
    def of(cls, practice: Practice) -> RolesBook:
        """Read the practice's active practitioners, payees, exceptions and insurer settings."""
        payees = {row.pk: row for row in Payee.objects.filter(practice=practice).prefetch_related("numbers")}
        active = [payee for payee in payees.values() if payee.is_active]
        rules = PayeeRule.objects.filter(practice=practice, payee__is_active=True)
        return cls(
            practitioners=tuple(
                Practitioner.objects.filter(practice=practice, is_active=True)
                .select_related("site")
                .prefetch_related("numbers")
            ),
            settings={row.insurer_slug: row for row in InsurerSetting.objects.filter(practice=practice)},
            rules={(rule.insurer_slug, rule.practitioner_id): payees[rule.payee_id] for rule in rules},
            payees=payees,
            default_payee=next((payee for payee in active if payee.is_default), None),
            default_site=Site.objects.filter(practice=practice, is_default=True, is_active=True).first(),
        )

    @property
    def billed(self) -> list[insurers.Insurer]:
        """The insurers the practice bills: those that take electronic bills unless left out, and any put in."""
        chosen = []
        for insurer in insurers.all_insurers():
            setting = self.settings.get(insurer.slug)
            if setting.is_billed if setting else insurer.listed:
                chosen.append(insurer)
        return chosen

    def insurer_id(self, insurer: insurers.Insurer) -> str:
        """Return Healthcode's identifier: the practice's own entry first, else the published one, or ""."""
        setting = self.settings.get(insurer.slug)
        return (setting.healthcode_id if setting else "") or insurer.healthcode_id

    def controlling_specialist(self, practitioner: Practitioner, insurer_slug: str) -> PractitionerChoice:
        """Return the Practitioner ID for the practitioner's own site, as `roles.controlling_specialist` would."""
        setting = self.settings.get(insurer_slug)
        if setting and setting.controlling_specialist_number:
            return PractitionerChoice(
                setting.controlling_specialist_number,
                "The practice set this Practitioner ID for every bill to this insurer.",
            )
        return practitioner_number(practitioner, insurer_slug, practitioner.site or self.default_site)

    def payee_for(self, practitioner: Practitioner, insurer_slug: str) -> PayeeChoice:
        """Return who is paid, as `roles.payee_for` would."""
        known = insurers.by_slug(insurer_slug)
        name = known.name if known else insurer_slug
        own = self.payees.get(practitioner.payee_id) if practitioner.payee_id else None
        found = [
            (self.rules.get((insurer_slug, practitioner.pk)), f"by the exception for {practitioner.name} and {name}"),
            (self.rules.get((insurer_slug, None)), f"by the exception for {name}"),
            (own if own and own.is_active else None, f"because it is {practitioner.name}’s payee"),
            (self.default_payee, "because it is the practice’s default payee"),
        ]
        for payee, why in found:
            if payee:
                own_numbers = {row.insurer_slug: row.number for row in payee.numbers.all()}
                number = own_numbers.get(insurer_slug, payee.number)
                case = "in person (Case 1)" if payee.kind == Payee.PERSON else "as an organisation (Case 2)"
                return PayeeChoice(payee, number, f"{payee.name} is paid {case}, {why}.")
        return PayeeChoice(None, "", "The practice has no payee yet.")
