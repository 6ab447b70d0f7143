"""The pages of payments: the list, an advice as it comes by post, the bank, and every download."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template, request

from healthcode_sandbox.house.house import House
from healthcode_sandbox.house.remittance import Payment
from healthcode_sandbox.page.bank import SORT_CODE, Bank, Statement
from healthcode_sandbox.page.bank_files import FILES
from healthcode_sandbox.page.remittance_files import file_name, message_id, remittance_csv, remittance_xml

PAYMENTS_PER_PAGE, BANK_LINES_SHOWN = 25, 100


def add_payment_pages(page: Blueprint, house: House) -> None:
    """Add the list of payments, the advice by post and the files of one payment."""
    _add_files(page, house)

    @page.get("/payments")
    def payments() -> str:
        number = page_number()
        found, every = house.payments.newest(limit=PAYMENTS_PER_PAGE, offset=(number - 1) * PAYMENTS_PER_PAGE)
        pages = -(-every // PAYMENTS_PER_PAGE)
        return render_template(
            "payments.html",
            payments=found,
            every=every,
            number=number,
            pages=pages,
            insurers=house.catalogue.insurers,
            held=Bank(house).held_back(),
        )

    @page.get("/payments/<int:payment_id>/advice")
    def advice(payment_id: int) -> str:
        payment = _payment(house, payment_id)
        insurer = house.catalogue.insurers[payment.insurer]
        if insurer.remittances:
            abort(404)
        return render_template(
            "advice.html",
            payment=payment,
            insurer=insurer,
            payee=house.catalogue.providers[payment.payee],
            shortfalls=house.catalogue.shortfalls,
            number=message_id(payment),
        )


def add_bank_pages(page: Blueprint, house: House) -> None:
    """Add the bank's page and its statement as files."""
    bank = Bank(house)

    def statement_of(site: str) -> Statement:
        if site not in house.catalogue.sites:
            abort(404)
        return bank.statement(house.catalogue.sites[site])

    @page.get("/bank")
    @page.get("/bank/<site>")
    def account(site: str = "") -> str:
        usual = next(iter(house.catalogue.sites))
        statement = statement_of(site or request.args.get("site", "") or usual)
        return render_template(
            "bank.html",
            statement=statement,
            shown=statement.lines[::-1][:BANK_LINES_SHOWN],
            sort_code="-".join(SORT_CODE[place : place + 2] for place in (0, 2, 4)),
            held=bank.held_back(),
            sites=[one for one in house.catalogue.sites.values() if one.subscribed],
            files={name: words for name, (_, _, words) in FILES.items()},
        )

    @page.get("/bank/<site>/<name>")
    def statement_file(site: str, name: str) -> Response:
        if name not in FILES:
            abort(404)
        write, kind, _ = FILES[name]
        return _download(write(statement_of(site)), kind=kind, name=f"{site}-{name}")


def page_number() -> int:
    """Return the page of a list that is asked for, from 1."""
    text = request.args.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 7 and int(text) > 0 else 1


def _add_files(page: Blueprint, house: House) -> None:
    @page.get("/payments/<int:payment_id>/remittance.xml")
    def as_xml(payment_id: int) -> Response:
        payment = _payment(house, payment_id)
        if not house.catalogue.insurers[payment.insurer].remittances:
            abort(404)
        return _download(remittance_xml(payment), kind="application/xml", name=file_name(payment, "xml"))

    @page.get("/payments/<int:payment_id>/remittance.csv")
    def as_csv(payment_id: int) -> Response:
        payment = _payment(house, payment_id)
        body = remittance_csv(payment, house.catalogue)
        return _download(body, kind="text/csv", name=file_name(payment, "csv"))


def _payment(house: House, payment_id: int) -> Payment:
    payment = house.payments.by_id(payment_id=payment_id) if payment_id < 10**12 else None
    if payment is None:
        abort(404)
    return payment


def _download(body: bytes, *, kind: str, name: str) -> Response:
    reply = Response(body, content_type=kind if kind.endswith("ofx") else f"{kind}; charset=utf-8")
    reply.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return reply
