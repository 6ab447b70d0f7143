"""Appointments: one client, one practitioner, a start and a length in minutes; times in UTC."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from clearbill.clients.models import Client
from clearbill.people.models import Owned
from clearbill.workspace.models import Practitioner, Service, Site


class Appointment(Owned):
    """A client's time with a practitioner. Times are UTC, shown in UK time.

    `cancelled_at` is None on one that is not cancelled, or was before this was kept. `not_charged_because` is why
    somebody decided not to charge the client for a missed or late-cancelled visit, "" where nobody did. One that
    `is_billed_elsewhere` came with a file and was invoiced in another system: it is never invoiced here.
    """

    BOOKED, COMPLETED, CANCELLED, MISSED = "booked", "completed", "cancelled", "missed"
    STATES = [(BOOKED, "Booked"), (COMPLETED, "Completed"), (CANCELLED, "Cancelled"), (MISSED, "Did not attend")]

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="appointments")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="appointments")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField("starts", db_index=True)
    ends_at = models.DateTimeField("ends")
    state = models.CharField(max_length=10, choices=STATES, default=BOOKED)
    note = models.CharField(max_length=500, blank=True)
    cancelled_at = models.DateTimeField("cancelled", null=True, blank=True, editable=False)
    not_charged_because = models.CharField(max_length=200, blank=True)
    is_billed_elsewhere = models.BooleanField("invoiced in another system", default=False, editable=False)

    class Meta:
        ordering = ["starts_at"]
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="appointment_ends_later")]
        indexes = [models.Index(fields=["practice", "starts_at"], name="appointment_by_day")]
