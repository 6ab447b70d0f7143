"""Two browsers at every form that changes a stored thing: nobody's change is lost, and whoever collides is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import lxml.html
import pytest
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver

from clearbill.appointments.models import Appointment
from clearbill.bill import dates
from clearbill.clients.models import Policy
from clearbill.people.models import Role
from clearbill.web.components.concurrent_edit import FIELD
from clearbill.workspace.contract_prices.models import ContractPrice
from clearbill.workspace.models import HealthcodeConnection, ProviderNumber
from tests import builders
from tests.claims.desk import Desk

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class EditPage:
    """A page with a form: where it is, and two fields of it with the values that two people give them."""

    address: Callable[[Desk], str]
    one: tuple[str, str, str]
    other: tuple[str, str, str]
    sent_to: Callable[[str], str] = str


def _price(desk: Desk) -> ContractPrice:
    return ContractPrice.objects.create(
        practice=desk.practice, insurer_slug="bupa", code="ZPHY01", amount=Decimal(70), valid_from=builders.TODAY
    )


def _booked(desk: Desk) -> Appointment:
    given = {"practitioner": desk.practitioner, "state": Appointment.BOOKED}
    return builders.appointment(desk.practice, **given)


def _codes(_desk: Desk) -> str:
    return "/money/accounts/codes"


def _policy_page(row: Policy) -> str:
    return f"/clients/{row.client_id}/policies/{row.pk}"


def _authorisation_page(desk: Desk) -> str:
    row = builders.authorisation(builders.client(desk.practice))
    return f"{_policy_page(row.policy)}/authorisations/{row.pk}"


PAGES = {
    "practice-details": EditPage(lambda _: "/settings/practice", ("phone", "020 1", "020 2"), ("footer", "A", "B")),
    "missed-visits": EditPage(
        lambda _: "/settings/missed-visits", ("late_hours", "36", "48"), ("missed_words", "Missed", "Not attended")
    ),
    "user": EditPage(
        lambda desk: f"/settings/users/{desk.colleague(Role.RECEPTIONIST).pk}",
        ("full_name", "Anna One", "Anna Two"),
        ("role", "practitioner", "administrator"),
    ),
    "practitioner": EditPage(
        lambda desk: f"/settings/users/practitioners/{desk.practitioner.pk}",
        ("profession", "Osteopath", "Chiropractor"),
        ("registration_number", "PH1", "PH2"),
    ),
    "service-edit": EditPage(
        lambda desk: f"/settings/services/{builders.service(desk.practice).pk}/edit",
        ("price", "71.00", "72.00"),
        ("name", "First", "Second"),
    ),
    "payee-edit": EditPage(
        lambda desk: f"/settings/payees/{desk.payee.pk}/edit", ("number", "TP000008", "TP000009"), ("name", "A", "B")
    ),
    "site-edit": EditPage(
        lambda desk: f"/settings/sites/{desk.site.pk}/edit",
        ("site_number", "TL000008", "TL000009"),
        ("address_1", "1 New Road", "2 New Road"),
    ),
    "insurer": EditPage(
        lambda _: "/settings/insurers/freedom",
        ("healthcode_id", "fre", "frx"),
        ("controlling_specialist_number", "TP000011", "TP000012"),
    ),
    "contract-price-describe": EditPage(
        lambda desk: f"/settings/prices/{_price(desk).pk}",
        ("description", "One", "Two"),
        ("note", "Letter", "E-mail"),
        sent_to=lambda address: f"{address}/describe",
    ),
    "client-edit": EditPage(
        lambda desk: f"/clients/{builders.client(desk.practice).pk}/edit",
        ("scheme", "Gold", "Silver"),
        ("phone", "020 1", "020 2"),
    ),
    "policy-edit": EditPage(
        lambda desk: _policy_page(builders.client(desk.practice).policies.get()),
        ("membership_number", "ZZ00000008", "ZZ00000009"),
        ("scheme", "Gold", "Silver"),
    ),
    "authorisation-edit": EditPage(
        _authorisation_page,
        ("code", "ZZAUTH08", "ZZAUTH09"),
        ("sessions", "6", "8"),
    ),
    "appointment-edit": EditPage(
        lambda desk: f"/calendar/{_booked(desk).pk}/edit",
        ("minutes", "45", "50"),
        ("note", "Lift", "Stairs"),
    ),
    "invoice-edit": EditPage(
        lambda desk: f"/invoices/{desk.invoice(issued_on=dates.today(), treated_on=dates.today()).pk}/edit",
        ("lines-0-unit_price", "65.00", "66.00"),
        ("note", "One", "Two"),
    ),
    "claim": EditPage(
        lambda desk: f"/claims/{desk.created().pk}",
        ("registration_number", "ZZ00000008", "ZZ00000009"),
        ("patient_first_name", "One", "Two"),
    ),
    "account-codes": EditPage(_codes, ("income", "201", "202"), ("bank", "611", "612")),
}

# Addresses about a thing that only show it, or a paper, or a person's own password.
ONLY_READ = {
    "import",
    "import-original",
    "import-report",
    "appointment",
    "bank-file",
    "bank-line",
    "bank-statement",
    "calendar-day",
    "claim-evidence",
    "claim-exchanges",
    "claim-status",
    "claims-batch",
    "claims-creation",
    "client",
    "client-merged",
    "credit-note",
    "credit-note-pdf",
    "invoice",
    "invoice-copy-pdf",
    "invoice-pdf",
    "money-advice",
    "money-document",
    "money-payment",
    "money-upload",
    "money-upload-report",
    "paper-pdf",
    "password-new",
    "receipt-pdf",
    "report",
    "report-file",
    "shortfall",
    "shortfall-letter",
    "shortfall-letter-pdf",
    "statement",
    "statement-pdf",
}

# Addresses that take a form and are about a thing of the practice, and whose form is not what is stored of it.
NO_EDIT = {
    "import-answers": "answers about a file that is not taken in yet; the last answer counts",
    "import-check": "a step, refused where it was taken before",
    "import-decide": "decides about rows that are not taken in yet; the last decision counts",
    "import-drop": "throws a file away that is not taken in yet",
    "import-row": "decides about a row that is not taken in yet; the last decision counts",
    "import-stop": "a step, the same however often",
    "import-take-in": "takes a file in, once",
    "import-undo": "undoes an import, once",
    "appointment-move": "takes the one place that is dragged to, and is asked about an overlap",
    "appointment-charge": "makes an invoice, once",
    "appointment-restore-charge": "takes a decision back",
    "appointment-waive": "a decision with its reason; the last one counts, and the trail has both",
    "payment-method": "says anew how a client paid; the last one counts, and the trail has both",
    "appointment-step": "a step of its life, refused where it was taken before",
    "authorisation-new": "adds an authorisation",
    "bank-account": "what an account is called, in one line; the last one counts, and the trail has both",
    "bank-answer": "answers about a file that is not taken in yet; the last answer counts",
    "bank-aside": "a decision about a line, refused where there is one",
    "bank-bring-back": "takes a decision back",
    "bank-excuse": "a decision about a payment",
    "bank-expect-again": "takes a decision back",
    "bank-match": "a decision about a line, refused where there is one",
    "bank-match-payment": "a decision about a payment, refused where there is one",
    "bank-not-usual": "ends a rule",
    "bank-take-in": "takes a file in, once",
    "bank-take-out": "takes a file out, once",
    "bank-undo": "takes a match back",
    "claim-allow-repeat": "a decision with its reason, which the trail keeps",
    "claim-ask": "asks where the bill stands",
    "claim-cancel": "a step of its life, refused where it was taken before",
    "claim-correct": "a step of its life, refused where it was taken before",
    "claim-cover": "a person's choice of the policy; the last one counts, and the trail has both",
    "claim-create": "makes a claim, once",
    "claim-new": "makes a claim, once",
    "claim-refresh": "takes what the invoice and the settings say now",
    "claim-work": "settles a piece of work, once",
    "claims-creation-stop": "ends what is under way",
    "claims-batch-stop": "ends what is under way",
    "client-archive": "a step, the same however often",
    "client-merge": "leads to the page of two records",
    "client-merge-review": "is sent with what both records said, and shown anew where they say something else",
    "client-merge-take-apart": "a step, refused where it was taken before; what was changed since stays",
    "client-member": "asks the insurer",
    "client-member-use": "takes what the insurer said, as the page shows it",
    "client-two-people": "marks two records, the same however often",
    "client-two-people-unmark": "takes the mark away",
    "client-unarchive": "a step, the same however often",
    "code-search": "only reads",
    "contract-price": "shows the forms of the others",
    "contract-price-bring-back": "takes a step back",
    "contract-price-end": "its one field, guarded like the description",
    "contract-price-follow": "makes a new price",
    "contract-price-withdraw": "a step, refused where it was taken before",
    "credit-note-mail": "sends a paper",
    "credit-note-new": "makes a credit note",
    "excess": "makes an invoice, once",
    "expected-chase": "notes that somebody asked",
    "expected-chase-undo": "takes a note back",
    "expected-dismiss": "notes a decision",
    "expected-dismissal-undo": "takes a note back",
    "export-download": "hands out a file",
    "export-new": "asks for a file",
    "export-remove": "deletes a file, the same however often",
    "invitation": "accepts an invitation, once",
    "invitation-resend": "sends it again",
    "invitation-withdraw": "a step, the same however often",
    "mfa_remove_webauthn": "removes one’s own passkey, the same however often",
    "session-end": "a step, the same however often",
    "user-second-factor-reset": "a step, the same however often",
    "invoice-from-appointment": "makes an invoice, once",
    "invoice-mail": "sends a paper",
    "invoice-payment": "adds to the ledger, refused beyond what is open",
    "credit-note-reissue": "takes what client and settings say now, once",
    "receipt-reissue": "takes what client and settings say now, once",
    "invoice-reissue": "takes what client and settings say now, once",
    "invoice-refund": "adds to the ledger, refused beyond what was paid",
    "invoice-restore": "a step, refused where it was taken before",
    "invoice-void": "a step, refused where it was taken before",
    "bank-account-merge": "merges once, refused where one of the two is merged",
    "bank-account-take-apart": "a step, refused where it was taken before",
    "money-correction-seen": "notes that it was seen, once",
    "money-missed-brought": "notes that it was brought, once",
    "money-bring-back": "takes a decision back",
    "money-match": "a decision about a bill, refused where there is one",
    "money-set-aside": "a decision about a bill, refused where there is one",
    "money-undo": "takes a decision back",
    "money-upload-answers": "answers about a file that is not taken in yet; the last answer counts",
    "money-upload-drop": "throws a file away that is not taken in yet",
    "money-upload-take-in": "takes a file in, once",
    "money-withdraw": "takes a payment out, once",
    "payee-activate": "a step, the same however often",
    "payee-deactivate": "a step, the same however often",
    "payee-default": "a step, the same however often",
    "payee-exception-remove": "ends an exception",
    "payment-take-back": "a reversal, once",
    "policy-new": "adds a policy",
    "receipt-mail": "sends a paper",
    "service-activate": "a step, the same however often",
    "service-deactivate": "a step, the same however often",
    "missed-visits-take-back": "takes a step back",
    "service-duplicate": "makes a service",
    "service-rate-take-back": "takes a step back, refused where something was invoiced by it",
    "shortfall-ask": "a decision about a shortfall, refused where there is one",
    "shortfall-letter-new": "makes a letter, once",
    "shortfall-note": "adds a deduction that came by letter",
    "shortfall-owes": "a person's verdict; the last one counts, and the trail has both",
    "shortfall-take-back": "a reversal, once",
    "shortfall-undo": "takes a decision back",
    "shortfall-wait": "a decision about a shortfall, refused where there is one",
    "shortfall-write-off": "a decision about a shortfall, refused beyond what is open",
    "site-activate": "a step, the same however often",
    "site-deactivate": "a step, the same however often",
    "site-default": "a step, the same however often",
    "statement-mail": "sends a paper",
}


def sent_form(page: str, address: str, sent_to: str) -> dict[str, Any]:
    """What a browser sends of the page's form when nobody touches it."""
    forms = lxml.html.fromstring(page).forms
    form = next(one for one in forms if one.get("method") == "post" and (one.get("action") or address) == sent_to)
    given: dict[str, Any] = {}
    for field in form.xpath(".//input[@name] | .//select[@name] | .//textarea[@name]"):
        if field.tag == "select":
            chosen = field.xpath("./option[@selected]") or field.xpath("./option")
            given[field.get("name")] = chosen[0].get("value")
        elif field.tag == "textarea":
            given[field.get("name")] = (field.text or "").removeprefix("\n")
        elif field.get("type") not in ("checkbox", "radio") or field.get("checked") is not None:
            given[field.get("name")] = field.get("value", "on" if field.get("type") == "checkbox" else "")
    return given


