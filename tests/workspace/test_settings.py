"""Settings are saved in one way, and their forms have what their models have."""

from __future__ import annotations

import pytest
from django.db import models

from clearbill.forms.settings import SettingsForm
from clearbill.people.actor import Actor
from clearbill.people.models import AuditEntry, Membership, Practice
from clearbill.web.workspace.insurers import InsurerForm
from clearbill.web.workspace.payees import PayeeForm
from clearbill.web.workspace.practice_details import PracticeForm
from clearbill.web.workspace.services import ServiceForm
from clearbill.web.workspace.sites import SiteForm
from clearbill.workspace.models import InsurerSetting, Payee, Service, ServiceRate, Site
from clearbill.workspace.settings import save_with_audit
from tests import builders

pytestmark = pytest.mark.django_db

# What is set in another way than on the form of the row: whose it is, and what menus and addresses say.
ELSEWHERE = {"practice", "is_active", "is_default", "insurer_slug", "idle_minutes", "second_factor_for"}


@pytest.fixture
def owner() -> Membership:
    return builders.member(builders.practice("Alder Rooms"))


def save(owner: Membership, site: Site, **details: object) -> Site:
    return save_with_audit(
        Actor(owner.practice, owner.user, builders.NOW),
        row=site,
        details=details,
        added="added the site",
        changed="changed the site",
    )


def test_a_change_is_saved_and_told_field_by_field_and_one_that_changes_nothing_is_not_told(owner: Membership) -> None:
    site = save(owner, Site(practice=owner.practice), name="Main", site_number="TL1")
    assert AuditEntry.objects.get().changes == {"name": "Main", "site_number": "TL1"}
    save(owner, site, name="Main", site_number="TL2")
    save(owner, site, name="Main", site_number="TL2")
    entry = AuditEntry.objects.exclude(action="added the site").get()
    assert (entry.action, entry.changes) == ("changed the site", {"site_number": ["TL1", "TL2"]})


def test_what_somebody_else_saved_meanwhile_stays_and_is_what_the_change_is_told_against(owner: Membership) -> None:
    site = save(owner, Site(practice=owner.practice), name="Main", site_number="TL1")
    opened_before = Site.objects.get(pk=site.pk)
    Site.objects.filter(pk=site.pk).update(site_number="TL2", postcode="ZZ1 1ZZ", is_active=False)
    save(owner, opened_before, name="Main", site_number="TL3")
    stored = Site.objects.get(pk=site.pk)
    assert (stored.site_number, stored.postcode, stored.is_active) == ("TL3", "ZZ1 1ZZ", False)
    assert AuditEntry.objects.get(action="changed the site").changes == {"site_number": ["TL2", "TL3"]}


def test_a_form_that_is_refused_leaves_the_row_as_it_is(owner: Membership) -> None:
    form = PracticeForm({"name": "Beech Rooms", "invoice_prefix": "1"}, instance=owner.practice)
    assert not form.is_valid()
    assert owner.practice.name == "Alder Rooms"


@pytest.mark.parametrize(
    ("form", "model"),
    [
        (PracticeForm, Practice),
        (SiteForm, Site),
        (PayeeForm, Payee),
        (InsurerForm, InsurerSetting),
    ],
)
def test_every_setting_of_a_model_is_on_its_form_and_no_longer_than_its_column(
    form: type[SettingsForm], model: type[models.Model]
) -> None:
    columns = {column.name: column for column in model._meta.concrete_fields if column.editable}
    assert {*form.base_fields} == {*columns} - ELSEWHERE
    # The identifier says in a sentence of its own what is too long.
    longer = {
        name
        for name, field in form.base_fields.items()
        if (longest := getattr(field, "max_length", None)) and longest > (columns[name].max_length or 0)
    }
    assert longer <= {"healthcode_id"}


def test_every_column_of_a_service_and_of_its_rate_is_on_the_form() -> None:
    columns = {
        column.name: column
        for model in (Service, ServiceRate)
        for column in model._meta.concrete_fields
        if column.editable
    }
    assert {*ServiceForm.base_fields} == {*columns} - {*ELSEWHERE, "service", "valid_from"}
    lengths = {name: getattr(field, "max_length", None) for name, field in ServiceForm.base_fields.items()}
    assert not [name for name, longest in lengths.items() if longest and longest > (columns[name].max_length or 0)]


def test_the_pages_show_every_field_of_their_forms(owner: Membership) -> None:
    """A setting that is added to a model and its form stands on the page: the page names no field."""
    browser = builders.signed_in(owner)
    pages = {"practice": PracticeForm, "sites/new": SiteForm, "payees/new": PayeeForm, "services/new": ServiceForm}
    for path, form in {**pages, "insurers/bupa": InsurerForm}.items():
        page = browser.get(f"/settings/{path}").content.decode()
        assert not [name for name in form.base_fields if f'name="{name}"' not in page]


@pytest.mark.parametrize(
    ("address", "typed", "column"),
    [
        ("/settings/sites/new", {"name": "Rooms", "site_number": "tl 000009"}, (Site, "site_number", "TL000009")),
        (
            "/settings/payees/new",
            {"kind": "organisation", "name": "The Clinic", "number": "tp000012"},
            (Payee, "number", "TP000012"),
        ),
        (
            "/settings/insurers/bupa",
            {"is_billed": "on", "controlling_specialist_number": "tp000012", "diagnosis_scheme": "ICD10"},
            (InsurerSetting, "controlling_specialist_number", "TP000012"),
        ),
        (
            "/settings/services/new",
            {
                "name": "Visit",
                "price": "70",
                "vat_rate": "0.00",
                "duration_minutes": "30",
                "setting": "O",
                "isc": "zphy01",
            },
            (ServiceRate, "isc", "ZPHY01"),
        ),
    ],
)
def test_a_number_typed_in_small_letters_is_kept_as_bills_carry_it(
    owner: Membership, address: str, typed: dict[str, str], column: tuple[type[models.Model], str, str]
) -> None:
    answer = builders.signed_in(owner).post(address, typed)
    assert answer.status_code == 302, answer.content.decode()
    model, name, kept = column
    assert list(model._default_manager.values_list(name, flat=True)) == [kept]
