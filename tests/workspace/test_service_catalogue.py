"""Workspace Settings > Business > Services."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import lxml.html
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clearbill.bill import dates
from clearbill.invoicing.services import invoice_appointments
from clearbill.people.actor import Actor
from clearbill.people.models import AuditEntry, Role
from clearbill.workspace import service_rates
from clearbill.workspace.models import CodeEntry, Service, ServiceRate
from tests import builders

pytestmark = pytest.mark.django_db


def typed(**changed: Any) -> dict[str, Any]:
    usual = {"name": "Hydrotherapy", "price": "£65", "vat_rate": "0.00", "duration_minutes": "45", "setting": "O"}
    return {**usual, "isc": " zphy 03 ", "procedure_code": "", **changed}


def test_a_service_is_saved_with_its_isc_cleaned() -> None:
    owner = builders.member(builders.practice())
    answer = builders.signed_in(owner).post("/settings/services/new", typed())
    assert answer.status_code == 302
    service = Service.objects.get()
    rate = service.rates.get()
    assert (rate.valid_from, rate.isc, rate.price) == (None, "ZPHY03", Decimal("65.00"))
    assert service.duration_minutes == 45
    assert AuditEntry.objects.get().action == "added the service"


def test_the_browser_does_not_cut_a_code_that_is_pasted_with_blanks() -> None:
    owner = builders.member(builders.practice())
    browser = builders.signed_in(owner)
    assert 'maxlength="8"' not in browser.get("/settings/services/new").content.decode()
    browser.post("/settings/services/new", typed(isc=" z p h y 0 1 "))
    assert Service.objects.get().rates.get().isc == "ZPHY01"


def test_the_isc_of_a_service_is_edited_and_stands_in_the_table() -> None:
    owner = builders.member(builders.practice())
    service = builders.service(owner.practice, isc="")
    browser = builders.signed_in(owner)
    page = browser.get(f"/settings/services/{service.pk}/edit").content.decode()
    assert "Healthcode Details" in page
    assert "appears on the invoice as the item code" in page
    given = typed(name=service.name, price="70", procedure_code="Z9911", isc="ZPHY01")
    browser.post(f"/settings/services/{service.pk}/edit", given)
    assert "ZPHY01" in browser.get("/settings/services").content.decode()
    entry = AuditEntry.objects.get(action="corrected the prices and codes")
    assert entry.changes["isc"] == ["", "ZPHY01"]
    assert service.rates.get().isc == "ZPHY01"


@pytest.mark.parametrize(
    "wrong",
    [
        {"price": "seventy"},
        {"price": "-1"},
        {"isc": "ZPHY01234567890123456"},
        {"name": ""},
        {"duration_minutes": "0"},
        {"vat_rate": "7"},
    ],
)
def test_what_cannot_be_is_refused_and_everything_typed_is_kept(wrong: dict[str, str]) -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    page = browser.post("/settings/services/new", typed(**{"name": "Kept name", **wrong})).content.decode()
    assert "to fix" in page
    assert not Service.objects.exists()
    assert ("Kept name" in page) or "name" in wrong
    if "price" in wrong:
        assert wrong["price"] in page


def test_an_odd_procedure_code_is_saved_with_a_warning() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    page = browser.post("/settings/services/new", typed(procedure_code="ODD1"), follow=True).content.decode()
    assert "does not look like a procedure code" in page
    assert Service.objects.get().rates.get().procedure_code == "ODD1"


def test_a_copy_has_another_name_and_the_same_codes() -> None:
    owner = builders.member(builders.practice())
    service = builders.service(owner.practice)
    service_rates.follow(
        Actor(owner.practice, owner.user, builders.NOW),
        service=service,
        changed={"price": Decimal("75.00")},
        valid_from=date(2027, 1, 1),
    )
    builders.signed_in(owner).post(f"/settings/services/{service.pk}/duplicate")
    copy = Service.objects.exclude(pk=service.pk).get()
    assert copy.name == f"{service.name} (copy)"
    dated = [(rate.valid_from, rate.price, rate.isc, rate.procedure_code) for rate in copy.rates.all()]
    assert dated == [
        (None, Decimal("70.00"), "ZPHY01", "Z9911"),
        (date(2027, 1, 1), Decimal("75.00"), "ZPHY01", "Z9911"),
    ]


def test_a_service_is_deactivated_and_activated_again_with_one_entry_each() -> None:
    owner = builders.member(builders.practice())
    service = builders.service(owner.practice)
    browser = builders.signed_in(owner)
    for _ in range(2):
        browser.post(f"/settings/services/{service.pk}/deactivate")
    service.refresh_from_db()
    assert not service.is_active
    browser.post(f"/settings/services/{service.pk}/activate")
    service.refresh_from_db()
    assert service.is_active
    assert AuditEntry.objects.count() == 2


def test_the_practices_own_codes_are_found_by_code_and_by_words() -> None:
    owner = builders.member(builders.practice())
    other = builders.practice("Hillside Psychology")
    CodeEntry.objects.create(practice=owner.practice, kind="isc", code="ZPHY01", title="Physiotherapy, first visit")
    CodeEntry.objects.create(practice=other, kind="isc", code="ZPHY02", title="Physiotherapy, theirs")
    browser = builders.signed_in(owner)
    for text in ("zphy", "first physio"):
        hits = browser.post("/settings/services/code-search/isc", {"q": text}).json()["hits"]
        assert [hit["code"] for hit in hits] == ["ZPHY01"]
    assert browser.post("/settings/services/code-search/procedure", {"q": "zphy"}).json()["hits"] == []
    assert browser.post("/settings/services/code-search/nonsense", {"q": "zphy"}).status_code == 404


def test_the_table_finds_and_sorts() -> None:
    owner = builders.member(builders.practice())
    builders.service(owner.practice, name="Alpha", isc="ZZ2", price=Decimal("90"))
    builders.service(owner.practice, name="Beta", isc="ZZ1", price=Decimal("10"))
    browser = builders.signed_in(owner)
    page = browser.post("/settings/services", {"sort": "price"}).content.decode()
    assert page.index("Beta") < page.index("Alpha")
    page = browser.post("/settings/services", {"q": "zz2"}).content.decode()
    assert "Alpha" in page
    assert "Beta" not in page
    assert browser.get("/settings/services?sort=nonsense&page=nonsense").status_code == 200


@pytest.mark.parametrize("role", [Role.PRACTITIONER, Role.RECEPTIONIST, Role.ACCOUNTANT])
def test_a_colleague_sees_services_and_changes_none(role: str) -> None:
    colleague = builders.member(builders.practice(), role)
    service = builders.service(colleague.practice)
    browser = builders.signed_in(colleague)
    assert browser.get("/settings/services").status_code == 200
    for part in ("edit", "duplicate", "activate", "deactivate"):
        assert browser.post(f"/settings/services/{service.pk}/{part}", typed()).status_code == 403
    assert browser.get("/settings/services/new").status_code == 403


def test_a_stranger_finds_no_service() -> None:
    service = builders.service(builders.practice())
    browser = builders.signed_in(builders.member(builders.practice("Hillside Psychology")))
    for part in ("edit", "duplicate", "activate", "deactivate"):
        assert browser.post(f"/settings/services/{service.pk}/{part}", typed()).status_code == 404


def test_the_table_needs_the_same_queries_for_two_and_for_twenty() -> None:
    owner = builders.member(builders.practice())
    browser = builders.signed_in(owner)
    counted = []
    for more in (2, 18):
        for _ in range(more):
            builders.service(owner.practice)
        with CaptureQueriesContext(connection) as caught:
            browser.get("/settings/services")
        counted.append(len(caught))
    assert counted[0] == counted[1]


def edit(service: Service, browser: Any, **changed: str) -> Any:
    """Send the form as the page shows it, with some of it typed over."""
    address = f"/settings/services/{service.pk}/edit"
    shown = lxml.html.fromstring(browser.get(address).content.decode())
    form = next(one for one in shown.forms if one.get("action") is None and one.get("method") == "post")
    return browser.post(address, {**dict(form.form_values()), **changed})


def dated(service: Service) -> list[tuple[date | None, str]]:
    return [(rate.valid_from, f"{rate.price}") for rate in ServiceRate.objects.filter(service=service)]


def test_the_page_asks_from_which_day_another_price_holds_and_takes_today_where_nobody_says() -> None:
    owner = builders.member(builders.practice())
    service, browser = builders.service(owner.practice), builders.signed_in(owner)
    assert edit(service, browser, price="75").status_code == 302
    assert dated(service) == [(None, "70.00"), (dates.today(), "75.00")]
    later = dates.today() + timedelta(days=30)
    edit(service, browser, price="80", valid_from=f"{later:%d/%m/%Y}")
    assert dated(service)[-1] == (later, "80.00")
    page = browser.get(f"/settings/services/{service.pk}/edit").content.decode()
    assert all(words in page for words in ("The beginning", "In force", "To come", "Ended", "£80.00"))
    assert 'value="75.00"' in page


def test_a_correction_that_cannot_be_is_refused_at_its_field_and_everything_typed_stays() -> None:
    owner = builders.member(builders.practice())
    service, browser = builders.service(owner.practice), builders.signed_in(owner)
    visit = builders.appointment(owner.practice, service=service)
    invoice_appointments(Actor(owner.practice, None, builders.NOW), appointments=[visit])
    answer = edit(service, browser, price="75", name="Kept name", manner="correction")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Another price or code: 1 line is invoiced by these prices and codes, so they stay." in page
    assert 'value="Kept name"' in page
    assert 'value="75"' in page
    for wrong in ("31/2/2027", "1/1/1926", ""):
        answer = edit(service, browser, price="75", valid_from=wrong)
        assert answer.status_code == 200
        assert "First day: " in answer.content.decode()
    assert dated(service) == [(None, "70.00")]
    service.refresh_from_db()
    assert service.name != "Kept name"


def test_a_change_to_come_is_taken_back_on_the_page_by_who_may_change_settings() -> None:
    owner = builders.member(builders.practice())
    service, browser = builders.service(owner.practice), builders.signed_in(owner)
    edit(service, browser, price="80", valid_from="1/1/2099")
    rate = service.rates.exclude(valid_from=None).get()
    address = f"/settings/services/rates/{rate.pk}/take-back"
    assert address in browser.get(f"/settings/services/{service.pk}/edit").content.decode()
    colleague = builders.signed_in(builders.member(owner.practice, Role.RECEPTIONIST))
    assert colleague.post(address).status_code == 403
    stranger = builders.signed_in(builders.member(builders.practice("Elsewhere")))
    assert stranger.post(address).status_code == 404
    page = browser.post(address, follow=True).content.decode()
    assert "The change from 1 Jan 2099 is taken back." in page
    assert dated(service) == [(None, "70.00")]


def test_the_list_shows_the_price_and_the_code_of_today() -> None:
    owner = builders.member(builders.practice())
    service = builders.service(owner.practice)
    for valid_from, price, isc in ((date(2020, 1, 1), "75", "ZPHY05"), (date(2099, 1, 1), "80", "ZPHY09")):
        actor = Actor(owner.practice, None, builders.NOW)
        service_rates.follow(
            actor, service=service, changed={"price": Decimal(price), "isc": isc}, valid_from=valid_from
        )
    page = builders.signed_in(owner).get("/settings/services").content.decode()
    assert "£75.00" in page
    assert "ZPHY05" in page
    assert "£70.00" not in page
    assert "£80.00" not in page


def test_a_service_is_not_added_twice_under_one_name() -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    assert browser.post("/settings/services/new", typed()).status_code == 302
    again = browser.post("/settings/services/new", typed(name=typed()["name"].upper()))
    assert "Another service has this name. Give each its own." in again.content.decode()
    assert Service.objects.count() == 1
