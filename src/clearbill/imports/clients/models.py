"""How a client is known in another practice system: what a newer export is compared with."""

from __future__ import annotations

from django.db import models

from clearbill.clients.models import Authorisation, Client, Policy
from clearbill.imports.models import FileImport
from clearbill.people.models import Owned


class ImportedClient(Owned):
    """A client as a file told of them last: the values, and the policy and authorisation that stand for theirs.

    `source` is the other system and `number` its own number of the client, "" where the file has none; `key` is by what
    the client is known again in a newer file.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    policy = models.ForeignKey(Policy, on_delete=models.SET_NULL, null=True, related_name="+")
    authorisation = models.ForeignKey(Authorisation, on_delete=models.SET_NULL, null=True, related_name="+")
    source = models.CharField(max_length=40, blank=True)
    number = models.CharField(max_length=60, blank=True)
    key = models.CharField(max_length=140)
    values = models.JSONField(default=dict)
    file = models.ForeignKey(FileImport, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "source", "key"], name="one_imported_client_per_key")
        ]
        verbose_name = "number in another system"
        verbose_name_plural = "numbers in other systems"

    def __str__(self) -> str:
        return self.key
