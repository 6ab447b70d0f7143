"""The money rooms on a working day: the bank's statement, a payment by post, what was decided on deductions."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from clearbill.bill import dates
from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim
from clearbill.demo.sandbox_client import StandIn
from clearbill.demo.workspace import ACCOUNT_NUMBER, Cast
from clearbill.imports.bank_statements import services
from clearbill.imports.remittance_files import services as remittance_files_services
from clearbill.invoicing.models import Invoice, LedgerEntry, Method
from clearbill.invoicing.payments import record_payment
from clearbill.money.bank import manual_match
from clearbill.money.bank.models import BankLine, StatementFile
from clearbill.money.follow_up import late_claims
from clearbill.money.follow_up import services as follow_up_services
from clearbill.money.follow_up.late_claims import LateFilter
from clearbill.money.remittances.models import Remittance
from clearbill.money.shortfalls import excess, holds, letters, queries
from clearbill.money.shortfalls import services as shortfalls_services
from clearbill.money.shortfalls.shortfall import Deduction
from clearbill.people.actor import Actor

EXCESS, FEE, FIRST_VISIT, NO_AUTHORISATION = "ZSF01", "ZSF03", "ZSF04", "ZSF06"

"""The stand-in's codes of reasons, as `shortfalls.reasons` knows them."""

KEPT_BACK_AFTER = timedelta(days=12)

TAKEN_AT_VISIT = Decimal("50.00")

USUAL = {"Card takings": "Card machine: clients who paid at the desk."}


