"""What `clearbill read` can read: a kind is a reader, and what is told of each of its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import IO, Any

from clearbill.fileformats import Answers, Reading, read_remittance, read_statement
from clearbill.fileformats.lists.code_list import read_codes
from clearbill.fileformats.lists.price_list import read_prices
from clearbill.fileformats.practice_systems import read_appointments, read_clients, read_invoices
from clearbill.fileformats.uploaded_file import Source


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: how it is read, and under which names the fields of a row are told."""

    read: Callable[[IO[bytes], date, Answers], Reading[Any]]
    names: Mapping[str, str]

    def values(self, row: Any) -> dict[str, Any]:
        """Return what is told of a row, by name."""
        fields = getattr(row, "details", None)  # A contract price keeps its fields in a dictionary.
        return {name: fields[field] if fields else getattr(row, field) for field, name in self.names.items()}

    def called(self, field: str) -> str:
        """Return the name under which a field is told, which is its own where no row has it."""
        return self.names.get(field, field)


def _statement(stream: IO[bytes], today: date, answers: Answers) -> Reading[Any]:
    return read_statement(stream, today=today, answers=answers)


def _remittance(stream: IO[bytes], today: date, answers: Answers) -> Reading[Any]:
    return read_remittance(stream, today=today, answers=answers)


def _clients(stream: IO[bytes], today: date, answers: Answers) -> Reading[Any]:
    return read_clients(Source(stream), today, answers)


def _appointments(stream: IO[bytes], today: date, answers: Answers) -> Reading[Any]:
    return read_appointments(Source(stream), today, answers)


def _invoices(stream: IO[bytes], today: date, answers: Answers) -> Reading[Any]:
    return read_invoices(Source(stream), today, answers)


def _codes(stream: IO[bytes], _today: date, answers: Answers) -> Reading[Any]:
    return read_codes(Source(stream), answers)


def _prices(stream: IO[bytes], _today: date, answers: Answers) -> Reading[Any]:
    return read_prices(Source(stream), answers)


def _as_they_are(fields: str) -> dict[str, str]:
    return {field: field for field in fields.split()}


KINDS = {
    "bank": Kind(
        _statement,
        {
            "booked_on": "date",
            "amount": "amount",
            "description": "text",
            "reference": "reference",
            "balance": "balance",
            "account": "account",
        },
    ),
    "remittance": Kind(
        _remittance,
        _as_they_are(
            "invoice_number amount_paid amount_claimed shortfall previously_paid reason reason_code payment_reference"
            " paid_on patient_name membership_number clearing_claim_number payor_claim_number insurer payee_number"
        ),
    ),
    "clients": Kind(
        _clients,
        _as_they_are(
            "source_key title first_name other_names last_name birth_date sex email phone address_1 address_2 address_3"
            " address_4 postcode country gp_name notes insurer_slug membership_number group_number scheme policy_from"
            " policy_to excess authorisation_code"
        )
        | {"insurer_slug": "insurer"},
    ),
    "appointments": Kind(
        _appointments,
        _as_they_are(
            "source_key client_key first_name last_name birth_date email phone starts_at ends_at practitioner service"
            " site status invoice_number note"
        ),
    ),
    "invoices": Kind(
        _invoices,
        _as_they_are(
            "number issued_on client_key first_name last_name birth_date email phone insurer_slug practitioner lines"
            " amount paid is_open paid_on"
        )
        | {"insurer_slug": "insurer", "is_open": "open"},
    ),
    "codes": Kind(_codes, _as_they_are("code title price kind")),
    "prices": Kind(
        _prices,
        {
            "insurer_slug": "insurer",
            "code": "code",
            "amount": "price",
            "valid_from": "valid_from",
            "valid_to": "valid_to",
            "visit": "visit",
            "description": "description",
            "note": "note",
        },
    ),
}
"""By the words after --kind."""
