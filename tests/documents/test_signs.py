"""Which signs no paper can show, and that the pages say so before a paper is given out."""

from __future__ import annotations

from typing import Any

import pytest

from clearbill.documents import signs
from clearbill.people.models import Practice
from tests import builders

ACCENTED = "".join(chr(number) for number in range(0x20, signs.ALL_SHOWN_BELOW) if chr(number).isprintable())


def test_each_font_has_the_latin_letters_that_are_taken_for_granted() -> None:
    assert signs.are_in_fonts(ACCENTED)


@pytest.mark.parametrize("text", ["Nguyễn Őszi", "Ωж", "שלום", "عربي", "’“”–—→", "e\u0301", "Zoë\u200b", ""])
def test_what_the_fonts_have_is_not_told(text: str) -> None:
    assert signs.unprintable(text) == ""


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["陈小明"], "陈小明"),
        (["Ms Chen 陈", "1 Road, 陈"], "陈"),
        (["Zoë’s Rooms 🌿"], "🌿"),
        (["한 ไ"], "한ไ"),
        (["一二三四五六七八九"], "一二三四五六"),
    ],
)
def test_what_no_font_has_is_told_once_and_in_order(texts: list[str], told: str) -> None:
    assert signs.unprintable(*texts) == told


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["client", "invoice", "statement", "mail", "edit"])
def test_the_page_where_a_paper_is_made_and_the_clients_say_it(practice: Practice, where: str) -> None:
    desk = builders.signed_in(builders.member(practice))
    client = builders.client(practice, last_name="Chen 陈", email="chen@example.org")
    plain = builders.client(practice)

    def page(of: Any) -> str:
        made = builders.invoice(practice, client=of)
        address = {
            "client": f"/clients/{of.pk}",
            "edit": f"/clients/{of.pk}/edit",
            "invoice": f"/invoices/{made.pk}",
            "mail": f"/invoices/{made.pk}/email",
            "statement": f"/invoices/statements/{of.pk}",
        }[where]
        return str(desk.get(address).content.decode())

    assert "Papers cannot show “陈”" in page(client)
    assert "Papers cannot show" not in page(plain)


@pytest.mark.django_db
def test_a_line_and_the_practice_are_looked_at_too(practice: Practice) -> None:
    desk = builders.signed_in(builders.member(practice))
    made = builders.invoice(practice)
    made.lines.update(description="Back 腰")
    assert "Papers cannot show “腰”" in desk.get(f"/invoices/{made.pk}").content.decode()
    Practice.objects.filter(pk=practice.pk).update(name="Rooms 🌿", footer="Danke 谢")
    assert "Papers cannot show “🌿” and “谢”" in desk.get("/settings/practice").content.decode()
