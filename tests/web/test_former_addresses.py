"""Addresses at which lists were handed out as CSV by earlier versions still do, with their filters."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests import builders

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "kwargs"),
    [
        ("bank-lines-file", {}),
        ("takings-file", {}),
        ("expected-export", {}),
        ("report-file", {"name": "aged-debt"}),
        ("codes-export", {}),
        ("contract-prices-export", {}),
    ],
)
def test_a_former_address_hands_out_the_list_of_its_page(name: str, kwargs: dict[str, str]) -> None:
    browser = builders.signed_in(builders.member(builders.practice()))
    answer = browser.get(reverse(name, kwargs=kwargs) + "?insurer=bupa")
    assert answer.status_code == 307
    assert answer.headers["Location"].endswith("?insurer=bupa&file=csv")
    file = browser.get(answer.headers["Location"])
    assert file.status_code == 200
    # Of the bank there is a page alone before there is a statement.
    assert file.headers["Content-Type"].startswith("text/csv" if name != "bank-lines-file" else "text/html")
