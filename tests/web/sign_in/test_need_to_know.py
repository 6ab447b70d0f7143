"""Nobody reads what their role may not see: every page, list, file, message and search is read for planted words."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import chain

import pytest

from clearbill.bill import dates
from clearbill.invoicing import payments
from clearbill.invoicing.models import LedgerEntry
from clearbill.money.shortfalls import holds
from clearbill.people.models import Membership, Role
from clearbill.people.permissions import ROLES, Permission
from tests import builders
from tests.builders import TODAY
from tests.claims.desk import Desk
from tests.money.bank import teller
from tests.money.shortfalls.falling_short import short
from tests.web.sign_in.reading import addresses, content, readings, searches

pytestmark = pytest.mark.django_db

# Each stands in one place that tells what somebody was treated for.
CLINICAL = (
    "Zdiagnosis",
    "Zclientnote",
    "Zvisitnote",
    "Ztreatment",
    "Zinvoicenote",
    "Zbodyarea",
    "M54.5",
    "Zletter",
    "Zaudited",
    "Zreason",
)

BANK = ("Zbankline",)


@pytest.fixture
def desk() -> Desk:
    """A practice with a client whose record, visit, claim, bill, payment and letter each hold a planted word."""
    desk = Desk()
    client = builders.client(desk.practice, notes="Zclientnote", first_name="Zenobia")
    client.diagnoses.update(title="Zdiagnosis")
    builders.indexed(client)
    builders.authorisation(client, "ZZAUTH1", body_area="Zbodyarea")
    service = builders.service(desk.practice, name="Visit")
    builders.appointment(
        desk.practice, client=client, practitioner=desk.practitioner, service=service, note="Zvisitnote"
    )
    claim = short(desk, ("ZSF01", 20), ("ZSF03", 10), client=client, note="Zinvoicenote")
    claim.invoice.lines.update(description="Ztreatment")
    holds.dispute(desk.actor(), claim=claim, keys=["ZSF03"], text="Zletter", come_back_on=TODAY + timedelta(days=30))
    other = builders.invoice(desk.practice, client=client, practitioner=desk.practitioner, insurer_slug="")
    other.lines.update(description="Ztreatment", treated_on=date(2026, 11, 8))
    payments.record_payment(
        desk.actor(),
        invoice=other,
        amount=Decimal("12.34"),
        received_on=TODAY,
        source=LedgerEntry.PATIENT,
        method="cash",
        reference="Zreason",
    )
    teller.taken(desk, teller.csv("20/11/2026,BUPA Zbankline,71.37"))
    desk.actor().audit("changed the client", client, changes={"notes": ["", "Zaudited"]})
    desk.actor().audit("changed the claim", claim, changes={"diagnoses": [[], ["Zaudited"]]})
    return desk


def read(member: Membership, words: tuple[str, ...], *, under: str = "/") -> dict[str, list[str]]:
    """Return by each of these words that the member reads where they read it, at addresses that begin with `under`."""
    browser = builders.signed_in(member)
    found: dict[str, list[str]] = {}
    asked = [address for address in addresses() if address.startswith(under)]
    for where, said in chain(*(readings(browser, address) for address in asked), searches(browser)):
        for word in words:
            if word in said:
                found.setdefault(word, []).append(where)
    return found


def test_the_owner_reads_every_planted_word_so_that_the_test_below_can_fail(desk: Desk) -> None:
    assert set(read(desk.owner, (*CLINICAL, *BANK))) == {*CLINICAL, *BANK}


@pytest.mark.parametrize("role", [role for role in Role if Permission.SEE_CLINICAL not in ROLES[role]])
def test_who_may_not_see_clients_records_reads_nothing_clinical_anywhere(desk: Desk, role: Role) -> None:
    assert read(desk.colleague(role), CLINICAL) == {}


@pytest.mark.parametrize("role", [role for role in Role if Permission.SEE_BANK not in ROLES[role]])
def test_who_may_not_see_the_bank_reads_nothing_of_it_among_the_money(desk: Desk, role: Role) -> None:
    assert read(desk.colleague(role), BANK, under="/money/") == {}


def test_a_practitioner_reads_their_own_income_and_nobody_elses(desk: Desk) -> None:
    member = desk.colleague(Role.PRACTITIONER)
    own = builders.practitioner(desk.practice, "TP000009", name="Idris Own", membership=member)
    builders.invoice(desk.practice, practitioner=own, issued_on=dates.today())
    builders.invoice(desk.practice, practitioner=desk.practitioner, issued_on=dates.today())
    browser = builders.signed_in(member)
    for query in ("", f"?practitioner={desk.practitioner.pk}"):
        table = content(browser.get(f"/reports/income{query or '?'}&file=csv"))
        assert "Idris Own" in table
        assert desk.practitioner.name not in table
    assert builders.signed_in(desk.colleague(Role.PRACTITIONER)).get("/reports/income").status_code == 403
    assert browser.get("/money/accounts").status_code == 403


def test_the_accountant_reads_income_by_practitioner_and_not_by_service(desk: Desk) -> None:
    builders.invoice(desk.practice, practitioner=desk.practitioner, issued_on=dates.today())
    table = content(builders.signed_in(desk.colleague()).get("/reports/income?file=csv"))
    assert desk.practitioner.name in table
    assert "All services" in table
    assert "Physiotherapy, first visit" not in table
