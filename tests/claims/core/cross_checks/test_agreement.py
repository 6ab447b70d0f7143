from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from clearbill.appointments.models import Appointment
from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import Refused
from clearbill.claims.bulk import queries as bulk_queries
from clearbill.claims.bulk import services as bulk
from clearbill.claims.core import amendments, bill_diff, services, validation
from clearbill.claims.core.cross_checks import agreement
from clearbill.claims.core.queries import Filters
from clearbill.claims.core.submission import INVOICE_CHANGED, enqueue
from clearbill.claims.models import BulkSubmissionEntry, Claim, Outbox
from clearbill.invoicing import services as invoicing
from clearbill.invoicing.drafts import InvoiceDraft, LineDraft, draft_of, line_of
from clearbill.invoicing.models import Invoice, InvoiceLine
from clearbill.workspace.models import Site
from clearbill.workspace.service_rates import follow
from tests import builders
from tests.claims.desk import WRONG_MEMBER, Desk, status

pytestmark = pytest.mark.django_db

Change = Callable[[Desk, InvoiceDraft, LineDraft], tuple[InvoiceDraft, list[LineDraft]]]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def edit(desk: Desk, claim: Claim, change: Change) -> Invoice:
    """Change the claim's invoice as its form would."""
    invoice = Invoice.objects.get(pk=claim.invoice_id)
    draft, lines = change(desk, draft_of(invoice), line_of(invoice.lines.get()))
    return invoicing.change(desk.actor(), invoice=invoice, draft=draft, lines=lines)


def found(desk: Desk, claim: Claim) -> list[str]:
    fresh = Claim.objects.get(pk=claim.pk)
    return [one.message for one in agreement.differences(fresh, on=builders.TODAY)]


def price(amount: str) -> Change:
    return lambda _, draft, line: (draft, [replace(line, unit_price=Decimal(amount))])


CHANGES: dict[str, tuple[Change, str]] = {
    "amount": (price("50.00"), "Net total is £70.00 on this claim and £50.00 by the invoice."),
    "more": (price("90.00"), "Line 1: net is £70.00 on this claim and £90.00 by the invoice."),
    "units": (lambda _, d, line: (d, [replace(line, units=2)]), "Line 1: units is 1 on this claim and 2 by"),
    "day": (
        lambda _, d, line: (d, [replace(line, treated_on=date(2026, 11, 8))]),
        "Line 1: first day is 9 Nov 2026 on this claim and 8 Nov 2026 by the invoice.",
    ),
    "code": (lambda _, d, line: (d, [replace(line, item_code="ZPHY02")]), "is ZPHY01 on this claim and ZPHY02 by"),
    "procedure": (lambda _, d, line: (d, [replace(line, procedure_code="W9999")]), "Z9911 on this claim and W9999"),
    "words": (lambda _, d, line: (d, [replace(line, description="Review")]), "on this claim and Review by"),
    "setting": (lambda _, d, line: (d, [replace(line, setting="D")]), "Line 1: "),
    "lines": (lambda _, d, line: (d, [line, line]), "The invoice has 2 lines, and this claim 1."),
    "paid": (lambda _, d, line: (replace(d, patient_paid=Decimal("20.00")), [line]), "Already paid by the patient is"),
    "insurer": (
        lambda _, d, line: (replace(d, insurer_slug="axa-health"), [line]),
        "The invoice is billed to AXA Health, and this claim is for BUPA.",
    ),
    "practitioner": (
        lambda desk, d, line: (
            replace(d, practitioner=builders.practitioner(desk.practice, "TP000003", name="Idris Other")),
            [line],
        ),
        "The invoice is for the work of Idris Other, and this claim names Rosa Therapist.",
    ),
    "site": (
        lambda desk, d, line: (
            replace(d, site=builders.site(desk.practice, name="Hillside", site_number="TL000003")),
            [line],
        ),
        "is TL000001 on this claim and TL000003 by the invoice.",
    ),
    "date": (lambda _, d, line: (replace(d, issued_on=date(2026, 11, 9)), [line]), "and 9 Nov 2026 by the invoice."),
}


def test_a_claim_agrees_with_the_invoice_that_it_was_made_from(desk: Desk) -> None:
    assert found(desk, desk.created()) == []