def opened(browser: Browser, page: EditPage, address: str) -> dict[str, Any]:
    answer = browser.get(address)
    assert answer.status_code == 200, address
    given = sent_form(answer.content.decode(), address, page.sent_to(address))
    assert FIELD in given, f"the form of {address} says not which version it shows"
    return given


def is_asked(answer: Any) -> bool:
    return answer.status_code == 200 and "Changed meanwhile" in answer.content.decode()


def choices(page: str) -> dict[str, dict[str, str]]:
    """What the page asks: the name of each question, and the value of each answer."""
    found: dict[str, dict[str, str]] = {}
    for radio in lxml.html.fromstring(page).xpath(f"//input[@type='radio'][starts-with(@name, '{FIELD}-')]"):
        found.setdefault(radio.get("name"), {})[radio.get("value").partition(".")[0]] = radio.get("value")
    return found


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def browsers(desk: Desk) -> tuple[Browser, Browser]:
    return builders.signed_in(desk.owner), builders.signed_in(desk.colleague(Role.OWNER))


def _of_resolver(resolver: URLResolver) -> list[URLPattern]:
    found: list[URLPattern] = []
    for one in resolver.url_patterns:
        found += _of_resolver(one) if isinstance(one, URLResolver) else [one]
    return found


def test_every_address_about_a_thing_edits_it_under_guard_or_says_why_not() -> None:
    with_id = {one.name for one in _of_resolver(get_resolver()) if "<" in str(one.pattern) and one.name}
    known = {*PAGES, *NO_EDIT, *ONLY_READ}
    assert with_id <= known, "say of a new address whether its form edits a stored thing"
    assert len(PAGES) + len(NO_EDIT) + len(ONLY_READ) == len(known)


