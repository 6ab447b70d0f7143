"""What each role may see and do, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from clearbill.people.models import Membership, Role


class Permission(StrEnum):
    """Something a member may see or do. Its value is the end of the sentence “You may not …”."""

    SEE = "see this practice"
    SEE_CLINICAL = "see clients’ records: diagnoses, treatments, notes, claims and bills"
    SEE_APPOINTMENTS = "see appointments"
    SEE_MONEY = "see invoices and payments"
    SEE_BANK = "see the bank accounts and their statements"
    SEE_INCOME = "see the income of every practitioner, and the accounts"
    CHANGE_CLIENTS = "change clients and their cover"
    CHANGE_DIARY = "change appointments"
    CHANGE_INVOICES = "make or change invoices"
    OVERRIDE_PRICES = "bill another price than the one of the day and the payer"
    SUBMIT_CLAIMS = "make, change or submit claims"
    LIFT_BLOCKS = "let a claim go that is blocked because its treatment is billed already"
    RECORD_MONEY = "record payments"
    RECONCILE = "bring in bank statements or match what is on them"
    WRITE_OFF = "write off money"
    CHANGE_SETTINGS = "change the Workspace Settings"
    MANAGE_TEAM = "invite or change users"
    SEE_AUDIT = "see the audit trail"
    EXPORT = "take out all of the practice"


Permissions = frozenset[Permission]

_DESK = {
    Permission.SEE,
    Permission.SEE_CLINICAL,
    Permission.SEE_APPOINTMENTS,
    Permission.SEE_MONEY,
    Permission.CHANGE_CLIENTS,
    Permission.CHANGE_DIARY,
    Permission.CHANGE_INVOICES,
    Permission.SUBMIT_CLAIMS,
}

ROLES: Mapping[str, Permissions] = {
    Role.OWNER: frozenset(Permission),
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.PRACTITIONER: frozenset(_DESK),
    Role.RECEPTIONIST: frozenset({*_DESK, Permission.SEE_BANK, Permission.RECORD_MONEY, Permission.RECONCILE}),
    Role.ACCOUNTANT: frozenset(
        {Permission.SEE, Permission.SEE_MONEY, Permission.SEE_BANK, Permission.SEE_INCOME, Permission.SEE_AUDIT}
    ),
}

_RANKS = {Role.OWNER: 2, Role.ADMINISTRATOR: 1}


def permissions_of(membership: Membership) -> Permissions:
    """Return what a member may see and do in their practice."""
    return ROLES[membership.role]


def may_manage(by: str, role: str) -> bool:
    """Return whether a member with the role `by` may invite, change or rename one with `role`: none above theirs."""
    return Permission.MANAGE_TEAM in ROLES[by] and _RANKS.get(Role(role), 0) <= _RANKS.get(Role(by), 0)