@pytest.mark.parametrize("name", CHANGES)
def test_a_claim_that_differs_is_not_submitted_until_it_is_collected_again(desk: Desk, name: str) -> None:
    change, message = CHANGES[name]
    claim = desk.created()
    invoice = edit(desk, claim, change)
    assert any(message in one for one in found(desk, claim)), found(desk, claim)
    with pytest.raises(Refused) as refusal:
        desk.submit(claim)
    assert any(agreement.is_difference(problem) for problem in refusal.value.problems)
    assert status(claim) == Status.CREATED
    services.rebuild(desk.actor(), claim=Claim.objects.get(pk=claim.pk))
    assert found(desk, claim) == []
    claim.refresh_from_db()
    assert (claim.insurer_slug, claim.practitioner) == (invoice.insurer_slug, invoice.practitioner)
    assert claim.net_total == validation.stored_bill(claim).totals.net_total == invoice.net_total


@pytest.mark.parametrize("name", CHANGES)
def test_a_claim_that_differs_is_not_among_those_that_are_ready(desk: Desk, name: str) -> None:
    claim = desk.created()
    edit(desk, claim, CHANGES[name][0])
    created = bulk_queries.created_claims(desk.practice, Filters())
    with pytest.raises(Refused, match=bulk.NOTHING_READY):
        bulk.start(desk.actor(), claims=created)
    bulk.recheck_stale(created, now=desk.now)
    assert bulk_queries.preview(desk.practice, Filters())["ready_count"] == 0
    assert not Outbox.objects.exists()


def test_a_note_on_the_invoice_changes_nothing_for_the_claim(desk: Desk) -> None:
    claim = desk.created()
    edit(desk, claim, lambda _, draft, line: (replace(draft, note="Thank you"), [line]))
    assert bulk.start(desk.actor(), claims=bulk_queries.created_claims(desk.practice, Filters())).total == 1
    assert status(desk.submit(claim)) == Status.SUBMITTED


def test_an_edit_while_the_claim_is_being_checked_wins(desk: Desk) -> None:
    claim = desk.created()
    prepared = services.prepare(claim_id=claim.pk, practice=desk.practice, now=desk.now, house_of=desk.house_of)
    edit(desk, claim, price("33.00"))
    with pytest.raises(Refused, match=INVOICE_CHANGED):
        enqueue(desk.actor(), prepared)
    assert status(claim) == Status.CREATED
    assert not Outbox.objects.exists()


def test_an_edit_between_the_start_of_a_bulk_submission_and_its_turn_wins(desk: Desk) -> None:
    claim = desk.created()
    bulk.start(desk.actor(), claims=bulk_queries.created_claims(desk.practice, Filters()))
    edit(desk, claim, price("33.00"))
    bulk.submit_next_slice(now=desk.now, house_of=desk.house_of)
    assert BulkSubmissionEntry.objects.get().state == BulkSubmissionEntry.REFUSED
    assert status(claim) == Status.CREATED