@pytest.mark.parametrize("name", PAGES)
def test_what_two_people_change_in_different_fields_is_all_kept(
    name: str, desk: Desk, browsers: tuple[Browser, Browser]
) -> None:
    page, (first, second) = PAGES[name], browsers
    address = page.address(desk)
    theirs, mine = opened(first, page, address), opened(second, page, address)
    saved = first.post(page.sent_to(address), theirs | {page.one[0]: page.one[1]})
    assert saved.status_code == 302, saved.content.decode()
    also_saved = second.post(page.sent_to(address), mine | {page.other[0]: page.other[1]})
    assert also_saved.status_code == 302, also_saved.content.decode()
    now = opened(first, page, address)
    assert (now[page.one[0]], now[page.other[0]]) == (page.one[1], page.other[1])


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_who_changes_what_somebody_else_changed_meanwhile_is_shown_both_and_chooses(
    name: str, choice: str, desk: Desk, browsers: tuple[Browser, Browser]
) -> None:
    page, (first, second) = PAGES[name], browsers
    address = page.address(desk)
    theirs, mine = opened(first, page, address), opened(second, page, address)
    (field, their_value, my_value), (other, other_value, _) = page.one, page.other
    assert first.post(page.sent_to(address), theirs | {field: their_value}).status_code == 302
    asked = second.post(page.sent_to(address), mine | {field: my_value, other: other_value})
    assert is_asked(asked)
    text = asked.content.decode()
    assert "saved by Rosa Example (at " in text
    assert opened(first, page, address)[field] == their_value
    again = sent_form(text, address, page.sent_to(address))
    assert (again[field], again[other]) == (my_value, other_value)
    assert is_asked(second.post(page.sent_to(address), again)), "not asked again without a choice"
    [radio] = {
        one.get("name")
        for one in lxml.html.fromstring(text).xpath("//input[@type='radio']")
        if one.get("name").startswith(FIELD)
    }
    values = lxml.html.fromstring(text).xpath(f"//input[@name='{radio}']/@value")
    chosen = next(value for value in values if value.startswith(choice))
    assert second.post(page.sent_to(address), again | {radio: chosen}).status_code == 302
    now = opened(first, page, address)
    assert now[field] == (my_value if choice == "mine" else their_value)
    assert now[other] == other_value


