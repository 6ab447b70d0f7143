"""The table of roles makes sense: no role may do what it may not see."""

from __future__ import annotations

import pytest

from clearbill.people.models import Role
from clearbill.people.permissions import ROLES, Permission

# The pages of the one show what the other is about: who may not see that has no use of the first.
NEEDS: dict[Permission, frozenset[Permission]] = {
    Permission.SEE_APPOINTMENTS: frozenset({Permission.SEE_CLINICAL}),
    Permission.SEE_BANK: frozenset({Permission.SEE_MONEY}),
    Permission.SEE_INCOME: frozenset({Permission.SEE_MONEY}),
    Permission.CHANGE_CLIENTS: frozenset({Permission.SEE_CLINICAL}),
    Permission.CHANGE_DIARY: frozenset({Permission.SEE_APPOINTMENTS}),
    Permission.CHANGE_INVOICES: frozenset({Permission.SEE_CLINICAL, Permission.SEE_MONEY}),
    Permission.OVERRIDE_PRICES: frozenset({Permission.CHANGE_INVOICES}),
    Permission.SUBMIT_CLAIMS: frozenset({Permission.SEE_CLINICAL}),
    Permission.LIFT_BLOCKS: frozenset({Permission.SUBMIT_CLAIMS}),
    Permission.RECORD_MONEY: frozenset({Permission.SEE_CLINICAL, Permission.SEE_MONEY}),
    Permission.RECONCILE: frozenset({Permission.SEE_BANK, Permission.RECORD_MONEY}),
    Permission.WRITE_OFF: frozenset({Permission.RECORD_MONEY}),
    Permission.EXPORT: frozenset({Permission.SEE_APPOINTMENTS, Permission.SEE_BANK, Permission.SEE_INCOME}),
}


@pytest.mark.parametrize("role", list(Role))
def test_a_role_sees_what_the_pages_of_its_permissions_show(role: Role) -> None:
    held = ROLES[role]
    assert {one: NEEDS[one] - held for one in held & set(NEEDS) if NEEDS[one] - held} == {}


def test_the_accountant_holds_nothing_that_shows_or_changes_clients() -> None:
    assert ROLES[Role.ACCOUNTANT] == {
        Permission.SEE,
        Permission.SEE_MONEY,
        Permission.SEE_BANK,
        Permission.SEE_INCOME,
        Permission.SEE_AUDIT,
    }
