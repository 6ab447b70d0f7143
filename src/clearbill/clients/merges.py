"""Two records of one person that became one, and two that are no doubles: what is kept, and who writes is told."""

from __future__ import annotations

from uuid import UUID

from django.db import models
from django.db.models import Q

from clearbill.bill.problem import Refused
from clearbill.clients.models import Client
from clearbill.people.models import Owned, User


class ClientMerge(Owned):
    """One merge: `merged` went away into `survivor`. Taken apart, it is kept with who did it and when."""

    survivor = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    merged = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    merged_at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    taken_apart_at = models.DateTimeField(null=True, blank=True)
    taken_apart_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["-merged_at", "-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["merged"], condition=Q(taken_apart_at=None), name="merged_into_one_only")
        ]

    def __str__(self) -> str:
        return f"{self.merged.number} into {self.survivor.number}"


class MergeChange(models.Model):
    """One value that a merge changed: the field of a row, as it was before and as the merge left it.

    `model` is the label of its model, `row_id` its key as text.
    """

    merge = models.ForeignKey(ClientMerge, on_delete=models.CASCADE, related_name="changes")
    model = models.CharField(max_length=60)
    row_id = models.CharField(max_length=40)
    field = models.CharField(max_length=40)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        ordering = ["pk"]


class TwoPeople(Owned):
    """Two records that a person looked at and that are no doubles: `first` has the lower number."""

    first = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    said_at = models.DateTimeField()

    class Meta:
        ordering = ["-said_at", "-created_at"]
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="two_people_said_once")]

    def __str__(self) -> str:
        return f"{self.first.number} and {self.second.number}"


class MergedAway(Refused):
    """The record was merged into another one, `survivor`: nothing is added to it or changed any more."""

    def __init__(self, survivor: Client) -> None:
        super().__init__(
            f"This record was merged with another one of the same person: {survivor.name}, {survivor.number}. "
            "Use that one.",
            "client_words",
        )
        self.survivor = survivor


def survivor_of(client: Client) -> Client:
    """Return the record that stands for the person: the client itself, or the one it was merged into in the end."""
    while client.merged_into_id is not None:
        client = Client.objects.get(pk=client.merged_into_id)
    return client


def keys_of_person(client: Client) -> list[UUID]:
    """Return the key of the client, and of every record that was merged into it."""
    keys = found = [client.pk]
    while found := list(Client.objects.filter(merged_into__in=found).values_list("pk", flat=True)):
        keys = [*keys, *found]
    return keys


def hold(client: Client) -> Client:
    """Return the client as it is now, its row held until the transaction ends. Raises MergedAway."""
    row = Client.objects.select_for_update(no_key=True).get(pk=client.pk)
    if row.merged_into_id is not None:
        raise MergedAway(survivor_of(row))
    return row


def standing_merges(survivor: Client) -> models.QuerySet[ClientMerge]:
    """Return the merges into this client that were not taken apart, the latest first."""
    return ClientMerge.objects.filter(survivor=survivor, taken_apart_at=None).select_related("merged", "by")