TOGETHER = [
    ("practice-details", {"sort_code": "11-11-11", "account_number": "11111111"}, "22-22-22", "22222222"),
    ("practice-details", {"address_1": "1 Old Road", "postcode": "SW1A 1AA"}, "2 New Road", "M1 1AE"),
    ("site-edit", {"address_1": "1 Old Road", "postcode": "SW1A 1AA"}, "2 New Road", "M1 1AE"),
    ("client-edit", {"address_1": "1 Old Road", "postcode": "SW1A 1AA"}, "2 New Road", "M1 1AE"),
    ("policy-edit", {"insurer_slug": "bupa", "membership_number": "ZZ00000001"}, "aviva", "ZZ00000009"),
    ("policy-edit", {"valid_from": "1 Jan 2026", "valid_to": "31 Dec 2026"}, "1 Mar 2026", "30 Nov 2026"),
    ("authorisation-edit", {"valid_from": "1 Jan 2026", "valid_to": "31 Dec 2026"}, "1 Mar 2026", "30 Nov 2026"),
    ("appointment-edit", {"day": "10 Nov 2026", "at": "09:00"}, "11 Nov 2026", "10:00"),
    ("practitioner", {"registration_body": "HCPC", "registration_number": "PH1"}, "GMC", "7654321"),
    ("service-edit", {"price": "70.00", "vat_rate": "0.00"}, "84.00", "20.00"),
    ("claim", {"patient_address_1": "1 Old Road", "patient_postcode": "SW1A 1AA"}, "2 New Road", "M1 1AE"),
    ("invoice-edit", {"patient_paid": "10.00", "patient_paid_method": "cash"}, "20.00", "card"),
]


