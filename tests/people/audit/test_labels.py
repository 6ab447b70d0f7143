"""The audit trail in people’s words: names for ids and slugs, UK dates, pounds, and the labels of the forms."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django import forms
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clearbill.appointments import services
from clearbill.bill import insurers
from clearbill.claims.core import amendments, validation
from clearbill.claims.core import services as core_services
from clearbill.claims.models import BulkSubmission, Task
from clearbill.claims.tasks import services as tasks_services
from clearbill.clients import services as clients_services
from clearbill.clients.excess import use_excess
from clearbill.clients.policy_services import CoverEdit
from clearbill.invoicing import services as invoicing_services
from clearbill.invoicing.drafts import InvoiceDraft, LineDraft
from clearbill.money.bank.models import BankLine
from clearbill.people.actor import Actor
from clearbill.people.audit import labels as audit_labels
from clearbill.people.models import AuditEntry, Membership, Owned, Practice
from clearbill.web.clients.forms import DetailsForm
from clearbill.web.clients.policy_forms import AuthorisationForm, PolicyForm
from clearbill.web.money.accounts import CodesForm
from clearbill.web.workspace.contract_prices.forms import PriceForm
from clearbill.web.workspace.insurers import InsurerForm
from clearbill.web.workspace.payees import PayeeForm
from clearbill.web.workspace.practice_details import PracticeForm
from clearbill.web.workspace.services import ServiceForm
from clearbill.web.workspace.sites import SiteForm
from clearbill.workspace import insurers as workspace_insurers
from clearbill.workspace import payees, service_catalogue
from clearbill.workspace.contract_prices import services as contract_prices_services
from clearbill.workspace.models import Payee
from tests import builders
from tests.claims.desk import Desk

pytestmark = pytest.mark.django_db
AN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# What has a row for each practice and is never what an entry is about: it goes with something that is.
NEVER_A_SUBJECT = {
    "importedappointment",  # told of its appointment
    "servicerate",  # told of its service
    "clientmerge",
    "codeentry",
    "creditnote",
    "decision",
    "document",
    "export",  # told of the practice
    "importedclient",
    "letter",
    "issuedpaper",
    "mailing",
    "mappingrefusal",
    "memberlistanswer",
    "reconciliation",
    "twopeople",  # told of the first record
}


@pytest.fixture
def owner() -> Membership:
    return builders.member(builders.practice())


def acting(owner: Membership) -> Actor:
    return Actor(owner.practice, owner.user, builders.NOW)


def told(owner: Membership) -> list[list[str]]:
    """The changes of each entry as the page shows them, newest first: “field: before → after”, or “field: value”."""
    page = builders.signed_in(owner).get("/settings/audit").content.decode()
    cells = re.findall(r'<td data-label="Changes">(.*?)</td>', page, re.DOTALL)
    assert not AN_ID.search("".join(cells))
    shown = [re.findall(r"<li>(.*?)</li>", re.sub(r'<span class="sr">.*?</span>', "", cell)) for cell in cells]
    return [[unescape(re.sub(r"<[^>]*>", "", one)).replace("  ", " ") for one in several] for several in shown]


def visit(practice: Practice, starts_at: datetime, **fields: Any) -> services.Visit:
    return services.Visit(
        client=fields.pop("client", None) or builders.client(practice),
        practitioner=fields.pop("practitioner", None) or builders.practitioner(practice),
        service=fields.pop("service", None) or builders.service(practice),
        starts_at=starts_at,
        minutes=30,
        **fields,
    )


def test_an_appointment_is_told_with_names_and_uk_times(owner: Membership) -> None:
    practice = owner.practice
    booked = visit(practice, datetime(2026, 7, 1, 8, 30, tzinfo=UTC), site=builders.site(practice))
    [row] = services.book(acting(owner), visit=booked)
    other = builders.client(practice, first_name="Otto", last_name="Other", title="Mr")
    services.change(acting(owner), appointment=row, visit=replace(booked, client=other, minutes=45))
    changed, made = told(owner)
    assert changed == ["Client: Ms Testa Sample → Mr Otto Other", "Ends: 1 Jul 2026 10:00 → 1 Jul 2026 10:15"]
    assert made == [
        "Client: Ms Testa Sample",
        "Practitioner: Rosa Therapist",
        "Site: Riverside Rooms",
        "Service: Physiotherapy, first visit",
        "Starts: 1 Jul 2026 09:30",
        "Ends: 1 Jul 2026 10:00",
        "State: Booked",
    ]


def test_a_client_is_told_as_the_form_has_it_and_the_policy_in_entries_of_its_own(owner: Membership) -> None:
    details = {"first_name": "Testa", "last_name": "Sample", "birth_date": date(1985, 4, 12), "sex": "F", "title": ""}
    cover = {"insurer_slug": "bupa", "membership_number": "ZZ1", "valid_to": date(2027, 3, 31)}
    edit = CoverEdit(details=cover, authorised={"code": "AUTH1", "sessions": 6})
    diagnoses = [clients_services.ChosenDiagnosis(code="M54.5"), clients_services.ChosenDiagnosis(code="M25.5")]
    row = clients_services.create(acting(owner), details=details, cover=edit, diagnoses=diagnoses)
    policy = row.policies.get()
    better = {"insurer_slug": "axa-health", "excess_left": Decimal("100.00"), "valid_to": None}
    edit = CoverEdit(details=better, policy=policy)
    clients_services.change(acting(owner), client=row, details={"title": "Ms"}, cover=edit, diagnoses=diagnoses[:1])
    use_excess(acting(owner), policy=policy, amount=Decimal(40), on=date(2026, 11, 9))
    taken, bettered, changed, authorised, insured, made = told(owner)
    assert taken == ["Excess still to pay: £100.00 → £60.00"]
    assert bettered == [
        "Insurance Provider: BUPA → AXA Health",
        "Cover valid to: 31 Mar 2027 → empty",
        "Excess still to pay: empty → £100.00",
    ]
    assert changed == ["Title: empty → Ms", "Diagnoses: M54.5, M25.5 → M54.5"]
    assert authorised == ["Authorisation Code: AUTH1", "Authorised sessions: 6"]
    assert insured == [
        "Insurance Provider: BUPA",
        "Membership Number: ZZ1",
        "Cover valid to: 31 Mar 2027",
        "Primary policy: yes",
    ]
    assert made == [
        "First name: Testa",
        "Last name: Sample",
        "Date of birth: 12 Apr 1985",
        "Sex: Female",
        "Diagnoses: M54.5, M25.5",
    ]


def test_an_invoice_is_told_with_who_pays_and_each_line_in_words(owner: Membership) -> None:
    practice = owner.practice
    who = {"client": builders.client(practice), "practitioner": builders.practitioner(practice)}
    draft = InvoiceDraft(**who, issued_on=date(2026, 11, 10), insurer_slug="bupa", patient_paid=Decimal(10))
    line = LineDraft(
        description="Report",
        treated_on=date(2026, 11, 9),
        unit_price=Decimal(60),
        units=2,
        vat_rate=Decimal(20),
        item_code="ZREP01",
    )
    made = invoicing_services.create(acting(owner), draft=draft, lines=[line])
    cheaper = replace(line, units=1, discount=Decimal(5), vat_rate=Decimal(0), item_code="")
    invoicing_services.change(acting(owner), invoice=made, draft=replace(draft, insurer_slug=""), lines=[cheaper])
    changed, first = told(owner)
    assert {"Billed to: BUPA", "Invoice date: 10 Nov 2026", "VAT: £24.00", "Patient already paid: £10.00"} <= {*first}
    assert "Lines: 9 Nov 2026, Report ZREP01, 2 × £60.00, VAT 20%" in first
    assert not [one for one in first if one.endswith("£0.00") or one.endswith("empty")]
    assert "Billed to: BUPA → The client" in changed
    assert "VAT: £24.00 → £0.00" in changed
    before = "9 Nov 2026, Report ZREP01, 2 × £60.00, VAT 20%"
    assert f"Lines: {before} → 9 Nov 2026, Report, 1 × £60.00, less £5.00" in changed


def test_two_deductions_are_no_before_and_after(owner: Membership) -> None:
    several = {"deductions": ["Policy excess", "No authorisation, late"], "come_back_on": date(2026, 12, 1)}
    claim = core_services.create(acting(owner), invoice=builders.invoice(owner.practice))
    Actor(owner.practice, owner.user, builders.NOW + timedelta(minutes=1)).audit(
        "disputed what is short", claim, changes=several
    )
    assert told(owner)[0] == ["Deductions: Policy excess; No authorisation, late", "Come back to it on: 1 Dec 2026"]


def test_a_changed_claim_is_told_in_the_words_of_the_claim_page() -> None:
    desk = Desk()
    claim = desk.created()
    bill = validation.stored_bill(claim)
    cover = replace(bill.cover, authorisation_code="AUTH1", authorisation_from=date(2026, 11, 1))
    lines = (replace(bill.lines[0], description="Told anew", setting="D"), *bill.lines[1:])
    amendments.amend(
        desk.actor(), claim=claim, bill=replace(bill, cover=cover, lines=lines, note="Please"), also_client=False
    )
    on_invoice, on_claim = told(desk.owner)[:2]
    assert "Told anew ZPHY01" in on_invoice[0]
    assert on_claim == [
        "Authorisation Code: empty → AUTH1",
        "Authorised from: empty → 1 Nov 2026",
        "Note to the insurer: empty → Please",
        f"Line 1: description: {bill.lines[0].description} → Told anew",
        "Line 1: setting: Out-patient → Day case",
    ]


def test_numbers_prices_and_settings_are_told_with_the_insurers_name(owner: Membership) -> None:
    details = {"name": "The Clinic", "kind": Payee.ORGANISATION, "number": "TP1"}
    payee = payees.save_payee(
        acting(owner), payee=Payee(practice=owner.practice), details=details, numbers={"bupa": "B1"}
    )
    payees.save_payee(acting(owner), payee=payee, details=details, numbers={"axa-health": "A1"})
    axa = insurers.by_slug("axa-health")
    assert axa
    setting = {"healthcode_id": "AXA", "diagnosis_scheme": "ICD9", "is_billed": False}
    workspace_insurers.save(acting(owner), insurer=axa, details=setting)
    price = {"insurer_slug": "bupa", "code": "ZPHY01", "amount": Decimal(70), "valid_from": date(2026, 1, 1)}
    contract_prices_services.add(acting(owner), details=price)
    priced, set_, changed, made = told(owner)
    assert priced == ["Insurer: BUPA", "Code: ZPHY01", "Price: £70.00", "First day: 1 Jan 2026"]
    assert set_ == ["Healthcode’s identifier: AXA", "Diagnosis codes: ICD-9", "The practice bills this insurer: no"]
    assert changed == ["Number for BUPA: B1 → empty", "Number for AXA Health: empty → A1"]
    assert made == [
        "Name: The Clinic",
        "Who is paid: An organisation or clinic",
        "Healthcode ID: TP1",
        "Number for BUPA: B1",
    ]
    page = builders.signed_in(owner).get("/settings/audit?kind=contractprice").content.decode()
    assert "ZPHY01 with BUPA from 1 Jan 2026" in page
    assert "Contract prices</span>" in page


def test_a_free_service_and_its_vat_are_told(owner: Membership) -> None:
    given = {"name": "Chat", "price": Decimal(0), "vat_rate": Decimal("17.50"), "duration_minutes": 5, "isc": ""}
    service_catalogue.add(acting(owner), details=given)
    assert told(owner) == [["Name: Chat", "Duration in minutes: 5", "Price: £0.00", "VAT rate: 17.5%"]]


def test_a_row_that_is_gone_or_of_another_practice_is_not_named(owner: Membership) -> None:
    theirs = builders.client(builders.practice("Beech Rooms"), first_name="Secret")
    mine = builders.appointment(owner.practice)
    entry = {"client": [str(theirs.pk), str(mine.client_id)], "site": str(uuid4()), "practice": str(owner.practice_id)}
    Actor(owner.practice, owner.user, builders.NOW).audit("changed it", mine, changes=entry)
    gone = "one that is no longer there"
    assert told(owner) == [[f"Client: {gone} → Ms Testa Sample", f"Site: {gone}"]]
    assert "Secret" not in builders.signed_in(owner).get("/settings/audit").content.decode()


def test_a_page_asks_for_names_once_for_each_kind_of_row(owner: Membership) -> None:
    practice, browser = owner.practice, builders.signed_in(owner)

    def book(day: int) -> None:
        services.book(acting(owner), visit=visit(practice, builders.NOW + timedelta(days=day)))

    book(1)
    with CaptureQueriesContext(connection) as few:
        browser.get("/settings/audit")
    for day in range(2, 30):
        book(day)
    with CaptureQueriesContext(connection) as many:
        page = browser.get("/settings/audit").content.decode()
    assert page.count("Rosa Therapist") == 29
    assert len(few) == len(many)


def test_a_thing_whose_kind_is_no_longer_known_is_still_shown(owner: Membership) -> None:
    AuditEntry.objects.create(
        practice=owner.practice,
        by=None,
        by_name="Clearbill",
        at=builders.NOW,
        action="did it",
        subject_type="gonekind",
        subject_id="1",
        subject_label="That",
        changes={"some_field": "2026-13-45"},
    )
    assert told(owner) == [["Some field: 2026-13-45"]]
    assert "Gonekind" in builders.signed_in(owner).get("/settings/audit").content.decode()


def test_things_are_named_without_ids_slugs_and_leading_noughts(owner: Membership) -> None:
    practice = owner.practice
    item = Task.objects.create(practice=practice, kind="restored", sentence="Healthcode has a bill.")
    tasks_services.close_task(acting(owner), item=item, settlement="Entered again.")
    line = BankLine(on=date(2026, 11, 3))
    Actor(practice, None, builders.NOW).audit("matched a bank line", line)
    Actor(practice, None, builders.NOW).audit("began", BulkSubmission(total=1))
    page = builders.signed_in(owner).get("/settings/audit").content.decode()
    assert re.findall(r'<td data-label="What"><span>(.*?)<br>', page) == [
        "Began: 1 claim",
        "Matched a bank line: Bank line of 3 Nov 2026",
        "Settled work after the restore",
    ]
    assert told(owner)[-1] == ["What was done: Entered again."]


def test_every_thing_of_a_practice_has_a_kind_or_is_never_what_an_entry_is_about() -> None:
    """What is written without a kind fails at once: see `tests/conftest.py`. Here a new table must be thought of."""
    ours = {one._meta.model_name: one for one in apps.get_models() if one.__module__.startswith("clearbill.")}
    owned = {name for name, model in ours.items() if issubclass(model, Owned) and model is not AuditEntry}
    assert owned - audit_labels.KINDS == NEVER_A_SUBJECT
    assert {*ours} >= audit_labels.KINDS


def test_kinds_are_called_by_their_plural_and_no_two_alike() -> None:
    called = {kind: audit_labels.kind_of(kind) for kind in audit_labels.KINDS}
    assert len({*called.values()}) == len(called)
    assert (
        called
        | {
            "accountcodes": "Account codes",
            "healthcodeconnection": "Healthcode connection",
            "insurersetting": "Insurers",
            "authorisation": "Authorisations",
            "membership": "Users",
            "policy": "Insurance policies",
            "practice": "The practice",
            "statementfile": "Bank statements",
            "upload": "Payment files",
            "user": "Sign-ins and passwords",
        }
        == called
    )


@pytest.mark.parametrize(
    ("kind", "field", "label"),
    [
        ("client", "insurer_slug", "Insurance Provider"),
        ("client", "authorisation_code", "Authorisation Code"),
        ("claim", "owed_by", "Who owes it"),
        ("claim", "come_back_on", "Come back to it on"),
        ("claim", "line", "Line of the bill"),
        ("invoice", "insurer_slug", "Billed to"),
        ("invoice", "source", "From"),
        ("remittance", "not_seen", "Not seen at the bank"),
        ("task", "settlement", "What was done"),
        ("gonekind", "some_field", "Some field"),
    ],
)
def test_a_field_is_called_as_the_column_that_keeps_it_or_in_words(kind: str, field: str, label: str) -> None:
    assert audit_labels.label_of(kind, field) == label


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("client", DetailsForm),
        ("policy", PolicyForm),
        ("authorisation", AuthorisationForm),
        ("contractprice", PriceForm),
        ("practice", PracticeForm),
        ("insurersetting", InsurerForm),
        ("payee", PayeeForm),
        ("service", ServiceForm),
        ("site", SiteForm),
        ("accountcodes", CodesForm),
    ],
)
def test_fields_are_called_as_their_forms_call_them(kind: str, form: type[forms.Form]) -> None:
    labels = {name: str(field.label).removesuffix(" (£)") for name, field in form.base_fields.items() if field.label}
    for asked in ("follows", "anyway"):  # about another policy, and what is billed
        labels.pop(asked, None)
    assert labels
    for name, label in labels.items():
        assert audit_labels.label_of(kind, name) == label
