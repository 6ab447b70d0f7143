"""The table of contract prices: insurer, code, kind of visit, pounds, first and last day."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from clearbill.bill import dates, insurers
from clearbill.db.fields import pounds
from clearbill.people.models import Owned


class ContractPrice(Owned):
    """What one insurer has agreed to pay for one unit of a service treated from one day to another, without VAT.

    `code` is the item code or procedure code on the invoice's line; `valid_to` is the last day, None while no end is
    agreed. Prices of one code never overlap: the service sees to it, with the practice held. A price that claims are
    measured by is never edited away: another follows it, or it is withdrawn with a reason and kept.
    """

    FIRST, FOLLOW_UP = "first", "follow-up"
    VISITS = [("", "Neither"), (FIRST, "First visit"), (FOLLOW_UP, "Follow-up visit")]

    insurer_slug = models.CharField("insurer", max_length=40)
    code = models.CharField(max_length=20)
    description = models.CharField(max_length=200, blank=True)
    visit = models.CharField("kind of visit", max_length=9, choices=VISITS, blank=True)
    amount = pounds("price")
    valid_from = models.DateField("first day")
    valid_to = models.DateField("last day", null=True, blank=True)
    note = models.CharField("where it is written", max_length=200, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.CharField(max_length=300, blank=True)

    class Meta:
        app_label = "expected"
        ordering = ["insurer_slug", "code", "-valid_from"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="contract_price_is_something"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="contract_price_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["practice", "insurer_slug", "code", "valid_from"],
                condition=Q(withdrawn_at=None),
                name="one_contract_price_from_a_day",
            ),
            models.UniqueConstraint(
                fields=["practice", "insurer_slug", "code"],
                condition=Q(withdrawn_at=None, valid_to=None),
                name="one_contract_price_without_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} with {insurers.name_of(self.insurer_slug)} from {dates.show(self.valid_from)}"
