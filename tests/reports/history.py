"""A practice with a random history: invoices, shares, payments, deductions, write-offs, claims, visits. Seeded."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.utils import timezone

from clearbill.appointments.models import Appointment
from clearbill.claims.models import Claim, ClaimEvent
from clearbill.invoicing import ledger
from clearbill.invoicing.models import Invoice, InvoiceLine, LedgerEntry
from clearbill.people.models import Practice
from clearbill.workspace.contract_prices.models import ContractPrice
from clearbill.workspace.models import ServiceRate
from tests import builders

TODAY = date(2026, 11, 24)
INSURERS = ("bupa", "axa-health", "aviva", "")
REASONS = (
    ("ZSF01", "Policy excess"),
    ("ZSF02", "Fee above the agreed rate"),
    ("", "Limit reached"),
    ("", " policy  Excess. "),
    ("ZSF03", ""),
    ("", "Limit reached."),
    ("ZSF04", "Fee above the agreed rate"),
)


def pounds(pence: int) -> Decimal:
    return (Decimal(pence) / 100).quantize(Decimal("0.01"))


class History:
    """Lives through `steps` steps of whatever may happen to a practice's money in the 200 days up to `today`."""

    def __init__(self, practice: Practice, seed: int, *, steps: int = 90, today: date = TODAY) -> None:
        self.practice, self.random, self.today = practice, Random(seed), today
        self.people = [builders.practitioner(practice, name=name, number="") for name in ("Ana Example", "Ben Example")]
        self.services = [
            builders.service(practice, name=f"Service {letter}", isc=f"ZX{letter}", price=pounds(4000 + 1234 * place))
            for place, letter in enumerate("ABC")
        ]
        self._prices()
        self.clients = {slug: builders.client(practice, insurer=slug) for slug in INSURERS}
        self.invoices: list[Invoice] = []
        happenings = (
            [self.bill] * 5
            + [self.visit] * 3
            + [self.pay] * 4
            + [self.deduct] * 3
            + [self.take_back] * 2
            + [self.pay_after_all, self.give_up, self.give_up, self.share, self.share, self.credit, self.void]
        )
        for _ in range(steps):
            self.random.choice(happenings)()

    def _prices(self) -> None:
        """One price rises in the middle, one insurer agreed other prices, one of them for some days only."""
        middle = self.today - timedelta(days=100)
        ServiceRate.objects.create(
            practice=self.practice, service=self.services[0], valid_from=middle, price=pounds(9999), isc="ZXA"
        )
        insurer = next(slug for slug in INSURERS if slug)
        for code, price, last in (("ZXA", 4321, middle), ("Z9911", 8765, None)):
            ContractPrice.objects.get_or_create(
                practice=self.practice,
                insurer_slug=insurer,
                code=code,
                valid_from=self.today - timedelta(days=150),
                defaults={"amount": pounds(price), "valid_to": last},
            )

    def day(self, since: date | None = None) -> date:
        since = since or self.today - timedelta(days=200)
        return since + timedelta(days=self.random.randint(0, max(0, (self.today - since).days)))

    def moment(self, day: date) -> datetime:
        return timezone.make_aware(datetime.combine(day, time(self.random.randint(8, 18), 5)))

    def bill(self) -> None:
        slug = self.random.choice(INSURERS)
        lines = [(self.random.choice([*self.services, None]), self._gross()) for _ in range(self.random.randint(1, 3))]
        gross = sum((gross for _, gross in lines), Decimal(0))
        vat = sum((self._vat(gross) for _, gross in lines), Decimal(0))
        at_visit = pounds(self.random.choice((0, 0, 0, 1500)))
        invoice = Invoice.objects.create(
            practice=self.practice,
            number=f"CB{70000 + len(self.invoices)}",
            client=self.clients[slug],
            practitioner=self.random.choice(self.people),
            insurer_slug=slug,
            issued_on=self.day(),
            gross_total=gross,
            vat_total=vat,
            patient_paid=at_visit,
            net_total=gross + vat - at_visit,
        )
        for place, (service, amount) in enumerate(lines, start=1):
            tax = self._vat(amount)
            InvoiceLine.objects.create(
                invoice=invoice,
                position=place,
                service=service,
                description=service.name if service else "By hand",
                treated_on=invoice.issued_on,
                unit_price=amount,
                gross=amount,
                vat=tax,
                net=amount + tax,
            )
        self.invoices.append(invoice)
        if slug:
            self._claim(invoice)

    def share(self) -> None:
        if parent := self._one(to_insurer=True):
            amount = pounds(self.random.randint(500, 3000))
            share = Invoice.objects.create(
                practice=self.practice,
                number=f"CB{70000 + len(self.invoices)}",
                client=parent.client,
                practitioner=parent.practitioner,
                insurer_slug="",
                issued_on=self.day(parent.issued_on),
                gross_total=amount,
                net_total=amount,
                share_of=parent,
            )
            InvoiceLine.objects.create(
                invoice=share,
                position=1,
                description="Your share",
                treated_on=share.issued_on,
                unit_price=amount,
                gross=amount,
                net=amount,
            )
            self.invoices.append(share)

    def visit(self) -> None:
        visit = builders.appointment(
            self.practice,
            client=self.clients[self.random.choice(INSURERS)],
            practitioner=self.random.choice(self.people),
            service=self.random.choice(self.services),
            starts_at=self.moment(self.day()),
            state=self.random.choice((Appointment.COMPLETED, Appointment.COMPLETED, Appointment.MISSED)),
        )
        free = InvoiceLine.objects.filter(invoice__practice=self.practice, appointment=None).order_by("pk")
        if (line := self._any(list(free))) and self.random.random() < 0.5:
            InvoiceLine.objects.filter(pk=line.pk).update(appointment=visit)

    def pay(self) -> None:
        if invoice := self._one():
            source = LedgerEntry.INSURER if invoice.insurer_slug and self.random.random() < 0.8 else LedgerEntry.PATIENT
            self._post(invoice, LedgerEntry.PAID, source, self._amount())

    def deduct(self) -> None:
        if invoice := self._one(to_insurer=True):
            self._post(invoice, LedgerEntry.SHORT, LedgerEntry.INSURER, self._amount(), *self.random.choice(REASONS))

    def pay_after_all(self) -> None:
        if (invoice := self._one(to_insurer=True)) and invoice.short_total > 0:
            amount = min(invoice.short_total, self._amount())
            self._post(invoice, LedgerEntry.SHORT, LedgerEntry.INSURER, -amount, "", "Paid after all.")

    def give_up(self) -> None:
        if (invoice := self._one(to_insurer=True)) and invoice.short_total > 0:
            amount, day = min(invoice.short_total, self._amount()), self.day(invoice.issued_on)
            self._post(invoice, LedgerEntry.SHORT, LedgerEntry.PRACTICE, -amount, on=day)
            self._post(invoice, LedgerEntry.WRITTEN_OFF, LedgerEntry.PRACTICE, amount, on=day)

    def credit(self) -> None:
        if invoice := self._one():
            self._post(invoice, LedgerEntry.CREDITED, LedgerEntry.PRACTICE, self._amount())

    def take_back(self) -> None:
        entries = LedgerEntry.objects.filter(practice=self.practice, takes_back=None, taken_back_by=None)
        if entry := self._any(list(entries.order_by("pk"))):
            invoice = Invoice.objects.get(pk=entry.invoice_id)
            with builders.holding(invoice):
                ledger.reverse(invoice, entry, on=self.day(entry.on), by=None, now=builders.NOW, reason="By mistake.")

    def void(self) -> None:
        kept = [one for one in self._fresh() if not one.open_total - one.net_total and not one.shares.exists()]
        if invoice := self._any(kept):
            Invoice.objects.filter(pk=invoice.pk).update(voided_at=self.moment(self.day()))

    def _claim(self, invoice: Invoice) -> None:
        status = self.random.choice(
            [
                "Created",
                "Submitted",
                "Awaiting collection",
                "Collected by insurer",
                "Rejected",
                "Part paid",
                "Paid",
                "Declined",
                "Cancelled",
            ]
        )
        sent = status != "Created" and self.random.random() < 0.95
        claim = Claim.objects.create(
            practice=self.practice,
            invoice=invoice,
            number=invoice.number,
            insurer_slug=invoice.insurer_slug,
            practitioner=invoice.practitioner,
            status=status,
            bill={},
            version=self.random.choice((1, 1, 1, 2)),
            status_at=builders.NOW,
            submitted_at=self.moment(self.day(invoice.issued_on)) if sent else None,
            is_current=self.random.random() < 0.9,
        )
        if status == "Cancelled" and self.random.random() < 0.5:
            ClaimEvent.objects.create(
                claim=claim, at=builders.NOW, event="refused", status_after="Rejected", source="healthcode"
            )

    def _post(
        self,
        invoice: Invoice,
        kind: str,
        source: str,
        amount: Decimal,
        code: str = "",
        reason: str = "",
        on: date | None = None,
    ) -> None:
        values: dict[str, Any] = {
            "practice": self.practice.pk,
            "invoice": invoice.pk,
            "at": builders.NOW,
            "on": on or self.day(invoice.issued_on),
            "kind": kind,
            "source": source,
            "amount": amount,
            "reference": "Testa Sample",
            "reason": reason,
            "code": code,
            "advice": None,
            "takes_back": None,
            "by": None,
        }
        with builders.holding(invoice):
            ledger.post_many([values])

    def _one(self, *, to_insurer: bool = False) -> Invoice | None:
        return self._any([one for one in self._fresh() if not to_insurer or one.insurer_slug])

    def _fresh(self) -> list[Invoice]:
        return list(Invoice.objects.filter(practice=self.practice, voided_at=None).order_by("number"))

    def _any(self, rows: list[Any]) -> Any:
        return self.random.choice(rows) if rows else None

    def _amount(self) -> Decimal:
        return pounds(self.random.randint(1, 6000))

    def _gross(self) -> Decimal:
        return pounds(self.random.randint(0, 9000))

    def _vat(self, gross: Decimal) -> Decimal:
        """Every second penny amount has VAT, so that the same line has the same each time."""
        return (gross / 5).quantize(Decimal("0.01")) if int(gross * 100) % 2 else Decimal("0.00")
