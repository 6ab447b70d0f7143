"""How an appointment is known in another practice system: what a newer export is compared with."""

from __future__ import annotations

from django.db import models

from clearbill.appointments.models import Appointment
from clearbill.imports.models import FileImport
from clearbill.people.models import Owned


class ImportedAppointment(Owned):
    """An appointment as a file told of it last. `source` and `key` are the other system and how it is known there."""

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=40, blank=True)
    key = models.CharField(max_length=140)
    values = models.JSONField(default=dict)
    file = models.ForeignKey(FileImport, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "source", "key"], name="one_imported_appointment_per_key")
        ]
        verbose_name = "appointment in another system"
        verbose_name_plural = "appointments in other systems"

    def __str__(self) -> str:
        return self.key
