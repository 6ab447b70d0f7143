"""Clients, their policies with what insurers authorised, and their diagnoses."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from clearbill.bill import insurers
from clearbill.bill.address import countries
from clearbill.bill.bill import SEXES
from clearbill.people.models import Owned


class Client(Owned):
    """A person treated by the practice. `number` is the practice's own, such as P-00042.

    `merged_into` is the other record of the same person, where this one went away: it is kept, and leads there.
    """

    number = models.CharField(max_length=20)
    title = models.CharField(max_length=20, blank=True)
    first_name = models.CharField(max_length=50)
    other_names = models.CharField(max_length=50, blank=True)
    last_name = models.CharField(max_length=50)
    birth_date = models.DateField(null=True, blank=True)
    sex = models.CharField(max_length=1, choices=list(SEXES.items()), blank=True)
    email = models.EmailField("e-mail", blank=True)
    phone = models.CharField(max_length=40, blank=True)
    address_1 = models.CharField("address line 1", max_length=50, blank=True)
    address_2 = models.CharField("address line 2", max_length=50, blank=True)
    address_3 = models.CharField("address line 3", max_length=50, blank=True)
    address_4 = models.CharField("address line 4", max_length=50, blank=True)
    postcode = models.CharField(max_length=10, blank=True)
    country = models.CharField(max_length=2, default=countries.UK, choices=countries.choices)
    gp_name = models.CharField("GP", max_length=120, blank=True)
    notes = models.TextField(blank=True, max_length=4000)
    archived_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["last_name", "first_name", "number"]
        constraints = [models.UniqueConstraint(fields=["practice", "number"], name="one_client_per_number")]
        indexes = [
            models.Index("practice", Lower("last_name"), Lower("first_name"), name="client_by_name"),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="client_merged_into"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> list[str]:
        """The address line by line, with the postcode, and with the country where it is not the UK."""
        lines = [line for line in (self.address_1, self.address_2, self.address_3, self.address_4) if line]
        is_said = not lines or countries.is_said(lines[-1], self.country)
        abroad = "" if is_said else countries.abroad(self.country)
        return [line for line in (*lines, self.postcode, abroad) if line]

    @property
    def name(self) -> str:
        """The name as it is said: title, first name, last name."""
        return " ".join(part for part in (self.title, self.first_name, self.last_name) if part)


class PolicyRows(models.QuerySet["Policy"]):
    """Policies of clients."""

    def valid_on(self, day: date) -> PolicyRows:
        """Return those that are valid on this UK day; what was entered in error never is."""
        begun = Q(valid_from=None) | Q(valid_from__lte=day)
        return self.filter(begun, Q(valid_to=None) | Q(valid_to__gte=day), entered_in_error=False)


class Policy(models.Model):
    """UK Private Health Insurance of one client, over certain days. Ended ones are kept.

    `valid_from` None is a policy whose first day nobody knows, `valid_to` None one that goes on; both days belong to
    it. `holder_name` "" is the client. `excess_left` is what the client still has to pay of the excess in the policy
    year that began on `policy_year_from`, pounds; None where nobody knows. Of two that are valid on one day, the
    primary one is billed.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="policies")
    insurer_slug = models.CharField("Insurance Provider", max_length=40, db_index=True)
    membership_number = models.CharField(max_length=50)
    valid_from = models.DateField("cover valid from", null=True, blank=True)
    valid_to = models.DateField("cover valid to", null=True, blank=True)
    holder_name = models.CharField("policy holder", max_length=100, blank=True)
    holder_relation = models.CharField("the client is the holder’s", max_length=40, blank=True)
    scheme = models.CharField(max_length=200, blank=True)
    group_number = models.CharField(max_length=50, blank=True)
    is_primary = models.BooleanField("primary policy", default=True)
    excess = models.DecimalField("excess per policy year", max_digits=8, decimal_places=2, null=True, blank=True)
    excess_left = models.DecimalField("excess still to pay", max_digits=8, decimal_places=2, null=True, blank=True)
    policy_year_from = models.DateField("policy year began on", null=True, blank=True)
    entered_in_error = models.BooleanField("entered by mistake", default=False)
    changed_at = models.DateTimeField(auto_now=True)

    objects = PolicyRows.as_manager()

    class Meta:
        db_table = "clients_cover"
        ordering = [F("valid_to").desc(nulls_first=True), F("valid_from").desc(nulls_last=True), "pk"]
        verbose_name = "insurance policy"
        verbose_name_plural = "insurance policies"
        constraints = [
            models.CheckConstraint(condition=~Q(membership_number=""), name="membership_number_given"),
            models.CheckConstraint(condition=Q(excess_left__gte=0), name="excess_is_not_negative"),
            models.CheckConstraint(condition=Q(excess__gte=0), name="yearly_excess_is_not_negative"),
            models.CheckConstraint(condition=Q(valid_to__gte=F("valid_from")), name="policy_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{insurers.name_of(self.insurer_slug)} {self.membership_number}"

    def is_valid_on(self, day: date) -> bool:
        """Return whether the policy is valid on this UK day; what was entered in error never is."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or day <= self.valid_to) and not self.entered_in_error


class PolicyYear(models.Model):
    """A policy year that is over, or before the one that the policy itself tells of: its excess, and what was left.

    Pounds; None where nobody knew.
    """

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="years")
    begins = models.DateField("policy year began on")
    excess = models.DecimalField("excess per policy year", max_digits=8, decimal_places=2, null=True)
    excess_left = models.DecimalField("excess still to pay", max_digits=8, decimal_places=2, null=True)

    class Meta:
        ordering = ["-begins"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "begins"], name="one_row_per_policy_year"),
            models.CheckConstraint(condition=Q(excess_left__gte=0), name="year_excess_left_is_not_negative"),
        ]


class Authorisation(models.Model):
    """What an insurer allowed under a policy: so many sessions or pounds, between two days, for some treatment.

    What is empty is not limited. `codes` are item codes with a comma between; where given, other services are not
    covered by it.
    """

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="authorisations")
    code = models.CharField("Authorisation Code", max_length=50, blank=True)
    valid_from = models.DateField("authorised from", null=True, blank=True)
    valid_to = models.DateField("authorised to", null=True, blank=True)
    sessions = models.PositiveSmallIntegerField("authorised sessions", null=True, blank=True)
    amount = models.DecimalField("authorised amount", max_digits=8, decimal_places=2, null=True, blank=True)
    body_area = models.CharField(max_length=100, blank=True)
    codes = models.CharField("item codes", max_length=200, blank=True)
    contact = models.CharField("contact at the insurer", max_length=120, blank=True)
    note = models.CharField(max_length=500, blank=True)
    entered_in_error = models.BooleanField("entered by mistake", default=False)

    class Meta:
        ordering = [F("valid_from").asc(nulls_first=True), "pk"]
        constraints = [models.CheckConstraint(condition=Q(amount__gte=0), name="authorised_amount_is_not_negative")]

    def __str__(self) -> str:
        return self.code or "Authorisation without a code"

    def covers(self, day: date, item_code: str = "") -> bool:
        """Return whether a service of this code on this UK day falls under it, however many went before."""
        return self.is_valid_on(day) and (not self.codes or item_code in self.codes_listed)

    def is_valid_on(self, day: date) -> bool:
        """Return whether this UK day lies within it; what was entered in error never is."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or day <= self.valid_to) and not self.entered_in_error

    @property
    def codes_listed(self) -> list[str]:
        return [code.strip() for code in self.codes.split(",") if code.strip()]


class ClientDiagnosis(models.Model):
    """One diagnosis code of a client; the first is the primary one."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="diagnoses")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=10)
    scheme = models.CharField(max_length=5, default="ICD10")
    title = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["client", "scheme", "code"], name="one_diagnosis_per_code")]
