"""Every test run has a data folder of its own: nothing of a person's installation is ever touched.

Set here and not in pyproject.toml, where the settings would be read before the folder is chosen.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import django
import hypothesis
import pytest
import time_machine
from django.conf import settings

from clearbill.config import static_files
from tests import migrated, moment

moment.travel()
_FOLDER = tempfile.mkdtemp(prefix="clearbill-tests-")
os.environ["CLEARBILL_DATA"] = _FOLDER
os.environ["DJANGO_SETTINGS_MODULE"] = "clearbill.config.settings"
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)
django.setup()
static_files.collect()
# Real password hashes are slow on purpose; the tests make thousands of users.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# The same examples every time, so that a run says the same twice; `HYPOTHESIS_PROFILE=wide` looks further.
# Nothing is timed: a busy machine is no fault.
hypothesis.settings.register_profile(
    "steady", derandomize=True, database=None, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile("wide", max_examples=1000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """Fill the tests’ database in memory from one that is migrated already; it lives as long as a connection does."""
    from django.db import connection

    if connection.vendor != "sqlite":
        yield
        return
    name = connection.creation._get_test_db_name()
    assert "mode=memory" in name
    with closing(sqlite3.connect(name, uri=True)) as memory:
        with closing(sqlite3.connect(migrated.file())) as kept:
            kept.backup(memory)
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Take off what keeps the audit trail: tests that are not rolled back empty every table when they end."""
    from django.db import connection

    from clearbill.people.audit import append_only

    with django_db_blocker.unblock():
        append_only.drop(connection)


@pytest.fixture(scope="session", autouse=True)
def _what_is_written_to_the_audit_trail_can_be_told() -> Iterator[None]:
    """Whatever a test lets a service write, its page has words for: a name for the kind, and for every id."""
    from django.db.models import ForeignKey

    from clearbill.people import audit
    from clearbill.people.audit import labels as audit_labels
    from clearbill.people.audit import row_names as audit_names
    from clearbill.people.models import AuditEntry

    write = audit.write

    def is_reference(kind: str, field: str) -> bool:
        fields = {one.name: one for one in audit_names.model_of(kind)._meta.get_fields()}
        return isinstance(fields.get(field), ForeignKey)

    def watched(**given: Any) -> AuditEntry:
        entry = write(**given)
        kind = entry.subject_type
        assert kind in audit_labels.KINDS, f"“{kind}” is not in people.audit.labels.KINDS"
        for field in audit_names.ids_in(entry.changes):
            assert is_reference(kind, field), f"“{field}” of “{kind}” is the id of nobody knows what"
        return entry

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit, "write", watched)
        yield


@pytest.fixture
def at_the_time_of_the_story() -> Iterator[None]:
    """The clock stands where `builders.NOW` says: for what a page or the check of a claim judges by the day it is."""
    from tests import builders

    with time_machine.travel(builders.NOW, tick=True):
        yield
