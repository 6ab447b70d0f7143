"""Forms of billing: the invoice, its lines, a payment, a void."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, cast
from uuid import UUID, uuid4

from django import forms

from clearbill.appointments.models import Appointment
from clearbill.bill import dates, insurers, money
from clearbill.clients import policies
from clearbill.clients.models import Authorisation
from clearbill.forms.fields import CodeField, KeyField, PastDayField, PoundsField, TextField
from clearbill.forms.rows import Rows, rows_of
from clearbill.invoicing import cover, ledger, payments
from clearbill.invoicing.drafts import InvoiceDraft, LineDraft, line_for
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.invoicing.services import NOT_ITS_DAY
from clearbill.people.models import Practice
from clearbill.web.components.client_field import ClientForm, of_practice
from clearbill.web.components.method_field import NO_METHOD, MethodField
from clearbill.workspace.models import SETTING_CHOICES, Practitioner, Service, Site
from clearbill.workspace.pricing import PriceBook
from clearbill.workspace.provider_numbers import USUAL_SITE, usual_site

MOST_UNITS = 99

WHO = {"required": "Choose the practitioner."}

VISIT_GONE = "The visit of this line is no longer there. Remove the line and add it again."

LINES_LOST = "The lines did not arrive whole. Go back to the invoice and enter them again."

AS_COVERED, CLIENT_PAYS = "as-covered", "client"


def _number(**more: str) -> forms.TextInput:
    return forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", **more})


class InvoiceForm(ClientForm):
    """The head of an invoice. On an invoice that is there already the client stays."""

    key = KeyField(required=False)
    practitioner = forms.ModelChoiceField(
        Practitioner.objects.none(), empty_label="Choose a practitioner", error_messages=WHO
    )
    site = forms.ModelChoiceField(Site.objects.none(), required=False, empty_label=USUAL_SITE)
    insurer = forms.ChoiceField(label="Billed to")
    authorisation = forms.ChoiceField(label="Authorisation", required=False)
    issued_on = PastDayField(
        label="Invoice date", error_messages={"to_come": "The invoice date cannot be in the future."}
    )
    patient_paid = PoundsField(label="Patient already paid", required=False)
    patient_paid_method = MethodField(label="Patient paid by", required=False)
    note = TextField(required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    belong_together = {
        "Billed to": "insurer authorisation",
        "Patient already paid": "patient_paid patient_paid_method",
    }

    def __init__(self, *args: Any, practice: Practice, invoice: Invoice | None = None, **kwargs: Any) -> None:
        if invoice:
            kwargs["client"] = invoice.client
        super().__init__(*args, practice=practice, **kwargs)
        if invoice:
            self.chosen = invoice.client
        fields: dict[str, Any] = self.fields
        kept = (invoice.practitioner, invoice.site) if invoice else (None, None)
        fields["practitioner"].queryset = of_practice(Practitioner.objects.all(), practice, kept[0])
        fields["site"].queryset = of_practice(Site.objects.all(), practice, kept[1])
        self.policies = {f"policy:{one.pk}": one for one in policies.policies_of(self.chosen)} if self.chosen else {}
        fields["insurer"].choices = self._payers(invoice)
        rows = [row for policy in self.policies.values() for row in policy.authorisations.all()]
        self.authorisations = {str(row.pk): row for row in rows if not row.entered_in_error}
        told = [(key, _authorisation_told(row)) for key, row in self.authorisations.items()]
        fields["authorisation"].choices = [("", "The one that covers the days of treatment"), *told]
        if not told:
            del fields["authorisation"]
        self.initial.setdefault("key", uuid4())

    def _payers(self, invoice: Invoice | None) -> list[Any]:
        known = [(one.slug, one.name) for one in insurers.all_insurers()]
        if invoice and invoice.insurer_slug and invoice.insurer_slug not in dict(known):
            known.append((invoice.insurer_slug, insurers.name_of(invoice.insurer_slug)))
        choices: list[Any] = [
            (AS_COVERED, "Whoever insured the client on the days of treatment"),
            (CLIENT_PAYS, "The client"),
        ]
        if self.policies:
            told = [(key, policies.told(policy)) for key, policy in self.policies.items()]
            choices.append(("The client’s policies", told))
        return [*choices, ("Any insurer", known)]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        row = self.authorisations.get(given.get("authorisation") or "")
        policy = self.policies.get(given.get("insurer") or "")
        if row and policy and row.policy_id != policy.pk:
            self.add_error("authorisation", f"{row} is no authorisation under {policy}.")
        is_withheld = getattr(self.fields["patient_paid"], "is_withheld", False)
        if given.get("patient_paid") and given.get("patient_paid_method") == "" and not is_withheld:
            self.add_error("patient_paid_method", NO_METHOD)
        return given

    def payer(self, days: Iterable[date]) -> str:
        """Return the slug of the insurer that is billed for treatment on these UK days, "" for the client.

        Raises CoverUnclear where the days do not say it.
        """
        billed: str = self.cleaned_data["insurer"]
        if policy := self.policies.get(billed):
            return policy.insurer_slug
        if billed == AS_COVERED:
            return cover.insurer_of(self.chosen, days) if self.chosen else ""
        return "" if billed == CLIENT_PAYS else billed

    def draft(self, lines: Sequence[LineDraft]) -> InvoiceDraft:
        """Return the head of the invoice of these lines; only after the form is valid.

        Raises CoverUnclear where the days of treatment do not say who is billed.
        """
        if self.chosen is None:
            raise ValueError("the form is not valid")
        cleaned = self.cleaned_data
        return InvoiceDraft(
            client=self.chosen,
            practitioner=cleaned["practitioner"],
            site=cleaned["site"] or usual_site(cleaned["practitioner"]),
            insurer_slug=self.payer([line.treated_on for line in lines]),
            policy=self.policies.get(cleaned["insurer"]),
            authorisation=self.authorisations.get(cleaned.get("authorisation", "")),
            issued_on=cleaned["issued_on"],
            patient_paid=cleaned["patient_paid"] or Decimal("0.00"),
            patient_paid_method=cleaned["patient_paid_method"],
            note=cleaned["note"],
        )


class LineForm(forms.Form):
    """One line. What is left empty comes from the service as it was on the day: description, codes, price, VAT."""

    service = forms.ModelChoiceField(Service.objects.none(), required=False, empty_label="Choose a service")
    treated_on = PastDayField(label="Date")
    description = TextField(required=False, max_length=200)
    item_code = CodeField(label="Item code", required=False, max_length=20)
    units = forms.IntegerField(required=False, min_value=1, max_value=MOST_UNITS, widget=_number())
    unit_price = PoundsField(label="Price", required=False)
    discount = PoundsField(required=False)
    vat_rate = forms.DecimalField(
        label="VAT %", required=False, min_value=0, max_value=100, decimal_places=2, widget=_number()
    )
    price_reason = TextField(label="Reason for another price", required=False, max_length=200)
    appointment = forms.UUIDField(
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid": VISIT_GONE},
    )
    procedure_code = CodeField(required=False, max_length=20, widget=forms.HiddenInput)
    setting = forms.ChoiceField(required=False, choices=[("", ""), *SETTING_CHOICES], widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, practice: Practice, services: list[Service], of: Invoice | None = None, **kwargs: Any
    ) -> None:
        """`of` is the invoice that is changed: what its lines have stays possible though it is no longer offered."""
        super().__init__(*args, **kwargs)
        self.practice, self.of = practice, of
        cast("Any", self.fields["price_reason"]).when_needed = "needed where the price is another one"
        field = cast("forms.ModelChoiceField[Service]", self.fields["service"])
        field.queryset = Service.objects.filter(practice=practice)
        # One list for all lines: a query for each would grow with the invoice.
        held = str(self["service"].value() or "")
        shown = [one for one in services if one.is_active or str(one.pk) == held]
        field.choices = [("", "Choose a service"), *((str(one.pk), one.name) for one in shown)]

    def clean_appointment(self) -> Appointment | None:
        found: UUID | None = self.cleaned_data["appointment"]
        if found is None:
            return None
        visit = Appointment.objects.filter(practice=self.practice, pk=found).first()
        if visit is None:
            raise forms.ValidationError(VISIT_GONE)
        return visit

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        service = cleaned.get("service")
        if not service and not cleaned.get("description") and "description" not in self.errors:
            self.add_error("description", "Choose a service, or write what was done.")
        if not service and cleaned.get("unit_price") is None and "unit_price" not in self.errors:
            self.add_error("unit_price", "Give the price, or choose a service.")
        if service and not service.is_active and not self._had(service):
            self.add_error("service", f"“{service.name}” is no longer offered. Choose another service.")
        if (visit := cleaned.get("appointment")) and (day := cleaned.get("treated_on")):
            held = dates.uk_day(visit.starts_at)
            if day != held:
                self.add_error("treated_on", NOT_ITS_DAY.format(billed=dates.show(day), day=dates.show(held)))
        return cleaned

    def _had(self, service: Service) -> bool:
        visit = self.cleaned_data.get("appointment")
        is_of_visit = visit is not None and visit.service_id == service.pk
        return is_of_visit or (self.of is not None and self.of.lines.filter(service=service).exists())

    def draft(self, insurer_slug: str, prices: PriceBook) -> LineDraft:
        """Return the line as it is billed to this payer, "" for the client; only after the form is valid."""
        cleaned = self.cleaned_data
        service: Service | None = cleaned["service"]
        line = LineDraft(
            description=cleaned["description"] or (service.name if service else ""),
            treated_on=cleaned["treated_on"],
            units=cleaned["units"] or 1,
            unit_price=cleaned["unit_price"] or Decimal("0.00"),
            discount=cleaned["discount"] or Decimal("0.00"),
            vat_rate=cleaned["vat_rate"] or Decimal("0.00"),
            item_code=cleaned["item_code"],
            procedure_code=cleaned["procedure_code"],
            setting=cleaned["setting"] or (service.setting if service else "O"),
            service=service,
            appointment=cleaned["appointment"],
            price_reason=cleaned["price_reason"],
        )
        return line if service is None else self._filled(line, service, insurer_slug, prices)

    def _filled(self, line: LineDraft, service: Service, insurer_slug: str, prices: PriceBook) -> LineDraft:
        """Return the line with what was left empty as the service had it on the day, for this payer."""
        rate = service.rate_on(line.treated_on)
        codes = (line.item_code or rate.isc, line.procedure_code or rate.procedure_code)
        price = prices.price(service, insurer_slug, line.treated_on, codes=codes)
        return replace(
            line,
            item_code=codes[0],
            procedure_code=codes[1],
            unit_price=price.amount if self.cleaned_data["unit_price"] is None else line.unit_price,
            vat_rate=rate.vat_rate if self.cleaned_data["vat_rate"] is None else line.vat_rate,
        )


class LineRows(Rows):
    """The lines of an invoice. A page with lines that were lost on the way is refused."""

    is_count_sent = True


_LineRows = rows_of(LineForm, LineRows, most=100, absolute_max=101, validate_max=True, can_delete=True)


def line_rows(
    practice: Practice, data: Any = None, initial: list[dict[str, Any]] | None = None, *, of: Invoice | None = None
) -> LineRows:
    """Return the lines as they were sent, to be checked; one empty line where there is nothing yet.

    `of` is the invoice that is changed, None for a new one.
    """
    return _LineRows(data, initial=initial or [_empty_line()], **_rows(practice, of))


def with_one_more_line(practice: Practice, data: Any) -> LineRows:
    """Return the lines as they were sent, unchecked and without those ticked for removal, with an empty one below."""
    return _LineRows.as_typed(data, more=[_empty_line()], **_rows(practice))


def _empty_line() -> dict[str, Any]:
    return {"treated_on": dates.today(), "units": 1}


def _rows(practice: Practice, of: Invoice | None = None) -> dict[str, Any]:
    services = list(Service.objects.filter(practice=practice))
    return {
        "form_kwargs": {"practice": practice, "services": services, "of": of},
        "prefix": "lines",
        "error_messages": {
            "missing_management_form": LINES_LOST,
            "too_many_forms": "An invoice has at most 100 lines.",
        },
    }


def filled_lines(rows: LineRows) -> list[LineForm]:
    """Return the lines that are neither ticked for removal nor left empty; only after the forms are valid."""
    return [form for form in rows.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]


def present_head(invoice: Invoice) -> dict[str, Any]:
    return {
        "practitioner": invoice.practitioner_id,
        "site": invoice.site_id,
        "insurer": f"policy:{invoice.policy_id}" if invoice.policy_id else invoice.insurer_slug or CLIENT_PAYS,
        "authorisation": invoice.authorisation_id or "",
        "issued_on": invoice.issued_on,
        "patient_paid": invoice.patient_paid or None,
        "patient_paid_method": invoice.patient_paid_method,
        "note": invoice.note,
    }


def _authorisation_told(row: Authorisation) -> str:
    return " ".join(part for part in (str(row), row.body_area, policies.lasting(row.valid_from, row.valid_to)) if part)


def lines_of_visit(visit: Appointment) -> list[dict[str, Any]]:
    """Return the first values of the lines of an invoice for a visit; the price is left to whoever will be billed."""
    line = line_for(visit, "", PriceBook(visit.practice))
    names = ("treated_on", "description", "item_code", "units", "vat_rate", "procedure_code", "setting")
    return [
        {
            **{name: getattr(line, name) for name in names},
            "service": visit.service_id,
            "appointment": visit.pk,
        }
    ]


def present_lines(invoice: Invoice) -> list[dict[str, Any]]:
    names = ("treated_on", "description", "item_code", "units", "unit_price", "vat_rate", "procedure_code", "setting")
    return [
        {
            **{name: getattr(line, name) for name in (*names, "price_reason", "price_basis")},
            "discount": line.discount or None,
            "service": line.service_id,
            "appointment": line.appointment_id,
        }
        for line in invoice.lines.all()
    ]


class PaymentForm(forms.Form):
    """Money received from the patient, or from an insurer that was billed without a claim here."""

    amount = PoundsField()
    received_on = PastDayField(label="Received on")
    source = forms.ChoiceField(label="From", choices=LedgerEntry.SOURCES[:2])
    method = MethodField(required=False)
    reference = TextField(required=False, max_length=60)

    def __init__(self, *args: Any, invoice: Invoice, has_claim: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invoice, self.open_amount = invoice, ledger.open_amount(invoice)
        cast("Any", self.fields["method"]).when_needed = "needed where the patient paid"
        self.fields["method"].required = has_claim
        if has_claim:
            del self.fields["source"]

    def clean(self) -> dict[str, Any]:
        given = {"source": LedgerEntry.PATIENT, **self.cleaned_data}
        if given["source"] == LedgerEntry.PATIENT and given.get("method") == "":
            self.add_error("method", NO_METHOD)
        return given

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if amount > self.open_amount:
            raise forms.ValidationError(f"Only {money.show(self.open_amount)} is open on this invoice.")
        if amount == 0:
            raise forms.ValidationError("A payment must be more than nothing.")
        return amount

    def clean_received_on(self) -> date:
        received_on: date = self.cleaned_data["received_on"]
        return not_before_treatment(received_on, self.invoice)


def not_before_treatment(day: date, invoice: Invoice) -> date:
    """Return the day on which money is said to have come or gone. Raises ValidationError before the invoice's first."""
    first = payments.first_day(invoice)
    if day < first:
        raise forms.ValidationError(f"This is before {dates.show(first)}, the first day that the invoice is about.")
    return day


class VoidForm(forms.Form):
    reason = TextField(
        label="Why is this invoice void?",
        max_length=200,
        error_messages={"required": "Say why the invoice is void."},
    )
