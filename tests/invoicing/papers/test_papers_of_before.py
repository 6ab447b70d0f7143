"""An installation from before papers were kept: each is kept as it stood when it was brought over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from clearbill import documents
from clearbill.invoicing import credit_notes, patient_share, payments, services
from clearbill.invoicing.models import CreditNote, Invoice, IssuedPaper, LedgerEntry
from clearbill.invoicing.papers import issued, pages
from clearbill.money.shortfalls.models import Letter
from clearbill.people.actor import Actor
from clearbill.people.models import User
from tests import builders, migration_history
from tests.builders import NOW, TODAY
from tests.claims.desk import Desk

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("at_the_time_of_the_story"),
]
P = Decimal


def migrate(*targets: tuple[str, str]) -> None:
    executor = migration_history.executor()
    executor.migrate(list(targets) or executor.loader.graph.leaf_nodes())


@pytest.fixture
def bring_over() -> Iterator[Any]:
    """Carry what there is by the migration, as if no paper had been kept; the tables of now come back in the end."""

    def carry() -> None:
        IssuedPaper.objects.all().delete()
        migrate(("billing", "0013_issued_papers"), ("shortfalls", "0002_names"))
        migrate()

    try:
        yield carry
    finally:
        migrate()


def test_papers_of_before_bear_the_numbers_as_bills_carry_them() -> None:
    plan = migration_history.executor().loader.graph.forwards_plan(("billing", "0014_papers_of_before"))
    assert ("clients", "0009_numbers_in_capitals") in plan


def test_every_paper_of_before_is_kept_as_it_would_be_issued_now(bring_over: Any) -> None:
    practice = builders.practice(sort_code="12-34-56", account_number="12345678", footer="Thank you.")
    actor = Actor(practice, None, NOW)
    treated = builders.practitioner(practice, registration_body="HCPC", registration_number="PH000001")
    insured = builders.client(practice)
    builders.authorisation(insured, "ZZAUTH01", codes="ZPHY01, ZPHY02")
    builders.authorisation(insured, "ZZAUTH02", valid_from=date(2026, 12, 1))
    builders.policy(insured, valid_from=date(2026, 11, 1))
    to_insurer = builders.invoice(
        practice, client=insured, practitioner=treated, site=builders.site(practice), insurer_slug="bupa"
    )
    builders.policy(insured, insurer="bupa", number="ZZ00000002", is_primary=False)
    unclear = builders.invoice(practice, client=insured, insurer_slug="axa-health", treated_on=date(2026, 10, 1))
    second = insured.policies.get(membership_number="ZZ00000002")
    chosen = builders.invoice(practice, client=insured, insurer_slug="bupa", policy=second)
    own = builders.client(practice, insurer="")
    to_client = builders.invoice(practice, client=own, note="Thank you", patient_paid=P("10.00"), net_total=P("60.00"))
    share = patient_share.invoice_share(
        actor, invoice=to_insurer, parts=[patient_share.ShareLine("your excess", P("30.00"))]
    )
    void = builders.invoice(practice, client=own)
    services.void(actor, invoice=void, reason="Wrong")
    pay = {"invoice": to_client, "received_on": TODAY, "source": LedgerEntry.PATIENT}
    kept, wrong = (payments.record_payment(actor, amount=P(amount), **pay) for amount in ("20.00", "5.00"))
    payments.reverse_payment(actor, entry=wrong)
    payments.record_payment(actor, invoice=to_insurer, amount=P("1.00"), received_on=TODAY, source=LedgerEntry.INSURER)
    line = to_client.lines.get()
    note = credit_notes.create(actor, invoice=to_client, amounts={line.pk: P("7.00")}, reason="Less")
    bring_over()
    assert all(one.is_kept_late and one.edition == 1 for one in IssuedPaper.objects.all())
    assert IssuedPaper.objects.count() == 6 + 1 + 1
    for row in (to_insurer, unclear, chosen, to_client, share, void):
        fresh = Invoice.objects.get(pk=row.pk)
        paper = issued.editions(fresh).get()
        assert paper.page == documents.to_json(pages.invoice(fresh))
        assert (paper.name, paper.issued_on) == (f"invoice-{row.number}.pdf", row.issued_on)
    facts = dict(issued.editions(to_insurer).get().page["facts"])
    assert (facts["Membership Number"], facts["Authorisation"]) == ("ZZ00000001", "ZZAUTH01")
    assert dict(issued.editions(chosen).get().page["facts"])["Membership Number"] == "ZZ00000002"
    assert "Membership Number" not in dict(issued.editions(unclear).get().page["facts"])
    entry = LedgerEntry.objects.get(pk=kept.pk)
    assert issued.of_receipt(actor, entry).page == documents.to_json(pages.receipt(entry, as_of=TODAY))
    fresh_note = CreditNote.objects.get(pk=note.pk)
    assert issued.of_credit_note(actor, fresh_note).page == documents.to_json(pages.credit_note(fresh_note))
    assert IssuedPaper.objects.count() == 6 + 1 + 1


def test_a_letter_of_before_keeps_the_names_of_insurer_and_signature(bring_over: Any) -> None:
    desk = Desk()
    claim = desk.created()
    facts = {"insurer_slug": "bupa", "practice": {"name": "Riverside"}}
    letters = [
        Letter.objects.create(
            practice=desk.practice, claim=claim, dated_on=TODAY, text="We agreed.", facts=facts, by=by
        )
        for by in (builders.user(), None)
    ]
    bring_over()
    User.objects.update(full_name="Somebody Else")
    told = [Letter.objects.get(pk=one.pk).facts for one in letters]
    assert [(one["insurer"], one["signed_by"]) for one in told] == [("BUPA", "Rosa Example"), ("BUPA", "")]
