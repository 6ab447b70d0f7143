"""The field that looks up a client while one types."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Model, Q, QuerySet

from clearbill.clients import queries
from clearbill.clients.merges import MergedAway, survivor_of
from clearbill.clients.models import Client
from clearbill.db.ids import parse_id
from clearbill.forms.fields import TextField
from clearbill.people.models import Practice


def client_for(practice: Practice, client_id: str) -> Client | None:
    """Return the practice's client with this id, or None for anything else."""
    found = parse_id(client_id)
    return Client.objects.filter(practice=practice, pk=found).first() if found else None


def standing_client_for(practice: Practice, client_id: str) -> Client | None:
    """Return the same, and for a record that was merged into another one the record that stands for the person."""
    found = client_for(practice, client_id)
    return survivor_of(found) if found else None


class ClientForm(forms.Form):
    """Asks for a client by words. The page's script fills in the id; without it the hits come back as radio buttons.

    `chosen` is the client found by id, `hits` are the clients to choose from, `more` how many others fit.
    """

    client = TextField(required=False, widget=forms.HiddenInput)
    client_words = TextField(label="Client", required=False, max_length=80)

    def __init__(self, *args: Any, practice: Practice, client: Client | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.practice = practice
        self.hits: list[Client] = []
        self.more = 0
        self.chosen = client_for(practice, self.data.get("client", "")) if self.is_bound else client
        self._merged: Client | None = None
        if self.is_bound and self.chosen and self.chosen.merged_into_id:
            self._merged, self.chosen = self.chosen, None

    def clean_client_words(self) -> str:
        words = str(self.cleaned_data.get("client_words", ""))
        if self._merged is not None:
            refusal = MergedAway(survivor_of(self._merged))
            self.hits = [refusal.survivor]
            raise forms.ValidationError(str(refusal))
        if self.chosen is None:
            found = queries.find_clients(self.practice, words)
            self.hits, self.more = found.rows, found.more
            if self.hits:
                raise forms.ValidationError("Choose one of the clients found.")
            raise forms.ValidationError(
                "No client fits these words." if words else "Type the client’s name, number or date of birth."
            )
        return words


def of_practice(rows: QuerySet[Any], practice: Practice, keep: Model | None = None) -> QuerySet[Any]:
    """Return the practice's rows in use, and `keep`, which may have gone out of use since it was chosen."""
    return rows.filter(Q(is_active=True) | Q(pk=keep.pk if keep else None), practice=practice)
