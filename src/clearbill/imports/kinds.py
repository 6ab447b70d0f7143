"""The kinds of file that the pipeline takes in: a new one is a package beside this file and an entry in KINDS."""

from __future__ import annotations

from clearbill.fileformats.practice_systems import read_appointments, read_clients
from clearbill.fileformats.practice_systems.appointment_columns import APPOINTMENT_COLUMNS
from clearbill.fileformats.practice_systems.client_columns import CLIENT_COLUMNS
from clearbill.imports.appointments import check as appointments_check
from clearbill.imports.appointments import fields as appointments_fields
from clearbill.imports.appointments import places
from clearbill.imports.appointments import queries as appointments_queries
from clearbill.imports.appointments import take_in as appointments_take_in
from clearbill.imports.appointments import undo as appointments_undo
from clearbill.imports.clients import check as clients_check
from clearbill.imports.clients import fields as clients_fields
from clearbill.imports.clients import queries as clients_queries
from clearbill.imports.clients import take_in as clients_take_in
from clearbill.imports.clients import undo as clients_undo
from clearbill.imports.kind import ImportKind

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
    needed="last_name",
    labels=clients_fields.LABELS,
    headings=clients_queries.HEADINGS,
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
    needed="starts",
    labels=appointments_fields.LABELS,
    headings=appointments_queries.HEADINGS,
    read=read_appointments,
    asks=lambda file, reading: places.questions(file, reading.mentioned, reading.columns),
    new_rows=appointments_check.new_rows,
    check=appointments_check.check,
    decide=appointments_take_in.decide,
    take_in=appointments_take_in.take_in,
    undo=appointments_undo.undo,
    shown_rows=appointments_queries.shown_rows,
    candidates=appointments_queries.candidates,
    compared=appointments_queries.compared,
)

KINDS = {one.slug: one for one in (CLIENTS, APPOINTMENTS)}
