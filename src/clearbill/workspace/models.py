"""Tables of the settings: sites, practitioners, payees, services, code list, insurers, the connection."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from clearbill.bill import dates, money
from clearbill.bill.bill import DIAGNOSIS_SCHEMES, SETTINGS
from clearbill.people.models import Membership, Owned, User

# Most usual first.
SETTING_CHOICES = [(code, SETTINGS[code]) for code in ("O", "D", "I")]

REGISTRATION_BODIES = [("HCPC", "HCPC"), ("GMC", "GMC")]


class Site(Owned):
    """A place where clients are treated. `site_number` is its number at Healthcode."""

    name = models.CharField(max_length=120)
    site_number = models.CharField(max_length=32, blank=True)
    address_1 = models.CharField("address line 1", max_length=50, blank=True)
    address_2 = models.CharField("address line 2", max_length=50, blank=True)
    address_3 = models.CharField("address line 3", max_length=50, blank=True)
    address_4 = models.CharField("address line 4", max_length=50, blank=True)
    postcode = models.CharField(max_length=10, blank=True)
    is_default = models.BooleanField("default", default=False)
    is_active = models.BooleanField("active", default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["practice"], condition=Q(is_default=True), name="one_default_site")
        ]

    def __str__(self) -> str:
        return self.name


class Payee(Owned):
    """Who the insurer pays: the practitioner in person (Case 1) or the organisation (Case 2)."""

    PERSON, ORGANISATION = "person", "organisation"
    KINDS = [(PERSON, "An individual practitioner"), (ORGANISATION, "An organisation or clinic")]

    name = models.CharField(max_length=120)
    kind = models.CharField("who is paid", max_length=12, choices=KINDS)
    number = models.CharField("Healthcode ID", max_length=20, blank=True)
    is_default = models.BooleanField("default", default=False)
    is_active = models.BooleanField("active", default=True)

    class Meta:
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(fields=["practice"], condition=Q(is_default=True), name="one_default_payee")
        ]

    def __str__(self) -> str:
        return self.name


class PayeeNumber(models.Model):
    """The payee's own number for one insurer, where it differs from its Healthcode ID."""

    payee = models.ForeignKey(Payee, on_delete=models.CASCADE, related_name="numbers")
    insurer_slug = models.CharField("insurer", max_length=40)
    number = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["payee", "insurer_slug"], name="one_payee_number_per_insurer")]


class Practitioner(Owned):
    """A clinician of the practice, who may also sign in."""

    membership = models.OneToOneField(
        Membership, on_delete=models.SET_NULL, null=True, blank=True, related_name="practitioner"
    )
    name = models.CharField(max_length=120)
    profession = models.CharField(max_length=80, blank=True)
    registration_body = models.CharField(max_length=10, blank=True, choices=REGISTRATION_BODIES)
    registration_number = models.CharField(max_length=20, blank=True)
    site = models.ForeignKey(Site, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    payee = models.ForeignKey(
        Payee,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="practitioners",
        help_text="Whose payee this practitioner’s work is billed under; empty means the practice’s default.",
    )
    is_active = models.BooleanField("active", default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ProviderNumber(models.Model):
    """A practitioner's number at Healthcode: for every insurer and site, or for one of them only."""

    practitioner = models.ForeignKey(Practitioner, on_delete=models.CASCADE, related_name="numbers")
    number = models.CharField(max_length=32)
    insurer_slug = models.CharField("insurer", max_length=40, blank=True)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["insurer_slug", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["practitioner", "insurer_slug", "site"], name="one_number_per_scope"),
            models.UniqueConstraint(
                fields=["practitioner", "insurer_slug"], condition=Q(site=None), name="one_number_for_all_sites"
            ),
        ]


class PayeeException(Owned):
    """Who is paid by one insurer, for everyone or for one practitioner: an exception from the default payee."""

    insurer_slug = models.CharField("insurer", max_length=40)
    practitioner = models.ForeignKey(Practitioner, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    payee = models.ForeignKey(Payee, on_delete=models.CASCADE, related_name="rules")

    class Meta:
        db_table = "practice_payeerule"
        ordering = ["insurer_slug", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["practice", "insurer_slug", "practitioner"], name="one_payee_rule"),
            models.UniqueConstraint(
                fields=["practice", "insurer_slug"], condition=Q(practitioner=None), name="one_payee_rule_for_all"
            ),
        ]


class Service(Owned):
    """Something the practice does and bills. What it costs and its codes have dates: `rate_on` a day of treatment."""

    name = models.CharField(max_length=120)
    duration_minutes = models.PositiveSmallIntegerField("duration in minutes", default=30)
    setting = models.CharField(max_length=1, choices=SETTING_CHOICES, default="O")
    is_active = models.BooleanField("active", default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def rate_on(self, day: date) -> ServiceRate:
        """Return the price and the codes of a UK day of treatment. Of prefetched `rates` it asks no database."""
        return max(
            (rate for rate in self.rates.all() if rate.valid_from is None or rate.valid_from <= day),
            key=lambda rate: rate.valid_from or date.min,
        )


class ServiceRate(Owned):
    """What a service costs and the codes it is billed with, from one UK day until the day before the next begins.

    `isc` is the item code on the invoice and on the claim. The first of a service has no first day and counts from
    ever, so that each day has one. A rate that visits were invoiced by is not edited away: another follows it.
    """

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="rates")
    valid_from = models.DateField("first day", null=True, blank=True)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal("0.00"))
    isc = models.CharField("ISC", max_length=20, blank=True)
    procedure_code = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = [F("valid_from").asc(nulls_first=True)]
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=0), name="service_rate_not_negative"),
            models.UniqueConstraint(fields=["service", "valid_from"], name="one_service_rate_from_a_day"),
            models.UniqueConstraint(
                fields=["service"], condition=Q(valid_from=None), name="one_service_rate_from_ever"
            ),
        ]

    def __str__(self) -> str:
        since = f" from {dates.show(self.valid_from)}" if self.valid_from else ""
        return f"{self.service}: {money.show(self.price)}{since}"


