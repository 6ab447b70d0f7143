"""All that can be read here, for tests of who reads what: every address with every id, its files, the searches."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from uuid import UUID
from zipfile import ZipFile, is_zipfile

from django.http.response import HttpResponseBase
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter, UUIDConverter

from clearbill.appointments.models import Appointment
from clearbill.claims.models import Claim, Task
from clearbill.clients.models import Authorisation, Client, Policy
from clearbill.invoicing.models import CreditNote, Invoice, IssuedPaper, LedgerEntry
from clearbill.money.bank.models import Account, BankLine, StatementFile
from clearbill.money.remittances.models import ClaimPayment, Remittance
from clearbill.money.shortfalls.models import Letter
from clearbill.people.models import Membership
from clearbill.reports.catalogue import CATALOGUE
from clearbill.workspace.models import Payee, Practitioner, Service, ServiceRate, Site
from tests.documents.examples import text

# What an id in an address is of; any other one is that of nothing.
IDS: dict[str, type[Any]] = {
    "account_id": Account,
    "advice_id": ClaimPayment,
    "appointment_id": Appointment,
    "authorisation_id": Authorisation,
    "claim_id": Claim,
    "client_id": Client,
    "credit_note_id": CreditNote,
    "entry_id": LedgerEntry,
    "file_id": StatementFile,
    "invoice_id": Invoice,
    "item_id": Task,
    "letter_id": Letter,
    "line_id": BankLine,
    "membership_id": Membership,
    "paper_id": IssuedPaper,
    "payee_id": Payee,
    "policy_id": Policy,
    "practitioner_id": Practitioner,
    "rate_id": ServiceRate,
    "remittance_id": Remittance,
    "service_id": Service,
    "site_id": Site,
}
WORDS = {"name": [kind.name for kind in CATALOGUE], "slug": ["bupa"], "kind": ["isc"], "day": ["2026-11-09"]}
_DAYS = "first_on=2026-11-01&last_on=2026-11-30"
# What a page is asked for besides what it shows at first, by the beginning of its address.
QUERIES = {
    "/calendar/": (
        "date=2026-11-09",
        "date=2026-11-09&file=csv",
        "start=2026-11-01T00:00:00Z&end=2026-12-01T00:00:00Z",
    ),
    "/claims/work": ("show=settled",),
    "/invoices/statements/": (_DAYS,),
    "/money/accounts": (_DAYS,),
    "/money/expected": ("show=late", "show=billed", "show=pace", "show=late&file=csv", "show=billed&file=csv"),
    "/money/shortfalls": ("state=disputed", "state=decided", "state=waiting"),
    "/money/takings": ("day=10 Nov 2026", "day=10 Nov 2026&file=csv"),
    "/reports/": (_DAYS, f"{_DAYS}&file=csv"),
}
SEARCHES = (
    ("/search", "q"),
    ("/invoices/", "words"),
    ("/clients/", "text"),
    ("/claims/", "q"),
    ("/calendar/client-search", "q"),
    ("/money/bank", "words"),
    ("/money/shortfalls", "words"),
)
SOUGHT = ("Sample", "CB", "PAY", "BUPA", "M54")
# What a person reads about themselves, or leaves by: no data of the practice.
OF_ONESELF = ("sign-out", "account/", "password/", "set-up", "invitations/")


def addresses() -> list[str]:
    """Return every address of the installation, with the id of each thing there is."""
    return sorted({one for pattern in _patterns(get_resolver().url_patterns) for one in _filled(pattern)})


def _patterns(patterns: Any) -> Iterator[URLPattern]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from _patterns(one.url_patterns)
        else:
            yield one


def _filled(pattern: URLPattern) -> Iterator[str]:
    filled: list[dict[str, Any]] = [{}]
    for name, converter in pattern.pattern.converters.items():
        values = _values(name, converter)
        filled = [{**one, name: value} for one in filled for value in values]
    for one in filled:
        address = reverse(pattern.name, kwargs=one | dict(pattern.default_args))
        if not address[1:].startswith(OF_ONESELF):
            yield address


def _values(name: str, converter: Any) -> list[Any]:
    if not isinstance(converter, UUIDConverter | IntConverter):
        return WORDS.get(name, [])
    wanted = UUID if isinstance(converter, UUIDConverter) else int
    rows = IDS[name].objects.values_list("pk", flat=True) if name in IDS else []
    return [one for one in rows[:3] if isinstance(one, wanted)]


def readings(browser: Browser, address: str) -> Iterator[tuple[str, str]]:
    """Yield what is read at the address in every way there is: the page, its lists and files, and as a part of one."""
    answer = browser.get(address)
    yield address, content(answer)
    if answer.status_code != 200:
        return
    for beginning, queries in QUERIES.items():
        for query in queries if address.startswith(beginning) else ():
            yield f"{address}?{query}", content(browser.get(f"{address}?{query}"))
    as_file = browser.get(f"{address}?file=csv")
    if "attachment" in as_file.get("Content-Disposition", ""):
        yield f"{address}?file=csv", content(as_file)
        yield f"{address}?file=xlsx", content(browser.get(f"{address}?file=xlsx"))
    yield f"{address} as a part", content(browser.get(address, headers={"HX-Request": "true"}))


def searches(browser: Browser) -> Iterator[tuple[str, str]]:
    """Yield what is found by the searches, without the field that says what was looked for."""
    for asked in SOUGHT:
        for address, field in SEARCHES:
            said = browser.post(address, {field: asked}).content.decode()
            yield f"{address} for {asked}", said.replace(asked, "")


def content(answer: HttpResponseBase) -> str:
    """Return what an answer says, whatever form it has: a page, a table, a workbook, a PDF, a bundle of files."""
    if answer.status_code not in {200, 409}:
        return ""
    raw = b"".join(answer) if answer.streaming else answer.content  # type: ignore[attr-defined]
    if raw.startswith(b"%PDF"):
        return text(raw)
    if is_zipfile(BytesIO(raw)):
        with ZipFile(BytesIO(raw)) as bundle:
            return "\n".join(bundle.read(name).decode(errors="replace") for name in bundle.namelist())
    return raw.decode(errors="replace")
