"""The kinds of file that the pipeline takes in: a new one is a package beside this file and an entry in KINDS."""

from __future__ import annotations

from clearbill.fileformats.practice_systems import read_clients
from clearbill.fileformats.practice_systems.client_columns import CLIENT_COLUMNS
from clearbill.imports.clients import check, take_in, undo
from clearbill.imports.clients.fields import LABELS
from clearbill.imports.kind import ImportKind

CLIENTS = ImportKind(
    slug="clients",
    sources={
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
    },
    columns=CLIENT_COLUMNS,
    labels=LABELS,
    read=read_clients,
    new_rows=check.new_rows,
    check=check.check,
    take_in=take_in.take_in,
    undo=undo.undo,
)

KINDS = {one.slug: one for one in (CLIENTS,)}