@pytest.mark.parametrize(("name", "stored", "theirs", "mine"), TOGETHER)
def test_fields_that_belong_together_are_never_saved_half_of_one_person_and_half_of_another(
    name: str, stored: dict[str, str], theirs: str, mine: str, desk: Desk, browsers: tuple[Browser, Browser]
) -> None:
    page, (first, second) = PAGES[name], browsers
    address, (one, other) = page.address(desk), stored
    extra = {"anyway": "on"} if name == "appointment-edit" else {}
    sent = first.post(page.sent_to(address), opened(first, page, address) | stored | extra)
    assert sent.status_code == 302, sent.content.decode()
    began = opened(second, page, address)
    saved = first.post(page.sent_to(address), opened(first, page, address) | {one: theirs} | extra)
    assert saved.status_code == 302, saved.content.decode()
    asked = second.post(page.sent_to(address), began | {other: mine} | extra)
    assert is_asked(asked), asked.content.decode()
    assert opened(first, page, address)[other] == began[other]
    text = asked.content.decode()
    [(radio, chosen)] = choices(text).items()
    again = sent_form(text, address, page.sent_to(address))
    kept = second.post(page.sent_to(address), again | {radio: chosen["mine"]} | extra)
    assert kept.status_code == 302, kept.content.decode()
    now = opened(first, page, address)
    assert (now[one], now[other]) == (began[one], mine)


def test_a_policy_marked_as_mistaken_meanwhile_is_told_and_what_was_typed_of_it_is_kept(
    desk: Desk, browsers: tuple[Browser, Browser]
) -> None:
    page, (first, second) = PAGES["client-edit"], browsers
    address = page.address(desk)
    policy = Policy.objects.get()
    mine = opened(second, page, address)
    first.post(
        _policy_page(policy), opened(first, PAGES["policy-edit"], _policy_page(policy)) | {"entered_in_error": "on"}
    )
    asked = second.post(address, mine | {"scheme": "Gold", "phone": "020 2"})
    assert is_asked(asked)
    text = " ".join(asked.content.decode().split())
    assert f"{policy} was marked as entered by mistake after you opened the page." in text
    assert "saved by Rosa Example (at " in text
    assert "Choose the provider these details belong to" not in text
    again = sent_form(text, address, address)
    assert [again[name] for name in ("insurer_slug", "membership_number", "scheme")] == [
        policy.insurer_slug,
        policy.membership_number,
        "Gold",
    ]
    [(radio, chosen)] = choices(text).items()
    assert second.post(address, again | {radio: chosen["mine"]}).status_code == 302
    assert list(Policy.objects.filter(entered_in_error=False).values_list("scheme", flat=True)) == ["Gold"]
    assert Policy.objects.get(pk=policy.pk).scheme == ""


def test_a_policy_marked_as_mistaken_meanwhile_stays_so_where_only_other_fields_were_changed(
    desk: Desk, browsers: tuple[Browser, Browser]
) -> None:
    page, (first, second) = PAGES["client-edit"], browsers
    address = page.address(desk)
    policy = Policy.objects.get()
    mine = opened(second, page, address)
    first.post(
        _policy_page(policy), opened(first, PAGES["policy-edit"], _policy_page(policy)) | {"entered_in_error": "on"}
    )
    assert second.post(address, mine | {"phone": "020 2"}).status_code == 302
    policy.client.refresh_from_db()
    assert policy.client.phone == "020 2"
    assert Policy.objects.filter(entered_in_error=False).count() == 0


