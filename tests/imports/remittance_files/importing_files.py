"""Files of payments and payments typed in, as a person brings them to the pages."""

from __future__ import annotations

import html
import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from clearbill.claims.models import Claim
from clearbill.money.remittances.models import Upload

HEADER = "Invoice No,Amount Paid,Amount Claimed,Shortfall,Reason Code,Reason,Payment Reference,Payment Date,Insurer"


def row(claim: Claim, *, paid: str = "70.00", short: str = "", reference: str = "PAY900001", **cells: str) -> str:
    """What a file says of this claim, in the order of HEADER."""
    code, reason = ("ZSF01", "Policy excess") if short else ("", "")
    day, insurer = cells.get("day", "11/11/2026"), cells.get("insurer", "bup")
    number = cells.get("number", claim.number)
    return f"{number},{paid},{cells.get('claimed', '70.00')},{short},{code},{reason},{reference},{day},{insurer}"


def csv_file(*rows: str, header: str = HEADER) -> bytes:
    return "\r\n".join([header, *rows, ""]).encode()


def text(answer: Any, *, code: int = 200) -> str:
    """The words of a page as a person reads them."""
    assert answer.status_code == code, answer.status_code
    body = re.sub(r"<(script|style|svg|template|select)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def bring(browser: Browser, content: bytes, name: str = "payments.csv") -> str:
    """Bring a file and return the words of the page that follows."""
    return text(browser.post("/money/import", {"file": SimpleUploadedFile(name, content)}, follow=True))


def upload() -> Upload:
    return Upload.objects.latest("created_at")


def page(browser: Browser, query: str = "") -> str:
    return text(browser.get(f"/money/import/{upload().pk}{query}"))


def answer(browser: Browser, **given: str) -> str:
    return text(browser.post(f"/money/import/{upload().pk}/answers", given, follow=True))


def take_in(browser: Browser, **given: str) -> str:
    return text(browser.post(f"/money/import/{upload().pk}/take-in", given, follow=True))


def report(browser: Browser) -> str:
    answer: Any = browser.get(f"/money/import/{upload().pk}/report")
    assert answer.status_code == 200
    return b"".join(answer).decode()
