"""What `roles` decides, for every practitioner and insurer at once, from a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from clearbill.bill import insurers
from clearbill.people.models import Practice
from clearbill.practice import roles
from clearbill.practice.insurers_queries import is_billed, settings_of
from clearbill.practice.models import InsurerSetting, Payee, PayeeRule, Practitioner, Site
from clearbill.practice.roles import PayeeChoice, PractitionerChoice


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
        rules = PayeeRule.objects.filter(practice=practice)
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
            default_site=Site.objects.filter(practice=practice, is_default=True, is_active=True).first(),
        )

    @property
    def billed(self) -> list[insurers.Insurer]:
        """The insurers the practice bills: those that take electronic bills unless left out, and any put in."""
        return [one for one in insurers.all_insurers() if is_billed(one, self.settings.get(one.slug))]

    def insurer_id(self, insurer: insurers.Insurer) -> str:
        """Return Healthcode's identifier of the insurer, or ""."""
        return roles.chosen_insurer_id(self.settings.get(insurer.slug), insurer)

    def controlling_specialist(self, practitioner: Practitioner, insurer_slug: str) -> PractitionerChoice:
        """Return the Practitioner ID for the practitioner's own site."""
        site = practitioner.site or self.default_site
        return roles.chosen_specialist(self.settings.get(insurer_slug), practitioner, insurer_slug, site)

    def payee_for(self, practitioner: Practitioner, insurer_slug: str) -> PayeeChoice:
        """Return who is paid."""
        own = self.payees.get(practitioner.payee_id) if practitioner.payee_id else None
        return roles.chosen_payee(
            practitioner, insurer_slug, exceptions=self.rules, own=own, default=self.default_payee
        )