def test_a_rejected_claim_goes_out_with_the_new_amounts_or_not_at_all(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house.refuse_next([WRONG_MEMBER])
    desk.send()
    claim.refresh_from_db()
    edit(desk, claim, price("50.00"))
    services.reopen(desk.actor(), claim=claim)
    with pytest.raises(Refused):
        desk.submit(claim)
    services.rebuild(desk.actor(), claim=claim)
    assert desk.submit(claim).net_total == Decimal("50.00")


def test_a_rejected_claim_of_an_invoice_that_is_billed_to_the_client_by_now_is_not_opened_again(desk: Desk) -> None:
    claim = desk.submitted()
    desk.house.refuse_next([WRONG_MEMBER])
    desk.send()
    claim.refresh_from_db()
    edit(desk, claim, lambda _, draft, line: (replace(draft, insurer_slug=""), [line]))
    with pytest.raises(Refused, match="billed to the client"):
        services.reopen(desk.actor(), claim=claim)
    assert status(claim) == Status.REJECTED


def amended(desk: Desk, claim: Claim, **providers: str) -> amendments.Amended:
    bill = validation.stored_bill(claim)
    return amendments.amend(
        desk.actor(), claim=claim, bill=replace(bill, providers=replace(bill.providers, **providers))
    )


def test_a_number_that_nobody_has_entered_may_be_typed_on_the_claim(desk: Desk) -> None:
    claim = desk.created()
    amended(desk, claim, controlling_specialist_number="TP999999", treating_site_number="TL999999")
    assert found(desk, claim) == []
    assert claim.payee_reason.endswith("The Practitioner ID stands as it was entered on this claim by hand.")
    assert "organisation (Case 2)" in claim.payee_reason


def test_a_number_that_was_missing_may_be_typed_on_the_claim(desk: Desk) -> None:
    practitioner = builders.practitioner(desk.practice, "", name="Ida New")
    claim = desk.created(practitioner=practitioner, site=builders.site(desk.practice, name="Annexe", site_number=""))
    amended(desk, claim, controlling_specialist_number="TP999999", treating_site_number="TL999999")
    bill = validation.stored_bill(claim)
    line = replace(bill.lines[0], service_provider_number="TP999999")
    amendments.amend(desk.actor(), claim=claim, bill=replace(bill, lines=(line,)))
    assert found(desk, claim) == []
    assert status(desk.submit(claim)) == Status.SUBMITTED


def test_collecting_again_tells_the_trail_whose_claim_it_is_now(desk: Desk) -> None:
    claim = desk.created()
    edit(desk, claim, CHANGES["insurer"][0])
    edit(desk, claim, CHANGES["practitioner"][0])
    services.rebuild(desk.actor(), claim=Claim.objects.get(pk=claim.pk))
    page = html.unescape(builders.signed_in(desk.owner).get("/settings/audit").content.decode())
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))
    assert "Insurer: was BUPA → now AXA Health" in told
    assert "Practitioner: was Rosa Therapist → now Idris Other" in told


def test_a_typed_number_does_not_outlive_a_change_of_its_source(desk: Desk) -> None:
    claim = desk.created()
    amended(desk, claim, controlling_specialist_number="TP999999")
    desk.practitioner.numbers.update(number="TP000042")
    assert [one for one in found(desk, claim) if "TP000042" in one]


def test_another_practitioners_number_or_another_sites_is_not_the_invoices(desk: Desk) -> None:
    builders.practitioner(desk.practice, "TP000003", name="Idris Other")
    builders.site(desk.practice, name="Hillside", site_number="TL000003")
    claim = desk.created()
    amended(desk, claim, controlling_specialist_number="TP000003", treating_site_number="TL000003")
    told = " ".join(found(desk, claim))
    assert "Idris Other" in told
    assert "Hillside" in told


def test_what_is_amended_of_a_line_is_changed_on_the_invoice_too(desk: Desk) -> None:
    claim = desk.created()
    bill = validation.stored_bill(claim)
    day = date(2026, 11, 8)
    line = replace(bill.lines[0], service_code="ZPHY02", first_date_of_service=day, last_date_of_service=day)
    amendments.amend(desk.actor(), claim=claim, bill=replace(bill, lines=(line,)))
    row = InvoiceLine.objects.get(invoice=claim.invoice_id)
    assert (row.item_code, row.treated_on) == ("ZPHY02", day)
    assert found(desk, claim) == []
    assert status(desk.submit(claim)) == Status.SUBMITTED


def test_a_day_with_another_price_is_changed_on_the_invoice_and_a_code_is_changed_here(desk: Desk) -> None:
    claim = desk.created()
    service = builders.service(desk.practice)
    invoice = edit(desk, claim, lambda _, d, line: (d, [replace(line, service=service)]))
    follow(desk.actor(), service=service, changed={"price": Decimal("65.00")}, valid_from=date(2026, 11, 8))
    bill = validation.stored_bill(services.rebuild(desk.actor(), claim=claim))
    day = date(2026, 11, 8)
    line = replace(bill.lines[0], first_date_of_service=day, last_date_of_service=day)
    with pytest.raises(Refused, match=r"is £65\.00\..*Change the day on the invoice\.$") as refusal:
        amendments.amend(desk.actor(), claim=claim, bill=replace(bill, lines=(line,)))
    assert refusal.value.field == "lines[0].first_date_of_service"
    line = replace(bill.lines[0], service_code="ZPHY02")
    amendments.amend(desk.actor(), claim=claim, bill=replace(bill, lines=(line,)))
    assert invoice.lines.get().item_code == "ZPHY02"


