"""Clients who were imported before are found by their numbers in the other system."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from clearbill.clients.models import Client
from clearbill.clients.search.search_index import search
from clearbill.imports.clients.models import ImportedClient
from tests import builders

BEFORE = [("imports", "0001_initial")]

KEYS = {"CL-17": "CL-17", "18#4": "18", "sample/testa/1985-04-12": "", "sample/testa/#2": "", "a/19": "a/19"}
"""Keys of before, each with the other system's number in it."""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_key_that_is_a_number_is_one_and_is_found() -> None:
    try:
        MigrationExecutor(connection).migrate(BEFORE)
        then = MigrationExecutor(connection).loader.project_state(BEFORE).apps
        practice = builders.practice()
        file = then.get_model("imports", "FileImport").objects.create(
            practice_id=practice.pk, kind="clients", name="clients.csv", brought_at=builders.NOW
        )
        for place, key in enumerate(KEYS):
            named = {"number": f"P-0000{place}", "first_name": "Testa", "last_name": "Sample"}
            client = then.get_model("clients", "Client").objects.create(practice_id=practice.pk, **named)
            then.get_model("imports", "ImportedClient").objects.create(
                practice_id=practice.pk, client_id=client.pk, key=key, file_id=file.pk
            )
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
    assert dict(ImportedClient.objects.values_list("key", "number")) == KEYS
    assert Client.objects.filter(search(practice, "CL-17")).count() == 1
