"""Where a client lives: the postcode is held against the country, and papers and claims say it."""

from __future__ import annotations

from datetime import date

import lxml.html
import pytest

from clearbill import documents
from clearbill.bill.json_codec import from_json
from clearbill.claims.core.validation import problems_today
from clearbill.clients.models import Client
from clearbill.invoicing.papers import pages
from tests import builders
from tests.claims.desk import Desk
from tests.documents.examples import text
from tests.web.clients.forms_typed import edit_page, saved_id

pytestmark = pytest.mark.django_db
VILLA = {"address_1": "Villa 3", "address_2": "Al Wasl Road", "postcode": "", "country": "AE"}


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (VILLA, ("", "AE")),
        ({"postcode": "75008", "country": "FR"}, ("75008", "FR")),
        ({"postcode": "je23ab", "country": "JE"}, ("JE2 3AB", "JE")),
        ({"postcode": "bfpo 801"}, ("BFPO 801", "GB")),
        ({"postcode": None, "country": None}, ("", "GB")),
    ],
)
def test_a_postcode_is_as_it_is_in_the_country(given: dict[str, str | None], stored: tuple[str, str]) -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    row = Client.objects.get(pk=saved_id(browser, **given))
    assert (row.postcode, row.country) == stored


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"postcode": "75008"}, "“75008” is not a UK postcode."),
        ({"postcode": "75008", "country": "GG"}, "“75008” is not a postcode of Guernsey."),
        ({"country": "UK"}, "Choose the country from the list."),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_typed_is_lost(given: dict[str, str], said: str) -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    answer = browser.post("/clients/new", edit_page(notes="Kept", **given))
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert "Kept" in answer.content.decode()
    assert not Client.objects.exists()


def test_the_country_is_shown_and_printed_where_it_is_not_the_uk_and_never_twice() -> None:
    practice = builders.practice()
    browser = builders.signed_in(builders.member(practice))
    row = builders.client(practice, **VILLA)
    invoice = builders.invoice(practice, client=row, insurer_slug="")
    for address in (f"/clients/{row.pk}", f"/invoices/{invoice.pk}"):
        assert "United Arab Emirates" in browser.get(address).content.decode()
    assert "United Arab Emirates" in text(documents.pdf(pages.invoice(invoice)))
    said = builders.client(practice, **{**VILLA, "address_2": "Dubai, United Arab Emirates"})
    assert said.address == ["Villa 3", "Dubai, United Arab Emirates"]
    assert builders.client(practice).address == ["1 Invented Street", "ZZ1 1ZZ"]


def test_a_claim_for_a_client_in_a_country_without_postcodes_is_not_stopped_by_the_postcode() -> None:
    desk = Desk()
    claim = desk.created(client=builders.client(desk.practice, **VILLA))
    assert from_json(claim.bill)[0].patient.patient_country == "AE"
    codes = {problem.code for problem in problems_today(claim, on=date(2026, 11, 10))}
    assert not codes & {"PATIENT-06", "PATIENT-11", "PATIENT-13"}
    elsewhere = desk.created(client=builders.client(desk.practice, **{**VILLA, "country": "FR"}))
    assert "PATIENT-06" in {problem.code for problem in problems_today(elsewhere, on=date(2026, 11, 10))}


def test_the_claim_page_offers_the_country_in_words() -> None:
    desk = Desk()
    claim = desk.created(client=builders.client(desk.practice, **VILLA))
    page = builders.signed_in(desk.owner).get(f"/claims/{claim.pk}").content.decode()
    [chosen] = lxml.html.fromstring(page).xpath("//select[@name='patient_country']/option[@selected]")
    assert (chosen.get("value"), chosen.text_content().strip()) == ("AE", "United Arab Emirates")
