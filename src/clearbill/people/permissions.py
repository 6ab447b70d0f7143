"""What each role may do, in one table."""

from __future__ import annotations

from enum import StrEnum

from clearbill.people.models import Role


class Permission(StrEnum):
    """Something a member may do. Its value is the end of the sentence “You may not …”."""

    SEE = "see this practice"
    CHANGE_CLIENTS = "change clients and their cover"
    CHANGE_DIARY = "change appointments"
    CHANGE_INVOICES = "make or change invoices"
    OVERRIDE_PRICES = "bill another price than the one of the day and the payer"
    SUBMIT_CLAIMS = "make, change or submit claims"
    LIFT_BLOCKS = "let a claim go that is blocked because its treatment is billed already"
    RECORD_MONEY = "record payments"
    WRITE_OFF = "write off money"
    CHANGE_SETTINGS = "change the Workspace Settings"
    MANAGE_TEAM = "invite or change users"
    SEE_AUDIT = "see the audit trail"
    EXPORT = "take out all of the practice"


_DESK = {
    Permission.SEE,
    Permission.CHANGE_CLIENTS,
    Permission.CHANGE_DIARY,
    Permission.CHANGE_INVOICES,
    Permission.SUBMIT_CLAIMS,
}

ROLES: dict[str, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.PRACTITIONER: frozenset(_DESK),
    Role.RECEPTIONIST: frozenset({*_DESK, Permission.RECORD_MONEY}),
    Role.ACCOUNTANT: frozenset({Permission.SEE, Permission.SEE_AUDIT}),
}

_RANKS = {Role.OWNER: 2, Role.ADMINISTRATOR: 1}


def may_manage(by: str, role: str) -> bool:
    """Return whether a member with the role `by` may invite, change or rename one with `role`: none above theirs."""
    return Permission.MANAGE_TEAM in ROLES[by] and _RANKS.get(Role(role), 0) <= _RANKS.get(Role(by), 0)
