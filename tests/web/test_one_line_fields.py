"""What is one line on a page is one line when it is stored, whatever is posted: no line break, no control character."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django import forms
from django.core import mail
from django.core.exceptions import ValidationError

from clearbill.people.models import Invitation, Practice, Role
from tests import builders

WEB = Path(__file__).resolve().parents[2] / "src" / "clearbill" / "web"
MANY_LINES = {
    "calendar.forms.AppointmentForm.note",
    "clients.forms.DetailsForm.notes",
    "clients.policy_forms.AuthorisationForm.note",
    "invoices.document_forms.MailForm.text",
    "invoices.forms.InvoiceForm.note",
    "money.follow_up.forms.ChaseForm.note",
    "money.shortfalls.forms.LetterForm.text",
    "workspace.practice_details.PracticeForm.footer",
}
"""The text areas: their line breaks stay."""
SIGNS = ("\n", "\r\n", "\r", "\x00", "\x0b", "\x1b[2J", "\x7f", "\x85", "\u2028")
HOSTILE = [f"Riverside{sign}Bcc: x" for sign in SIGNS]


def _fields() -> Iterator[tuple[str, forms.Field]]:
    for path in sorted(WEB.rglob("*.py")):
        if "forms." in path.read_text():
            module = import_module(".".join(("clearbill.web", *path.relative_to(WEB).with_suffix("").parts)))
            for one in list(vars(module).values()):
                if isinstance(one, type) and issubclass(one, forms.BaseForm) and one.__module__ == module.__name__:
                    name = f"{module.__name__.removeprefix('clearbill.web.')}.{one.__name__}"
                    yield from ((f"{name}.{field}", kind) for field, kind in getattr(one, "base_fields", {}).items())


FIELDS = dict(_fields())
ONE_LINE = [name for name, field in FIELDS.items() if not isinstance(field.widget, forms.Textarea)]


def test_the_text_areas_are_those_that_are_named() -> None:
    assert {name for name in FIELDS if name not in ONE_LINE} == MANY_LINES
    assert len(ONE_LINE) > 100


@pytest.mark.django_db
@pytest.mark.parametrize("name", ONE_LINE)
def test_a_control_character_is_refused_or_made_a_blank(name: str) -> None:
    for text in HOSTILE:
        try:
            kept = FIELDS[name].clean(text)
        except (ValidationError, TypeError):
            continue
        assert not any(unicodedata.category(sign) in {"Cc", "Zl", "Zp"} for sign in str(kept)), (text, kept)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["Riverside\nBcc: evil@example.org", "Riverside\r\n\r\nHello"])
def test_a_practice_with_a_line_break_in_its_name_still_invites(name: str) -> None:
    owner = builders.member(builders.practice())
    Practice.objects.update(name=name)
    sent = {"full_name": "Ida", "email": "ida@example.org", "role": Role.RECEPTIONIST}
    assert builders.signed_in(owner).post("/settings/users/invite", sent).status_code == 302
    assert mail.outbox[0].subject == "Invitation to " + " ".join(name.split())
    assert mail.outbox[0].recipients() == ["ida@example.org"]
    assert Invitation.objects.count() == 1


@pytest.mark.django_db
def test_the_name_of_the_practice_is_kept_in_one_line() -> None:
    owner = builders.member(builders.practice())
    browser = builders.signed_in(owner)
    page = browser.get("/settings/practice")
    initial = {name: value for name, value in page.context["form"].initial.items() if value is not None}
    browser.post("/settings/practice", {**initial, "name": "Riverside\nBcc: x"})
    owner.practice.refresh_from_db()
    assert owner.practice.name == "Riverside Bcc: x"
