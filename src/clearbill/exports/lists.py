"""The lists of an export for people and other systems, with headings in words; pages hand out the same columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from django.db.models import Model, QuerySet

from clearbill.appointments.models import Appointment
from clearbill.claims.models import Claim, Task
from clearbill.clients.models import Authorisation, Client, ClientDiagnosis, Policy
from clearbill.exports.tables import rows_of
from clearbill.fileformats.csv_writer import Cell, WrittenTable
from clearbill.invoicing.models import CreditNote, Invoice, InvoiceLine, LedgerEntry
from clearbill.money.bank.models import BankLine
from clearbill.money.remittances.models import ClaimPayment, Remittance
from clearbill.people.models import AuditEntry, Practice
from clearbill.workspace.models import Practitioner, ServiceRate, Site

ROWS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class ExportedList:
    """One list: the table whose rows it has, what it is in a sentence, and each heading with the path of its value."""

    model: type[Model]
    told: str
    columns: tuple[tuple[str, str], ...]

    @property
    def headings(self) -> list[str]:
        return [heading for heading, _ in self.columns]

    def rows(self, practice: Practice) -> Iterator[Sequence[Cell]]:
        """Yield all of the practice's rows."""
        return self.cells(rows_of(self.model, practice))

    def cells(self, rows: QuerySet[Any]) -> Iterator[Sequence[Cell]]:
        """Yield the cells of these rows of the table, in their order."""
        return rows.values_list(*(path for _, path in self.columns)).iterator(chunk_size=ROWS_AT_ONCE)

    def cells_of(self, row: Model) -> list[Cell]:
        """Return the cells of one row that was read whole, for those who add a column of their own."""
        return [reduce(getattr, path.split("__"), row) for _, path in self.columns]  # type: ignore[misc]

    def table_of(self, rows: Iterable[Model]) -> WrittenTable:
        """Return these rows, read whole, to be written as a file."""
        return WrittenTable(self.headings, (self.cells_of(row) for row in rows))

    def table(self, rows: QuerySet[Any]) -> WrittenTable:
        """Return these rows of the table, to be written as a file."""
        return WrittenTable(self.headings, self.cells(rows))


_CLIENT = (
    ("Client number", "client__number"),
    ("First name", "client__first_name"),
    ("Last name", "client__last_name"),
)

_OF_INVOICE = (("Invoice number", "invoice__number"), ("Client number", "invoice__client__number"))