class CancellationPolicy(Owned):
    """What the practice charges a client for a visit that they missed, or cancelled late. No insurer is ever charged.

    A charge is a share of the visit’s price in per cent, or a fixed sum in pounds before VAT; nothing where both are
    empty. Late is less than `late_hours` before the start. It holds for visits from `applies_from` on, until the day
    from which another one does.
    """

    missed_rate = models.DecimalField(
        "did not attend: share of the price", max_digits=5, decimal_places=2, null=True, blank=True
    )
    missed_sum = models.DecimalField("did not attend: fixed sum", max_digits=8, decimal_places=2, null=True, blank=True)
    late_rate = models.DecimalField(
        "cancelled late: share of the price", max_digits=5, decimal_places=2, null=True, blank=True
    )
    late_sum = models.DecimalField("cancelled late: fixed sum", max_digits=8, decimal_places=2, null=True, blank=True)
    late_hours = models.PositiveSmallIntegerField("late is less than so many hours before", default=24)
    missed_words = models.CharField("on the invoice: did not attend", max_length=100, default="Missed appointment")
    late_words = models.CharField("on the invoice: cancelled late", max_length=100, default="Late cancellation")
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal("0.00"))
    applies_from = models.DateField("for visits from")

    class Meta:
        ordering = ["applies_from"]
        constraints = [
            models.UniqueConstraint(fields=["practice", "applies_from"], name="one_cancellation_policy_from_a_day"),
            models.CheckConstraint(condition=Q(missed_rate=None) | Q(missed_sum=None), name="missed_is_rate_or_sum"),
            models.CheckConstraint(condition=Q(late_rate=None) | Q(late_sum=None), name="late_is_rate_or_sum"),
        ]
        verbose_name_plural = "missed visits"

    def __str__(self) -> str:
        return "Missed visits"


class CodeEntry(Owned):
    """One code of a list the practice has a licence for (ISC or procedure codes), loaded from its CSV file."""

    ISC, PROCEDURE = "isc", "procedure"
    KINDS = [(ISC, "ISC"), (PROCEDURE, "Procedure code")]

    kind = models.CharField(max_length=10, choices=KINDS)
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    price = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["kind", "code"]
        constraints = [models.UniqueConstraint(fields=["practice", "kind", "code"], name="one_entry_per_code")]


class InsurerSetting(Owned):
    """What the practice knows of one insurer beyond the published facts."""

    insurer_slug = models.CharField("insurer", max_length=40)
    healthcode_id = models.CharField("Healthcode’s identifier", max_length=3, blank=True)
    controlling_specialist_number = models.CharField(
        "practitioner ID for every bill to this insurer", max_length=32, blank=True
    )
    diagnosis_scheme = models.CharField(
        "diagnosis codes", max_length=5, default="ICD10", choices=list(DIAGNOSIS_SCHEMES.items())
    )
    is_billed = models.BooleanField("the practice bills this insurer", default=True)

    class Meta:
        ordering = ["insurer_slug"]
        constraints = [models.UniqueConstraint(fields=["practice", "insurer_slug"], name="one_setting_per_insurer")]
        verbose_name_plural = "insurers"


class HealthcodeConnection(Owned):
    """The practice's account at Healthcode. Secrets are kept encrypted and shown to nobody.

    `failures` counts those in a row; while `paused_until` lies ahead nothing is sent or asked. `served_at` is when a
    bill was last sent over it, so that every practice has its turn.
    """

    environment = models.CharField(max_length=4, choices=[("test", "Test"), ("live", "Live")])
    site_id = models.CharField("Site ID", max_length=7)
    user_id = models.CharField("User ID", max_length=60)
    api_key_encrypted = models.TextField()
    api_key_id = models.CharField("API Key Id", max_length=80, blank=True)
    rest_api_key_encrypted = models.TextField(blank=True)
    connected_at = models.DateTimeField()
    connected_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    tried_at = models.DateTimeField()
    refusal = models.CharField(max_length=300, blank=True)
    not_answering_since = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    paused_until = models.DateTimeField(null=True, blank=True)
    served_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice"], name="one_connection_per_practice")]
        verbose_name_plural = "Healthcode connection"
