"""What a practice does, as a process of its own on an installation: `python -m tests.backups.act WORDS`.

It prints one line of JSON. Time is real; the house is the stand-in.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clearbill.config.settings")
django.setup()

from django.utils import timezone  # noqa: E402

from clearbill.backups.models import Reconciliation  # noqa: E402
from clearbill.bill.lifecycle import Status  # noqa: E402
from clearbill.bill.problem import Refused  # noqa: E402
from clearbill.claims.core import (  # noqa: E402
    amendments,
    services,
    validation,
)
from clearbill.claims.models import Claim, Outbox, Task  # noqa: E402
from clearbill.db.number_sequences import next_number  # noqa: E402
from clearbill.invoicing.models import Invoice  # noqa: E402
from clearbill.invoicing.services import format_number  # noqa: E402
from clearbill.people.actor import Actor  # noqa: E402
from clearbill.people.encryption import encrypt  # noqa: E402
from clearbill.people.models import Membership, Practice  # noqa: E402
from clearbill.workspace.models import (  # noqa: E402
    HealthcodeConnection,
    Practitioner,
    Site,
)
from tests import builders, patience  # noqa: E402


def set_up() -> bool:
    """A practice that is connected to the stand-in."""
    practice = builders.practice()
    owner = builders.member(practice, email="owner@example.org")
    site = builders.site(practice)
    builders.payee(practice)
    builders.practitioner(practice, site=site)
    HealthcodeConnection.objects.create(
        practice=practice,
        environment="test",
        site_id="HC0TEST",
        user_id="stand-in-user",
        api_key_encrypted=encrypt("stand-in-secret"),
        connected_at=timezone.now(),
        connected_by=owner.user,
        tried_at=timezone.now(),
    )
    return True


def invoice(name: str, count: str = "1") -> list[str]:
    """Invoices for patients of this family name, by which the stand-in plays a scenario."""
    practice, made = Practice.objects.get(), []
    for _ in range(int(count)):
        client = builders.client(practice, last_name=name, number=f"P-{timezone.now().timestamp()}")
        row = builders.invoice(
            practice,
            number=format_number(practice, next_number(practice, "invoice")),
            client=client,
            practitioner=Practitioner.objects.get(),
            site=Site.objects.get(),
            treated_on=timezone.localdate() - timedelta(days=1),
            issued_on=timezone.localdate(),
        )
        made.append(row.number)
    return made


def create(*numbers: str) -> list[str]:
    """A claim for each invoice."""
    return [services.create(_actor(), invoice=Invoice.objects.get(number=number)).number for number in numbers]


def bill(name: str, count: str = "1") -> list[str]:
    """Invoices and their claims."""
    return create(*invoice(name, count))


def wait_until(what: str) -> bool:
    """Look until it is so; False where it does not come about."""
    try:
        patience.wait_until(what, ACTS[what])
    except AssertionError:
        return False
    return True


def submit(*numbers: str) -> dict[str, str]:
    """Submit claims; return the sentence of each that was refused."""
    refused = {}
    for number in numbers:
        try:
            services.submit(_actor(), claim_id=Claim.objects.get(number=number).pk)
        except Refused as refusal:
            refused[number] = str(refusal)
    return refused


def correct(number: str) -> bool:
    """Fix a rejected claim, so that the stand-in takes it, and submit it again."""
    claim = services.reopen(_actor(), claim=Claim.objects.get(number=number))
    bill = validation.stored_bill(claim)
    fixed = replace(bill, patient=replace(bill.patient, patient_last_name="SIM-PAID"))
    amendments.amend(_actor(), claim=claim, bill=fixed, also_client=False)
    return not submit(number)


def claim_anew(number: str) -> str:
    """Leave a rejected claim, and make and submit another for its invoice."""
    claim = Claim.objects.get(number=number)
    claim.invoice.client.last_name = "SIM-PAID"
    claim.invoice.client.save()
    made = services.create_follow_on(_actor(), invoice=claim.invoice)
    submit(made.number)
    return made.number


def claims() -> dict[str, dict[str, Any]]:
    """Every claim: its status, whether it is marked, its number at the house, and the events of its life."""
    return {
        claim.number: {
            "status": claim.status,
            "marked": claim.is_restored,
            "house": claim.clearing_bill_number,
            "events": list(claim.events.order_by("pk").values_list("event", flat=True)),
            "current": claim.is_current,
        }
        for claim in Claim.objects.order_by("number")
    }


def is_quiet() -> bool:
    """Nothing waits to be sent, no reply is lost."""
    waiting = Outbox.objects.filter(state__in=[Outbox.READY, Outbox.SENDING, Outbox.UNCERTAIN]).exists()
    return not waiting and not Claim.objects.filter(status=Status.UNKNOWN.value).exists()


def is_reconciled() -> bool:
    """Everything was asked after the restore, and nothing waits."""
    open_rows = Reconciliation.objects.filter(finished_at=None).exists()
    return is_quiet() and not open_rows and not Claim.objects.filter(is_restored=True).exists()


def work_items() -> list[str]:
    """What only a person can settle."""
    return list(Task.objects.order_by("created_at").values_list("sentence", flat=True))


def _actor() -> Actor:
    owner = Membership.objects.select_related("user", "practice").get()
    return Actor(owner.practice, owner.user, timezone.now())


ACTS: dict[str, Callable[..., Any]] = {
    act.__name__: act
    for act in (
        set_up,
        invoice,
        create,
        bill,
        wait_until,
        submit,
        correct,
        claim_anew,
        claims,
        is_quiet,
        is_reconciled,
        work_items,
    )
}

if __name__ == "__main__":
    print(json.dumps(ACTS[sys.argv[1]](*sys.argv[2:])))