class Money:
    """What the practice did with the insurers' answers, up to `now`."""

    def __init__(self, cast: Cast, stand_in: StandIn, now: datetime) -> None:
        self.cast, self.stand_in, self.now = cast, stand_in, now
        self.today = dates.uk_day(now)

    def tell(self) -> None:
        """Tell it all, after the story of the weeks. The stand-in's clock stands at `now`."""
        self._by_post()
        self._bank()
        self._decisions()
        self._excess_at_a_visit()
        self._asked_an_insurer()

    def _by_post(self) -> None:
        """Take in the newest payment of which a letter came and nobody has typed in anything."""
        for payment in reversed([one for one in self.stand_in.payments() if one["by_post"]]):
            numbers = [one["invoice_no"] for one in payment["claims"]]
            if self._claims(status=Status.COLLECTED, number__in=numbers).count() == len(numbers):
                content = io.BytesIO(self.stand_in.advice_by_post(payment["id"]))
                name = f"{payment['reference']}.csv"
                upload = remittance_files_services.store_file(self._actor(), content=content, name=name)
                # Said also where the dates prove it themselves, so that the demo is the same on every day.
                upload = remittance_files_services.save_answers(upload, {"order": "dmy"})
                remittance_files_services.commit(self._actor(), upload=upload, although_alike=True)
                return

    def _bank(self) -> None:
        """Take in the bank's statement, on which one payment is missing, and set aside what comes every week."""
        self._keep_one_back()
        file = services.store_statement(
            self._actor(),
            name=f"statement-{self.today}.ofx",
            content=self.stand_in.statement(),
            account=f"Current account ending in {ACCOUNT_NUMBER[-4:]}",
            today=self.today,
        )
        services.commit(self._actor(), file=file, today=self.today)
        for name, reason in USUAL.items():
            self._set_aside_as_usual(file, name, reason)

    def _keep_one_back(self) -> None:
        day = self.today - KEPT_BACK_AFTER
        paid = Remittance.objects.filter(practice=self.cast.practice, amount__gt=0, paid_on__lte=day)
        known = set(paid.values_list("payment_reference", flat=True))
        there = [one for one in self.stand_in.payments() if one["reference"] in known]
        if there:
            self.stand_in.keep_back(max(there, key=_paid_on)["id"])

    def _set_aside_as_usual(self, file: StatementFile, name: str, reason: str) -> None:
        lines = BankLine.objects.filter(file=file, state=BankLine.NEW, description__startswith=name)
        if line := lines.first():
            manual_match.ignore_line(self._actor(), line=line, reason=reason, is_usual=True)

    def _decisions(self) -> None:
        """Of each kind one; what came later is still to be decided."""
        asked = [self._ask(*one, weeks=weeks) for weeks, one in zip((5, 2), self._short(EXCESS), strict=False)]
        for share in asked[:1]:
            self._pay(share, share.net_total, weeks=3)
        for claim, one in self._first(FIRST_VISIT):
            holds.dispute(
                self._actor(weeks=2),
                claim=claim,
                keys=[one.key],
                text=letters.proposed_text([one]),
                come_back_on=self.today + timedelta(weeks=2),
            )
        for claim, one in self._first(NO_AUTHORISATION):
            holds.hold(
                self._actor(weeks=1),
                claim=claim,
                key=one.key,
                come_back_on=self.today + timedelta(weeks=1),
                note="The patient is looking for the authorisation letter.",
            )
        for claim, one in self._first(FEE):
            shortfalls_services.write_off(
                self._actor(weeks=1),
                claim=claim,
                key=one.key,
                amount=one.left,
                reason="Billed above the agreed price; the price of the service is fixed.",
            )

    def _ask(self, claim: Claim, one: Deduction, *, weeks: int) -> Invoice:
        return shortfalls_services.invoice_patient(self._actor(weeks=weeks), claim=claim, amounts={one.key: one.left})

    def _pay(self, invoice: Invoice, amount: Decimal, *, weeks: int) -> None:
        actor = self._actor(weeks=weeks)
        on = dates.uk_day(actor.now)
        record_payment(
            actor,
            invoice=invoice,
            amount=amount,
            received_on=on,
            source=LedgerEntry.PATIENT,
            method=Method.CARD,
        )

    def _excess_at_a_visit(self) -> None:
        claims = self._claims(status=Status.AWAITING_COLLECTION, invoice__net_total__gt=TAKEN_AT_VISIT)
        if claim := claims.order_by("-number").first():
            excess.charge(self._actor(), invoice=claim.invoice, amount=TAKEN_AT_VISIT, method=Method.CARD)

    def _asked_an_insurer(self) -> None:
        for claim in late_claims.late_claims(self.cast.practice, LateFilter(), on=self.today)[:1]:
            follow_up_services.record_chase(
                self._actor(),
                claim=claim,
                chased_on=self.today - timedelta(days=4),
                again_on=self.today + timedelta(days=10),
                note="By telephone: the bill is with their assessors.",
            )

    def _first(self, code: str) -> Iterator[tuple[Claim, Deduction]]:
        """Yield the first deduction of this code that nobody has decided on, if there is one."""
        for found in self._short(code):
            yield found
            return

    def _short(self, code: str) -> Iterator[tuple[Claim, Deduction]]:
        """Yield the claims with a deduction of this code that nobody has decided on, oldest first."""
        of = LedgerEntry.objects.filter(practice=self.cast.practice, kind=LedgerEntry.SHORT, code=code).order_by(
            "on", "pk"
        )
        for invoice_id in list(dict.fromkeys(of.values_list("invoice", flat=True))):
            claim = self._claims(invoice=invoice_id).get()
            one = queries.shortfall_on(claim.invoice).of(code)
            if one and one.left:
                yield claim, one

    def _claims(self, **wanted: Any) -> Any:
        rows = Claim.objects.filter(practice=self.cast.practice, is_current=True, **wanted)
        return rows.select_related("invoice", "practice", "practitioner", "payee")

    def _actor(self, *, weeks: int = 0) -> Actor:
        return Actor(self.cast.practice, self.cast.owner, self.now - timedelta(weeks=weeks))


def _paid_on(payment: dict[str, Any]) -> tuple[date, int]:
    return date.fromisoformat(payment["paid_on"]), payment["id"]
