"""An installation of its own for the benchmarks: its data folder, its database, and practices with claims in it.

The rows of many claims are copied from one that the services made: what is timed is what happens to them afterwards.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from datetime import timedelta
from itertools import count
from typing import Any

_numbers = count(1)
CLAIMS_PER_CLIENT = 2
ROWS_AT_ONCE = 500


def begin() -> None:
    """Set Django up on the chosen folder, else on one that goes when this process ends; migrate its database."""
    if "CLEARBILL_DATA" not in os.environ:
        os.environ["CLEARBILL_DATA"] = folder = tempfile.mkdtemp(prefix="clearbill-bench-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["DJANGO_SETTINGS_MODULE"] = "clearbill.config.settings"
    os.environ.setdefault("CLEARBILL_LOG", "warning")
    import django

    django.setup()
    from clearbill.config import static_files

    static_files.collect()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


class Desk:
    """One connected practice with its owner, to be filled with claims."""

    def __init__(self) -> None:
        from django.utils import timezone

        from clearbill.people.encryption import encrypt
        from clearbill.workspace.models import HealthcodeConnection
        from tests import builders

        self.now = timezone.now()
        self.practice = builders.practice()
        self.owner = builders.member(self.practice)
        self.practitioner = builders.practitioner(self.practice, site=builders.site(self.practice))
        builders.payee(self.practice)
        self.connection = HealthcodeConnection.objects.create(
            practice=self.practice,
            environment="test",
            site_id="HC0TEST",
            user_id="stand-in-user",
            api_key_encrypted=encrypt("stand-in-secret"),
            connected_at=self.now,
            connected_by=self.owner.user,
            tried_at=self.now,
        )

    def created(self, wanted: int) -> list[Any]:
        """Return the ids of so many new claims that are Created and ready, of half as many clients."""
        from clearbill.claims.models import Claim
        from clearbill.clients.models import Client, ClientDiagnosis, Policy
        from clearbill.invoicing.models import Invoice, InvoiceLine

        first = self._first()
        clients = [_copy(first.invoice.client, number=self._number("P-")) for _ in range(0, wanted, CLAIMS_PER_CLIENT)]
        Client.objects.bulk_create(clients, ROWS_AT_ONCE)
        policy, diagnosis = first.invoice.client.policies.get(), first.invoice.client.diagnoses.get()
        Policy.objects.bulk_create([_copy(policy, client=one) for one in clients], ROWS_AT_ONCE)
        ClientDiagnosis.objects.bulk_create([_copy(diagnosis, client=one) for one in clients], ROWS_AT_ONCE)
        invoices, lines, claims = [], [], []
        for index in range(wanted):
            treated_on = first.treated_on - timedelta(days=index % CLAIMS_PER_CLIENT)
            number = self._number("CB")
            invoice = _copy(first.invoice, number=number, client=clients[index // CLAIMS_PER_CLIENT])
            invoices.append(invoice)
            lines.append(_copy(first.invoice.lines.get(), invoice=invoice, treated_on=treated_on))
            bill = _with_text(first.bill, {first.number: number, str(first.treated_on): str(treated_on)})
            claims.append(_copy(first, invoice=invoice, number=number, bill=bill, treated_on=treated_on))
        Invoice.objects.bulk_create(invoices, ROWS_AT_ONCE)
        InvoiceLine.objects.bulk_create(lines, ROWS_AT_ONCE)
        return [claim.pk for claim in Claim.objects.bulk_create(claims, ROWS_AT_ONCE)]

    def submitted(self, wanted: int) -> list[str]:
        """Return the references of so many claims that were submitted by the real service and wait for the worker."""
        from clearbill.claims.core import services
        from clearbill.claims.queue.client_pool import ConnectionPool
        from clearbill.people.actor import Actor

        houses, references = ConnectionPool(), []
        for claim_id in self.created(wanted):
            claim = services.submit(Actor(self.practice, self.owner.user, self.now), claim_id=claim_id, house_of=houses)
            references.append(claim.reference)
        houses.close()
        return references

    def _first(self) -> Any:
        """One claim by the services, whose rows are copied; it is then cancelled, so that no copy is its double."""
        from clearbill.claims.core import services
        from clearbill.people.actor import Actor
        from tests import builders

        today = self.now.date()
        client = builders.client(self.practice)
        invoice = builders.invoice(
            self.practice,
            client=client,
            practitioner=self.practitioner,
            number=self._number("CB"),
            treated_on=today - timedelta(days=3),
            issued_on=today,
        )
        actor = Actor(self.practice, self.owner.user, self.now)
        claim = services.create(actor, invoice=invoice)
        if claim.blocking_count:
            raise AssertionError("The claim that is copied must be ready to go.")
        services.cancel(actor, claim=services.Claim.objects.get(pk=claim.pk))
        return claim

    def _number(self, prefix: str) -> str:
        return f"{prefix}{next(_numbers):07}"


def _copy(row: Any, **changes: Any) -> Any:
    """Return an unsaved copy of a row, with a primary key of its own."""
    kept = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key}
    fresh = type(row)(**kept)
    for name, value in changes.items():
        setattr(fresh, name, value)
    return fresh


def _with_text(value: Any, replaced: dict[str, str]) -> Any:
    """Return JSON with these texts exchanged wherever they stand."""
    if isinstance(value, dict):
        return {key: _with_text(one, replaced) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_text(one, replaced) for one in value]
    return replaced.get(value, value) if isinstance(value, str) else value
