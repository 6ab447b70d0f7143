"""An invoice as it is being made: the lines somebody wants, before it has a number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from clearbill.appointments.models import Appointment
from clearbill.bill import money
from clearbill.bill.dates import uk_day
from clearbill.clients.models import Authorisation, Client, Policy
from clearbill.invoicing.models import Invoice, InvoiceLine
from clearbill.workspace.models import Practitioner, Service, Site
from clearbill.workspace.pricing import PriceBook


@dataclass(frozen=True, slots=True)
class LineAmounts:
    """`net` = `gross` - `discount` + `vat`."""

    gross: Decimal
    discount: Decimal
    vat: Decimal
    net: Decimal


@dataclass(frozen=True, slots=True)
class InvoiceAmounts:
    """`net_total` = `gross_total` - `discount_total` + `vat_total` - `patient_paid`."""

    gross_total: Decimal
    discount_total: Decimal
    vat_total: Decimal
    patient_paid: Decimal
    net_total: Decimal


def of_line(*, units: int, unit_price: Decimal, discount: Decimal, vat_rate: Decimal) -> LineAmounts:
    """Return the amounts of one line; `vat_rate` is a percentage and is due on what remains after the discount."""
    gross = (unit_price * units).quantize(money.PENNY)
    vat = ((gross - discount) * vat_rate / 100).quantize(money.PENNY, rounding=ROUND_HALF_UP)
    return LineAmounts(gross, discount, vat, gross - discount + vat)


def of_invoice(lines: Iterable[LineAmounts], *, patient_paid: Decimal) -> InvoiceAmounts:
    """Return the totals of the lines, less what the patient has paid already."""
    rows = list(lines)
    gross = money.total(row.gross for row in rows)
    discount = money.total(row.discount for row in rows)
    vat = money.total(row.vat for row in rows)
    return InvoiceAmounts(gross, discount, vat, patient_paid, gross - discount + vat - patient_paid)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDraft:
    """One service given, in pounds. `item_code` is the ISC; `price_reason` why the price is not that of the day."""

    description: str
    treated_on: date
    unit_price: Decimal
    units: int = 1
    discount: Decimal = Decimal("0.00")
    vat_rate: Decimal = Decimal("0.00")
    item_code: str = ""
    procedure_code: str = ""
    setting: str = "O"
    service: Service | None = None
    appointment: Appointment | None = None
    price_reason: str = ""

    @property
    def appointment_id(self) -> UUID | None:
        return self.appointment.pk if self.appointment else None

    @property
    def service_id(self) -> UUID | None:
        return self.service.pk if self.service else None

    @property
    def amounts(self) -> LineAmounts:
        return of_line(units=self.units, unit_price=self.unit_price, discount=self.discount, vat_rate=self.vat_rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDraft:
    """Who is billed for whom. `insurer_slug` "" bills the client.

    `policy` and `authorisation` are what a person chose; None leaves it to the days of treatment.
    """

    client: Client
    practitioner: Practitioner
    issued_on: date
    insurer_slug: str = ""
    policy: Policy | None = None
    authorisation: Authorisation | None = None
    site: Site | None = None
    patient_paid: Decimal = Decimal("0.00")
    patient_paid_method: str = ""
    note: str = ""


def draft_of(invoice: Invoice) -> InvoiceDraft:
    """Return the head of an invoice as it stands."""
    return InvoiceDraft(
        client=invoice.client,
        practitioner=invoice.practitioner,
        site=invoice.site,
        insurer_slug=invoice.insurer_slug,
        policy=invoice.policy,
        authorisation=invoice.authorisation,
        issued_on=invoice.issued_on,
        patient_paid=invoice.patient_paid,
        patient_paid_method=invoice.patient_paid_method,
        note=invoice.note,
    )


def line_of(row: InvoiceLine) -> LineDraft:
    """Return a line of an invoice as it stands."""
    return LineDraft(
        description=row.description,
        treated_on=row.treated_on,
        unit_price=row.unit_price,
        units=row.units,
        discount=row.discount,
        vat_rate=row.vat_rate,
        item_code=row.item_code,
        procedure_code=row.procedure_code,
        setting=row.setting,
        service=row.service,
        appointment=row.appointment,
        price_reason=row.price_reason,
    )


def line_for(appointment: Appointment, insurer_slug: str, prices: PriceBook) -> LineDraft:
    """Return the line of a visit: its service's ISC, price and VAT of its day, for this payer; "" is the client."""
    service, day = appointment.service, uk_day(appointment.starts_at)
    price = prices.price(service, insurer_slug, day)
    return LineDraft(
        description=service.name,
        treated_on=day,
        unit_price=price.amount,
        vat_rate=price.rate.vat_rate,
        item_code=price.rate.isc,
        procedure_code=price.rate.procedure_code,
        setting=service.setting,
        service=service,
        appointment=appointment,
    )