def test_a_choice_counts_only_for_what_was_seen(desk: Desk, browsers: tuple[Browser, Browser]) -> None:
    page, (first, second) = PAGES["site-edit"], browsers
    address = page.address(desk)
    mine = opened(second, page, address)
    first.post(address, opened(first, page, address) | {"name": "Two"})
    asked = second.post(address, mine | {"name": "Mine"}).content.decode()
    again, [(radio, chosen)] = sent_form(asked, address, address), choices(asked).items()
    first.post(address, opened(first, page, address) | {"name": "Three"})
    late = second.post(address, again | {radio: chosen["mine"]})
    assert is_asked(late)
    assert "Three" in late.content.decode()
    desk.site.refresh_from_db()
    assert desk.site.name == "Three"


def test_a_version_that_cannot_be_read_asks_about_each_difference(
    desk: Desk, browsers: tuple[Browser, Browser]
) -> None:
    page, (first, _) = PAGES["site-edit"], browsers
    address = page.address(desk)
    asked = first.post(address, opened(first, page, address) | {FIELD: "forged", "name": "Other"})
    assert is_asked(asked)
    assert first.post(address, opened(first, page, address) | {FIELD: "forged"}).status_code == 302


def test_a_number_added_meanwhile_stays(desk: Desk, browsers: tuple[Browser, Browser]) -> None:
    page, (first, second) = PAGES["practitioner"], browsers
    address = page.address(desk)
    theirs, mine = opened(first, page, address), opened(second, page, address)
    more = {"numbers-1-number": "TP000077", "numbers-1-insurer": "bupa", "numbers-1-site": ""}
    assert first.post(address, theirs | more).status_code == 302
    assert second.post(address, mine | {"profession": "Osteopath"}).status_code == 302
    assert {*ProviderNumber.objects.values_list("number", flat=True)} == {"TP000002", "TP000077"}


def test_rows_that_both_changed_are_told_in_words(desk: Desk, browsers: tuple[Browser, Browser]) -> None:
    page, (first, second) = PAGES["practitioner"], browsers
    address = page.address(desk)
    theirs, mine = opened(first, page, address), opened(second, page, address)
    more = {"numbers-1-insurer": "bupa", "numbers-1-site": ""}
    first.post(address, theirs | more | {"numbers-1-number": "TP000077"})
    text = second.post(address, mine | more | {"numbers-1-number": "TP000078"}).content.decode()
    assert "TP000002; TP000077 BUPA" in " ".join(text.split())
    assert "TP000002; TP000078 BUPA" in " ".join(text.split())


def test_what_somebody_else_changed_is_told_after_saving(desk: Desk, browsers: tuple[Browser, Browser]) -> None:
    page, (first, second) = PAGES["client-edit"], browsers
    address = page.address(desk)
    mine = opened(second, page, address)
    first.post(address, opened(first, page, address) | {"scheme": "Gold"})
    saved = second.post(address, mine | {"phone": "020 2"}, follow=True).content.decode()
    assert "changed “Scheme” after you opened the page" in saved


def test_the_first_setting_of_an_insurer_is_guarded_too(desk: Desk, browsers: tuple[Browser, Browser]) -> None:
    page, (first, second) = PAGES["insurer"], browsers
    address = page.address(desk)
    theirs, mine = opened(first, page, address), opened(second, page, address)
    first.post(address, theirs | {"healthcode_id": "fre"})
    assert second.post(address, mine | {"controlling_specialist_number": "TP000012"}).status_code == 302
    assert opened(first, page, address)["healthcode_id"] == "fre"


def test_credentials_that_somebody_else_entered_meanwhile_are_asked_about(desk: Desk) -> None:
    address = "/settings/integrations/healthcode/connect"
    browser = builders.signed_in(desk.owner)
    given = sent_form(browser.get(address).content.decode(), address, address)
    HealthcodeConnection.objects.filter(practice=desk.practice).update(site_id="HC0THEM")
    asked = browser.post(address, given | {"site_id": "HC0MINE"})
    assert is_asked(asked)
    assert "HC0THEM" in asked.content.decode()
    assert HealthcodeConnection.objects.get().site_id == "HC0THEM"