LISTS = {
    "clients": ExportedList(
        Client,
        "Everybody, archived clients too.",
        (
            ("Client number", "number"),
            ("Title", "title"),
            ("First name", "first_name"),
            ("Other names", "other_names"),
            ("Last name", "last_name"),
            ("Date of birth", "birth_date"),
            ("Sex", "sex"),
            ("Email", "email"),
            ("Phone", "phone"),
            ("Address line 1", "address_1"),
            ("Address line 2", "address_2"),
            ("Address line 3", "address_3"),
            ("Address line 4", "address_4"),
            ("Postcode", "postcode"),
            ("Country", "country"),
            ("GP", "gp_name"),
            ("Notes", "notes"),
            ("Archived", "archived_at"),
            ("Merged into", "merged_into__number"),
        ),
    ),
    "policies": ExportedList(
        Policy,
        "The clients’ insurance. A day that is not known is empty.",
        (
            *_CLIENT,
            ("Insurer", "insurer_slug"),
            ("Membership number", "membership_number"),
            ("Group number", "group_number"),
            ("Scheme", "scheme"),
            ("Valid from", "valid_from"),
            ("Valid to", "valid_to"),
            ("Policy holder", "holder_name"),
            ("Relation", "holder_relation"),
            ("Primary", "is_primary"),
            ("Excess", "excess"),
            ("Excess left", "excess_left"),
            ("Entered by mistake", "entered_in_error"),
        ),
    ),
    "authorisations": ExportedList(
        Authorisation,
        "What insurers authorised.",
        (
            ("Client number", "policy__client__number"),
            ("Insurer", "policy__insurer_slug"),
            ("Membership number", "policy__membership_number"),
            ("Code", "code"),
            ("Valid from", "valid_from"),
            ("Valid to", "valid_to"),
            ("Sessions", "sessions"),
            ("Amount", "amount"),
            ("Body area", "body_area"),
            ("Item codes", "codes"),
            ("Contact", "contact"),
            ("Note", "note"),
            ("Entered by mistake", "entered_in_error"),
        ),
    ),
    "diagnoses": ExportedList(
        ClientDiagnosis,
        "The clients’ diagnoses; position 1 is the primary one.",
        (*_CLIENT, ("Position", "position"), ("Scheme", "scheme"), ("Code", "code"), ("Title", "title")),
    ),
    "practitioners": ExportedList(
        Practitioner, "Those who treat.", (("Name", "name"), ("Registration", "registration_number"))
    ),
    "sites": ExportedList(Site, "Where they treat.", (("Name", "name"), ("Postcode", "postcode"))),
    "prices": ExportedList(
        ServiceRate,
        "What a service costs, and its codes, from a day of treatment on.",
        (
            ("Service", "service__name"),
            ("From", "valid_from"),
            ("Price", "price"),
            ("VAT rate", "vat_rate"),
            ("Industry Standard Code", "isc"),
            ("Procedure code", "procedure_code"),
        ),
    ),
    "appointments": ExportedList(
        Appointment,
        "The diary.",
        (
            ("Starts (UTC)", "starts_at"),
            ("Ends (UTC)", "ends_at"),
            *_CLIENT,
            ("Practitioner", "practitioner__name"),
            ("Site", "site__name"),
            ("Service", "service__name"),
            ("State", "state"),
            ("Note", "note"),
            ("Cancelled (UTC)", "cancelled_at"),
            ("Not charged because", "not_charged_because"),
            ("Invoiced in another system", "is_billed_elsewhere"),
        ),
    ),
    "invoices": ExportedList(
        Invoice,
        "Every invoice with what is open on it. Billed to nobody by name: to the client.",
        (
            ("Invoice number", "number"),
            ("Issued", "issued_on"),
            ("From another system", "is_imported"),
            *_CLIENT,
            ("Billed to", "insurer_slug"),
            ("Practitioner", "practitioner__name"),
            ("Gross", "gross_total"),
            ("Discount", "discount_total"),
            ("VAT", "vat_total"),
            ("Patient already paid", "patient_paid"),
            ("Net", "net_total"),
            ("Paid", "paid_total"),
            ("Short", "short_total"),
            ("Written off", "written_off_total"),
            ("Credited", "credited_total"),
            ("Open", "open_total"),
            ("Share of", "share_of__number"),
            ("Void since", "voided_at"),
            ("Note", "note"),
        ),
    ),
    "invoice-lines": ExportedList(
        InvoiceLine,
        "The lines of the invoices.",
        (
            *_OF_INVOICE,
            ("Line", "position"),
            ("Treated", "treated_on"),
            ("Service", "description"),
            ("Industry Standard Code", "item_code"),
            ("Procedure code", "procedure_code"),
            ("Units", "units"),
            ("Unit price", "unit_price"),
            ("Discount", "discount"),
            ("VAT rate", "vat_rate"),
            ("VAT", "vat"),
            ("Net", "net"),
        ),
    ),
    "books": ExportedList(
        LedgerEntry,
        "The ledger: every entry of every invoice. One is taken back by another, none is changed.",
        (
            ("Entry", "id"),
            ("Day", "on"),
            ("Written (UTC)", "at"),
            *_OF_INVOICE,
            ("Kind", "kind"),
            ("From", "source"),
            ("Amount", "amount"),
            ("Paid by", "method__method"),
            ("Reference", "reference"),
            ("Code", "code"),
            ("Reason", "reason"),
            ("Takes back entry", "takes_back_id"),
            ("By", "by__full_name"),
        ),
    ),
    "credit-notes": ExportedList(
        CreditNote,
        "Credit notes.",
        (
            ("Number", "number"),
            ("Issued", "issued_on"),
            *_OF_INVOICE,
            ("Total", "total"),
            ("VAT", "vat_total"),
            ("Reason", "reason"),
        ),
    ),
    "claims": ExportedList(
        Claim,
        "Every claim with its status. The bytes that were sent and received are in data/claims.exchange.jsonl.",
        (
            ("Claim number", "number"),
            *_OF_INVOICE,
            ("Insurer", "insurer_slug"),
            ("Practitioner", "practitioner__name"),
            ("Payee", "payee__name"),
            ("Treated", "treated_on"),
            ("Net", "net_total"),
            ("Status", "status"),
            ("Status since (UTC)", "status_at"),
            ("Submitted (UTC)", "submitted_at"),
            ("Healthcode’s number", "clearing_bill_number"),
            ("Reference", "reference"),
            ("Version", "version"),
            ("Current", "is_current"),
        ),
    ),
    "remittances": ExportedList(
        Remittance,
        "The payments of the insurers.",
        (
            ("Insurer", "insurer_slug"),
            ("Payment reference", "payment_reference"),
            ("Paid on", "paid_on"),
            ("Announced (UTC)", "announced_at"),
            ("Amount", "amount"),
        ),
    ),
    "insurer-payments": ExportedList(
        ClaimPayment,
        "What each payment of an insurer says of each bill.",
        (
            ("Insurer", "remittance__insurer_slug"),
            ("Payment reference", "remittance__payment_reference"),
            ("Paid on", "remittance__paid_on"),
            ("Invoice number", "invoice_number"),
            ("Claim number", "claim__number"),
            ("Claimed", "claimed"),
            ("Paid", "paid"),
            ("Previously paid", "previously_paid"),
            ("Deducted", "short"),
            ("State", "state"),
            ("Note", "note"),
        ),
    ),
    "bank-lines": ExportedList(
        BankLine,
        "The movements of the bank accounts; money in is above nothing.",
        (
            ("Account", "account__name"),
            ("Day", "on"),
            ("Amount", "amount"),
            ("Text", "description"),
            ("Reference", "reference"),
            ("State", "state"),
            ("Explained", "matched"),
            ("Why set aside", "aside_reason"),
        ),
    ),
    "tasks": ExportedList(
        Task,
        "What only a person can settle about a claim.",
        (
            ("Claim number", "claim__number"),
            ("Kind", "kind"),
            ("What it is", "sentence"),
            ("Since (UTC)", "created_at"),
            ("Settled (UTC)", "settled_at"),
            ("Settled by", "settled_by__full_name"),
        ),
    ),
    "audit": ExportedList(
        AuditEntry,
        "Who did what, when.",
        (
            ("When (UTC)", "at"),
            ("Who", "by_name"),
            ("What", "action"),
            ("Kind", "subject_type"),
            ("Subject", "subject_label"),
            ("Changes", "changes"),
        ),
    ),
}
"""The lists by the name of their file, in the order of the description."""
