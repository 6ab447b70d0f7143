"""Who may do what in a practice, in one table; and the door every page goes through."""

from __future__ import annotations

from enum import StrEnum

from clearbill.people.models import Role


class May(StrEnum):
    """Something a member may do. Its value is the end of the sentence “You may not …”."""

    SEE = "see this practice"
    CHANGE_CLIENTS = "change clients and their cover"
    CHANGE_DIARY = "change appointments"
    CHANGE_INVOICES = "make or change invoices"
    SUBMIT_CLAIMS = "make, change or submit claims"
    RECORD_MONEY = "record payments"
    WRITE_OFF = "write off money"
    CHANGE_SETTINGS = "change the Workspace Settings"
    MANAGE_TEAM = "invite or change users"
    SEE_AUDIT = "see the audit trail"


_DESK = {May.SEE, May.CHANGE_CLIENTS, May.CHANGE_DIARY, May.CHANGE_INVOICES, May.SUBMIT_CLAIMS}

ROLES: dict[str, frozenset[May]] = {
    Role.OWNER: frozenset(May),
    Role.ADMINISTRATOR: frozenset(May),
    Role.PRACTITIONER: frozenset(_DESK),
    Role.RECEPTIONIST: frozenset({*_DESK, May.RECORD_MONEY}),
    Role.ACCOUNTANT: frozenset({May.SEE, May.SEE_AUDIT}),
}