def test_a_line_that_ends_later_than_its_invoice_says_blocks(desk: Desk) -> None:
    claim = desk.created()
    bill = validation.stored_bill(claim)
    line = replace(bill.lines[0], last_date_of_service=date(2026, 11, 10))
    amendments.amend(desk.actor(), claim=claim, bill=replace(bill, lines=(line,)))
    assert [one for one in found(desk, claim) if "last day" in one]


def visited(desk: Desk, **fields: Any) -> tuple[Appointment, Claim]:
    visit = builders.appointment(desk.practice, practitioner=desk.practitioner, site=desk.site, **fields)
    invoice = invoicing.invoice_appointments(desk.actor(), appointments=[visit])
    return visit, services.create(desk.actor(), invoice=invoice)


def test_a_line_bills_the_day_of_its_visit(desk: Desk) -> None:
    _, claim = visited(desk)
    with pytest.raises(Refused, match="its visit was on 9 Nov 2026"):
        edit(desk, claim, lambda _, d, line: (d, [replace(line, treated_on=date(2026, 11, 1))]))
    bill = validation.stored_bill(claim)
    line = replace(bill.lines[0], first_date_of_service=date(2026, 11, 1), last_date_of_service=date(2026, 11, 1))
    with pytest.raises(Refused, match="its visit was on 9 Nov 2026") as refusal:
        amendments.amend(desk.actor(), claim=claim, bill=replace(bill, lines=(line,)))
    assert refusal.value.field == "lines[0].first_date_of_service"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"starts_at": builders.NOW - timedelta(days=3)}, "its visit was on 7 Nov 2026"),
        ({"state": Appointment.CANCELLED}, "marked “Cancelled”"),
        ({"client": None}, "another client’s"),
    ],
)
def test_a_claim_of_a_visit_that_is_another_by_now_is_not_submitted(
    desk: Desk, changes: dict[str, Any], message: str
) -> None:
    visit, claim = visited(desk)
    if "client" in changes:
        changes = {"client": builders.client(desk.practice)}
    Appointment.objects.filter(pk=visit.pk).update(**changes)
    with pytest.raises(Refused) as refusal:
        desk.submit(claim)
    assert any(message in problem.message for problem in refusal.value.problems)


def test_a_default_site_that_is_added_later_is_collected(desk: Desk) -> None:
    Site.objects.update(is_active=False)
    practitioner = builders.practitioner(desk.practice, "TP000007", site=None)
    claim = desk.created(site=None, practitioner=practitioner)
    assert not validation.stored_bill(claim).providers.treating_site_number
    builders.site(desk.practice, name="Main rooms", site_number="TL000009", is_default=True)
    services.rebuild(desk.actor(), claim=claim)
    assert validation.stored_bill(claim).providers.treating_site_number == "TL000009"


def test_a_claim_whose_numbers_were_kept_in_small_letters_agrees_with_the_same_numbers(desk: Desk) -> None:
    claim = desk.created()
    bill = claim.bill
    bill["providers"] = {
        name: value.lower() if isinstance(value, str) else value for name, value in bill["providers"].items()
    }
    bill["cover"]["registration_number"] = bill["cover"]["registration_number"].lower()
    for one in bill["lines"]:
        one |= {name: str(value).lower() for name, value in one.items() if name.endswith("_number") and value}
    path = "providers.controlling_specialist_number"
    assert bill["providers"]["controlling_specialist_number"] == "tp000002"
    Claim.objects.filter(pk=claim.pk).update(bill=bill)
    assert found(desk, claim) == []
    stored = Claim.objects.get(pk=claim.pk)
    assert bill_diff.diff_since_built(stored, on=builders.TODAY) == []
    bill["providers"]["controlling_specialist_number"] = "tp000044"
    Claim.objects.filter(pk=claim.pk).update(bill=bill, amended_by_hand={path: "tp000002"})
    assert found(desk, claim) == []
    Claim.objects.filter(pk=claim.pk).update(amended_by_hand={})
    assert len(found(desk, claim)) == 1
