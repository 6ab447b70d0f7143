"""The kinds of file that the pipeline takes in: a new one is a package beside this file and an entry in KINDS."""

from __future__ import annotations

from clearbill.fileformats.lists.code_list import COLUMNS as CODE_COLUMNS
from clearbill.fileformats.lists.code_list import read_codes
from clearbill.fileformats.lists.price_list import COLUMNS as PRICE_COLUMNS
from clearbill.fileformats.lists.price_list import read_prices
from clearbill.fileformats.practice_systems import read_appointments, read_clients, read_invoices
from clearbill.fileformats.practice_systems.appointment_columns import APPOINTMENT_COLUMNS
from clearbill.fileformats.practice_systems.client_columns import CLIENT_COLUMNS
from clearbill.fileformats.practice_systems.invoice_columns import INVOICE_COLUMNS
from clearbill.imports.appointments import check as appointments_check
from clearbill.imports.appointments import fields as appointments_fields
from clearbill.imports.appointments import queries as appointments_queries
from clearbill.imports.appointments import take_in as appointments_take_in
from clearbill.imports.appointments import undo as appointments_undo
from clearbill.imports.clients import check as clients_check
from clearbill.imports.clients import fields as clients_fields
from clearbill.imports.clients import queries as clients_queries
from clearbill.imports.clients import take_in as clients_take_in
from clearbill.imports.clients import undo as clients_undo
from clearbill.imports.codes import check as codes_check
from clearbill.imports.codes import fields as codes_fields
from clearbill.imports.codes import queries as codes_queries
from clearbill.imports.codes import take_in as codes_take_in
from clearbill.imports.invoices import check as invoices_check
from clearbill.imports.invoices import fields as invoices_fields
from clearbill.imports.invoices import queries as invoices_queries
from clearbill.imports.invoices import take_in as invoices_take_in
from clearbill.imports.kind import ImportKind
from clearbill.imports.matching import known_names
from clearbill.imports.matching import rows as matching
from clearbill.imports.prices import check as prices_check
from clearbill.imports.prices import fields as prices_fields
from clearbill.imports.prices import queries as prices_queries
from clearbill.imports.prices import take_in as prices_take_in

SOURCES = {
    "cliniko": "Cliniko",
    "halaxy": "Halaxy",
    "jane": "Jane",
    "nookal": "Nookal",
    "pabau": "Pabau",
    "pps": "PPS",
    "semble": "Semble",
    "splose": "splose",
    "tm3": "TM3",
    "writeupp": "WriteUpp",
    "zanda": "Zanda (Power Diary)",
}

CLIENTS = ImportKind(
    slug="clients",
    sources=SOURCES,
    columns=CLIENT_COLUMNS,
    needed=("last_name",),
    labels=clients_fields.LABELS,
    headings=clients_queries.HEADINGS,
    to_decide="Perhaps here already",
    read=read_clients,
    asks=lambda _file, _reading: (),
    new_rows=clients_check.new_rows,
    check=clients_check.check,
    decide=clients_take_in.decide,
    take_in=clients_take_in.take_in,
    undo=clients_undo.undo,
    shown_rows=clients_queries.shown_rows,
    candidates=clients_queries.candidates,
    compared=clients_queries.compared,
)

APPOINTMENTS = ImportKind(
    slug="appointments",
    sources=SOURCES,
    columns=APPOINTMENT_COLUMNS,
    needed=("starts",),
    labels=appointments_fields.LABELS,
    headings=appointments_queries.HEADINGS,
    to_decide="To decide",
    read=read_appointments,
    asks=lambda file, reading: known_names.questions(file, reading.mentioned, reading.columns),
    new_rows=appointments_check.new_rows,
    check=appointments_check.check,
    decide=matching.decide,
    take_in=appointments_take_in.take_in,
    undo=appointments_undo.undo,
    shown_rows=appointments_queries.shown_rows,
    candidates=matching.candidates,
    compared=appointments_queries.compared,
)

INVOICES = ImportKind(
    slug="invoices",
    sources=SOURCES,
    columns=INVOICE_COLUMNS,
    needed=("number", "issued_on", "amount"),
    labels=invoices_fields.LABELS,
    headings=invoices_queries.HEADINGS,
    to_decide="To decide",
    read=read_invoices,
    asks=lambda file, reading: known_names.questions(file, reading.mentioned, reading.columns),
    new_rows=invoices_check.new_rows,
    check=invoices_check.check,
    decide=matching.decide,
    take_in=invoices_take_in.take_in,
    undo=invoices_take_in.undo,
    shown_rows=invoices_queries.shown_rows,
    candidates=matching.candidates,
    compared=matching.compared_clients,
)

CODES = ImportKind(
    slug="codes",
    sources={},
    columns=CODE_COLUMNS,
    needed=("code", "title"),
    labels=codes_fields.LABELS,
    headings=codes_fields.HEADINGS,
    read=lambda source, _today, answers, *, after_row=0: read_codes(source, answers, after_row=after_row),
    asks=codes_check.questions,
    new_rows=codes_check.new_rows,
    check=codes_check.check,
    take_in=codes_take_in.take_in,
    undo=codes_take_in.undo,
    shown_rows=codes_queries.shown_rows,
)

PRICES = ImportKind(
    slug="prices",
    sources={},
    columns=PRICE_COLUMNS,
    needed=("code", "amount", "valid_from"),
    labels=prices_fields.LABELS,
    headings=prices_fields.HEADINGS,
    order="key",
    undo_order="-key",
    read=lambda source, _today, answers, *, after_row=0: read_prices(source, answers, after_row=after_row),
    asks=lambda _file, _reading: (),
    new_rows=prices_check.new_rows,
    check=prices_check.check,
    take_in=prices_take_in.take_in,
    undo=prices_take_in.undo,
    shown_rows=prices_queries.shown_rows,
)

KINDS = {one.slug: one for one in (CLIENTS, APPOINTMENTS, INVOICES, CODES, PRICES)}
