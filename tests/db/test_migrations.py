"""What the models say and what the migrations make of the database are the same."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration() -> None:
    said = StringIO()
    try:
        call_command("makemigrations", "--check", "--dry-run", stdout=said)
    except SystemExit:
        pytest.fail(f"`make migrations` writes what is lacking:\n{said.getvalue()}")
    assert "No changes detected" in said.getvalue()
