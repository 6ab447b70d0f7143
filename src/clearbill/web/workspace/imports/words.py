"""What the pages of imports say of each kind of file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from clearbill.fileformats.lists.code_list import CODE_TEMPLATE
from clearbill.fileformats.lists.price_list import PRICE_TEMPLATE
from clearbill.fileformats.practice_systems.appointment_columns import APPOINTMENT_TEMPLATE
from clearbill.fileformats.practice_systems.client_columns import TEMPLATE
from clearbill.fileformats.practice_systems.invoice_columns import INVOICE_TEMPLATE
from clearbill.imports.models import ImportRow
from clearbill.people.permissions import Permission

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class KindWords:
    """What is said of one kind of file.

    `what_for` is what the file may hold, `undoing` what undoing does. By verdict: `asks` is the heading over one row,
    `asks_all` the sentence above the buttons for all rows; `choices` and `choices_all` are the decisions in words.
    `decided` is what became of a row by its decision. A kind that leaves nothing to decide has none of these.
    `template` has an example and a hint for each column.
    """

    name: str
    what_for: str
    permission: Permission
    template: Mapping[str, tuple[str, str]]
    undoing: str
    asks: Texts = field(default_factory=dict)
    asks_all: Texts = field(default_factory=dict)
    choices: Mapping[str, Texts] = field(default_factory=dict)
    choices_all: Mapping[str, Texts] = field(default_factory=dict)
    decided: Texts = field(default_factory=dict)


CLIENTS = KindWords(
    name="Clients",
    what_for="One row for each client, with the names of the columns in the first line. The usual names are known in "
    "any order; what is not known is asked. Only the last name is compulsory. A newer file of the same system changes "
    "only what changed there since, and asks where something was changed here too.",
    permission=Permission.CHANGE_CLIENTS,
    template=TEMPLATE,
    undoing="Undoing deletes the clients that it added and changes back what it changed. A client with an appointment, "
    "an invoice or anything else by now stays, and is named.",
    asks={
        ImportRow.DOUBLE: "Is row {} a client who is here?",
        ImportRow.CONFLICT: "Row {} was changed on both sides",
    },
    asks_all={
        ImportRow.DOUBLE: "These clients may be here already. Decide about each row, or about all of them:",
        ImportRow.CONFLICT: "What changed in the file was changed here too. Decide about each row, or about all of "
        "them:",
    },
    choices={
        ImportRow.DOUBLE: {
            "skip": "Leave the row out",
            "new": "They are two people: add a new client",
            "update": "They are one person: bring the record here up to date",
        },
        ImportRow.CONFLICT: {
            "skip": "Leave the row out",
            "update": "They are one person: bring the record here up to date",
        },
    },
    choices_all={
        ImportRow.DOUBLE: {
            "skip": "Leave all out",
            "new": "Add all as new clients",
            "update": "Bring the records here up to date",
        },
        ImportRow.CONFLICT: {"skip": "Leave all out", "update": "Keep ours where both changed"},
    },
    decided={
        "skip": "Is left out",
        "new": "Comes as a new client",
        "update": "Brings the record here up to date",
    },
)

APPOINTMENTS = KindWords(
    name="Appointments",
    what_for="One row for each appointment, with the names of the columns in the first line, or a calendar (iCal). "
    "Import the clients first: each is found by the number in the other system, by the number here, or by name and "
    "date of birth. You say once for each name which practitioner and which service it is. Times are UK time.",
    permission=Permission.CHANGE_DIARY,
    template=APPOINTMENT_TEMPLATE,
    undoing="Undoing deletes the appointments that it added and changes back what it changed. One that was invoiced or "
    "changed here by now stays, and is named.",
    asks={
        ImportRow.DOUBLE: "Does row {} belong in the calendar?",
        ImportRow.CONFLICT: "Row {} was changed on both sides",
    },
    asks_all={
        ImportRow.DOUBLE: "Somebody has to say whose these appointments are, or that the time is taken twice. Decide "
        "about each row, or about all of them. Where several clients could be meant, decide about the row itself.",
        ImportRow.CONFLICT: "These appointments were changed in the file and here. Decide about each row, or about all "
        "of them:",
    },
    choices={
        ImportRow.DOUBLE: {"skip": "Leave the row out", "new": "Add the appointment for this client"},
        ImportRow.CONFLICT: {"skip": "Leave it as it is here", "update": "Make it as it is in the file"},
    },
    choices_all={
        ImportRow.DOUBLE: {"skip": "Leave all out", "new": "Add all to the calendar"},
        ImportRow.CONFLICT: {"skip": "Leave all as they are here", "update": "Make all as in the file"},
    },
    decided={
        "skip": "Is left out",
        "new": "Comes into the calendar",
        "update": "Is made as in the file",
    },
)

INVOICES = KindWords(
    name="Invoices, with what is open",
    what_for="One row for each invoice, or for each of its lines, with the names of the columns in the first line. "
    "Import the clients first: each is found by the number in the other system, by the number here, or by name and "
    "date of birth. Every invoice keeps its number, what was paid and what is open, to the penny. It was claimed where "
    "it was given out, so no claim is ever made of it here, and its treatments cannot be claimed a second time.",
    permission=Permission.RECORD_MONEY,
    template=INVOICE_TEMPLATE,
    undoing="Undoing deletes the invoices that it added. One on which something was paid, credited or given out by now "
    "stays, and is named.",
    asks={ImportRow.DOUBLE: "Whose is the invoice of row {}?"},
    asks_all={
        ImportRow.DOUBLE: "Somebody has to say whose these invoices are. Decide about each row, or about all of them. "
        "Where several clients could be meant, decide about the row itself."
    },
    choices={ImportRow.DOUBLE: {"skip": "Leave the row out", "new": "Add the invoice for this client"}},
    choices_all={ImportRow.DOUBLE: {"skip": "Leave all out", "new": "Add all"}},
    decided={"skip": "Is left out", "new": "Is added"},
)

CODES = KindWords(
    name="Code list",
    what_for="The ISC and procedure codes that you are licensed for, one row for each, with the names of the columns "
    "in the first line. Only code and title are compulsory. A code that is here already gets the new title and price. "
    "Up to 5 MB and 50,000 rows.",
    permission=Permission.CHANGE_SETTINGS,
    template=CODE_TEMPLATE,
    undoing="Undoing takes out the codes that it added, changes back what it changed and puts back what it took out. A "
    "code that was loaded again since stays, and is named.",
)

PRICES = KindWords(
    name="Contract prices",
    what_for="What insurers have agreed to pay, one row for each price from a day on, with the names of the columns in "
    "the first line. In dates the day comes before the month. A price without a last day ends the day before the next "
    "one of the same insurer and code begins. Up to 20,000 rows.",
    permission=Permission.CHANGE_SETTINGS,
    template=PRICE_TEMPLATE,
    undoing="Undoing withdraws the prices that it added, and those go on that they ended. A price that was ended or "
    "followed by another since stays, and is named.",
)

WORDS = {
    "clients": CLIENTS,
    "appointments": APPOINTMENTS,
    "invoices": INVOICES,
    "codes": CODES,
    "prices": PRICES,
}
"""By the slug of the kind."""
