"""What a browser posts from the Edit Details page."""

from __future__ import annotations

from typing import Any

from django.test import Client as Browser


def edit_page(**changed: Any) -> dict[str, Any]:
    typed = {
        "title": "Ms",
        "first_name": "Testa",
        "last_name": "Sample",
        "birth_date": "12/4/1985",
        "sex": "F",
        "address_1": "1 Invented Street",
        "postcode": "sw1a1aa",
        "insurer_slug": "bupa",
        "membership_number": "ZZ 0000 0001",
        "authorisation_code": "ZZAUTH01",
        "diagnosis": ["ICD10:M54.5"],
        "action": "save",
    }
    return {key: value for key, value in {**typed, **changed}.items() if value is not None}


def saved_id(browser: Browser, **changed: Any) -> str:
    """Add a client through the page and return its id."""
    answer = browser.post("/clients/new", edit_page(**changed))
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"]).rsplit("/", 1)[1]
