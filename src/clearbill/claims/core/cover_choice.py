"""A person says under which policy and authorisation a claim is made, where the days of treatment do not."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction

from clearbill.bill import dates
from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import Refused
from clearbill.claims.core import transitions, validation
from clearbill.claims.core.bill_builder import cover_section
from clearbill.claims.core.services import problem_summary
from clearbill.claims.models import Claim
from clearbill.clients.models import Authorisation, Policy
from clearbill.invoicing import cover
from clearbill.invoicing import services as invoicing_services
from clearbill.people.actor import Actor


def choose(actor: Actor, *, claim: Claim, policy: Policy, authorisation: Authorisation | None = None) -> Claim:
    """Put the chosen policy and authorisation on the claim, and keep them with its invoice. Raises Refused."""
    with transaction.atomic():
        invoice = invoicing_services.choose_cover(
            actor, invoice=claim.invoice, policy=policy, authorisation=authorisation
        )
        row = Claim.objects.select_for_update(of=("self",)).get(pk=claim.pk)
        if row.status != Status.CREATED:
            raise Refused(f"This claim is “{row.status}” by now. Nothing was changed.")
        bill = replace(validation.stored_bill(row), cover=cover_section(cover.of_invoice(invoice)))
        found = validation.snapshot(row, bill, on=dates.uk_day(actor.now))
        by_hand = row.amended_by_hand.items()
        row.amended_by_hand = {path: value for path, value in by_hand if not path.startswith("cover.")}
        row.save(update_fields=[*validation.SNAPSHOT_FIELDS, "amended_by_hand"])
        note = f"{policy}. {problem_summary(found)}."
        transitions.log_event(row, by=actor.user, now=actor.now, event="policy chosen", note=note)
    return row
