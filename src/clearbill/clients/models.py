"""Clients, their cover and their diagnoses."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from clearbill.bill.bill import SEXES
from clearbill.people.models import Owned


class Client(Owned):
    """A person treated by the practice. `number` is the practice's own, such as P-00042."""

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
    gp_name = models.CharField("GP", max_length=120, blank=True)
    notes = models.TextField(blank=True, max_length=4000)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["last_name", "first_name", "number"]
        constraints = [models.UniqueConstraint(fields=["practice", "number"], name="one_client_per_number")]
        indexes = [models.Index("practice", Lower("last_name"), Lower("first_name"), name="client_by_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name as it is said: title, first name, last name."""
        return " ".join(part for part in (self.title, self.first_name, self.last_name) if part)


class Cover(models.Model):
    """UK Private Health Insurance of one client.

    `excess_left` is what the client still has to pay of the policy's excess, pounds; None where nobody knows.
    """

    client = models.OneToOneField(Client, on_delete=models.CASCADE, related_name="cover")
    insurer_slug = models.CharField("Insurance Provider", max_length=40, db_index=True)
    membership_number = models.CharField(max_length=50)
    scheme = models.CharField(max_length=200, blank=True)
    group_number = models.CharField(max_length=50, blank=True)
    valid_to = models.DateField("cover valid to", null=True, blank=True)
    authorisation_code = models.CharField(max_length=50, blank=True)
    authorisation_from = models.DateField(null=True, blank=True)
    authorisation_to = models.DateField(null=True, blank=True)
    authorised_sessions = models.PositiveSmallIntegerField(null=True, blank=True)
    excess_left = models.DecimalField("excess still to pay", max_digits=8, decimal_places=2, null=True, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(membership_number=""), name="membership_number_given"),
            models.CheckConstraint(condition=Q(excess_left__gte=0), name="excess_is_not_negative"),
        ]


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
