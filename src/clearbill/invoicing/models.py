"""Tables of invoices: lines, the ledger's entries, credit notes, issued papers, e-mails. Pounds."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round

from clearbill.appointments.models import Appointment
from clearbill.bill import money
from clearbill.clients.models import Authorisation, Client, Policy
from clearbill.db.fields import pounds
from clearbill.people.models import Owned, Practice, User
from clearbill.workspace.models import Practitioner, Service, Site


class Method(models.TextChoices):
    """How a client paid, or was paid back."""

    CASH = "cash", "Cash"
    CARD = "card", "Card"
    TRANSFER = "transfer", "Bank transfer"
    CHEQUE = "cheque", "Cheque"
    DIRECT_DEBIT = "direct debit", "Direct debit"
    OTHER = "other", "Other"


METHOD_NOT_RECORDED = "Not recorded"


class Invoice(Owned):
    """What the practice asks for. `insurer_slug` says who is billed; "" is the client.

    The sums at the end are the books: what was billed and not credited is what was paid, is short, is open and is
    written off. All but the last follow from the entries, which `books` alone writes; the database works out what is
    open, which is negative where more was paid than was asked.

    One that `is_imported` came with a file of another system, with what was open on it: it stays as it was given out.

    An invoice with `share_of` asks the client for a part of another invoice, one to the insurer: an excess, or what
    the insurer deducted. It asks for nothing new, so what was billed in all is the sum of the others.
    """

    number = models.CharField(max_length=20)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="invoices")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    insurer_slug = models.CharField("billed to", max_length=40, blank=True, db_index=True)
    # What a person chose where the days of treatment do not say it; `invoicing.cover` asks them otherwise.
    policy = models.ForeignKey(
        Policy, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    authorisation = models.ForeignKey(
        Authorisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    issued_on = models.DateField(db_index=True)
    gross_total = pounds()
    discount_total = pounds()
    vat_total = pounds()
    patient_paid = pounds("patient already paid")
    patient_paid_method = models.CharField("patient already paid by", max_length=12, choices=Method.choices, blank=True)
    net_total = pounds()
    note = models.CharField(max_length=500, blank=True)
    share_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="shares", verbose_name="share of invoice"
    )
    is_excess = models.BooleanField(
        default=False, editable=False, help_text="A share that was taken at the visit as the policy’s excess."
    )
    excess_counted = models.DecimalField(
        max_digits=10,
        decimal_places=2,
        default=Decimal("0.00"),
        editable=False,
        help_text="What was taken off the excess still to pay of the policy for this invoice to an insurer.",
    )
    is_imported = models.BooleanField(
        "from another system",
        default=False,
        editable=False,
        help_text="It was given out, and claimed where it was, by another system: nothing of it is claimed here.",
    )
    voided_at = models.DateTimeField("void since", null=True, blank=True)
    paid_total = pounds("paid")
    short_total = pounds("short")
    written_off_total = pounds("written off")
    credited_total = pounds("credited")
    open_total = models.GeneratedField(
        expression=Round(
            F("net_total") - F("credited_total") - F("paid_total") - F("short_total") - F("written_off_total"), 2
        ),
        output_field=models.DecimalField(max_digits=12, decimal_places=2),
        db_persist=True,
    )

    class Meta:
        ordering = ["-issued_on", "-number"]
        indexes = [models.Index(fields=["practice", "short_total"], name="invoice_short")]
        constraints = [
            models.UniqueConstraint(fields=["practice", "number"], name="one_invoice_per_number"),
            models.CheckConstraint(
                condition=Q(
                    net_total=Round(F("gross_total") - F("discount_total") + F("vat_total") - F("patient_paid"), 2)
                ),
                name="invoice_totals_add_up",
            ),
            models.CheckConstraint(condition=Q(share_of=None) | Q(insurer_slug=""), name="share_is_the_clients"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def received(self) -> Decimal:
        """All that came in for it, what was paid at the visit with it, less what was paid back."""
        return self.patient_paid + self.paid_total


class LineRows(models.QuerySet["InvoiceLine"]):
    """Lines of invoices."""

    def live(self) -> LineRows:
        """Return those whose invoice still asks for them: it is not void, and not all of it was credited."""
        whole = Round(F("invoice__net_total") + F("invoice__patient_paid"), 2)
        is_credited = Q(invoice__credited_total__gt=0, invoice__credited_total__gte=whole)
        return self.filter(invoice__voided_at=None).exclude(is_credited)

    def charges(self) -> LineRows:
        """Return those that charge a client for a visit that did not take place, as `InvoiceLine.is_charge` tells."""
        of_client = self.filter(invoice__insurer_slug="", service=None, item_code="", procedure_code="")
        return of_client.filter(rule_price=None).exclude(appointment=None)


class InvoiceLine(models.Model):
    """One service on an invoice. `item_code` is the ISC as it stood when the invoice was made.

    `rule_price` is what one unit cost its payer on the day of treatment, `price_basis` where that came from in a
    sentence, both as they stood when the price was decided; None where the price is free or nobody kept it. Where
    `unit_price` is another one, `price_reason` says why.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, null=True, blank=True, related_name="invoice_lines"
    )
    service = models.ForeignKey(Service, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    description = models.CharField(max_length=200)
    item_code = models.CharField(max_length=20, blank=True)
    procedure_code = models.CharField(max_length=20, blank=True)
    setting = models.CharField(max_length=1, default="O")
    treated_on = models.DateField()
    units = models.PositiveSmallIntegerField(default=1)
    unit_price = pounds()
    rule_price = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    price_basis = models.CharField(max_length=200, blank=True)
    price_reason = models.CharField("reason for another price", max_length=200, blank=True)
    gross = pounds()
    discount = pounds()
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal("0.00"))
    vat = pounds()
    net = pounds()

    objects = LineRows.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(net__gte=0), name="line_net_not_negative"),
            models.CheckConstraint(
                condition=Q(net=Round(F("gross") - F("discount") + F("vat"), 2)), name="line_adds_up"
            ),
        ]

    @property
    def is_price_overridden(self) -> bool:
        """Return whether somebody billed another price than that of the day and the payer."""
        return self.rule_price is not None and self.unit_price != self.rule_price

    @property
    def is_charge(self) -> bool:
        """Return whether it charges the client for a visit that did not take place.

        Such a line has no service, no codes and no price by rule: what is charged, the practice's policy says.
        """
        of_treatment = self.service_id or self.item_code or self.procedure_code or self.rule_price is not None
        return bool(self.appointment_id) and not of_treatment and not self.invoice.insurer_slug


class LedgerEntry(models.Model):
    """One entry in the books of an invoice: never changed, never deleted. A wrong one is taken back by another.

    `amount` is added to the invoice's sum of that kind; it is negative where money goes back or an entry is
    taken back. `on` is the UK day it counts from, `at` the moment it was written. `code` says why an insurer paid
    less; `advice` is the id of the part of an insurer's payment that it came of. It is no foreign key: an entry stays
    as it is when the payment is taken out.
    """

    PAID, SHORT, WRITTEN_OFF, CREDITED = "paid", "short", "written off", "credited"
    KINDS = [(PAID, "Paid"), (SHORT, "Short"), (WRITTEN_OFF, "Written off"), (CREDITED, "Credited")]
    PATIENT, INSURER, PRACTICE = "patient", "insurer", "practice"
    SOURCES = [(PATIENT, "The patient"), (INSURER, "The insurer"), (PRACTICE, "The practice")]

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="+")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="entries")
    at = models.DateTimeField()
    on = models.DateField()
    kind = models.CharField(max_length=12, choices=KINDS)
    source = models.CharField("from", max_length=8, choices=SOURCES)
    amount = pounds()
    reference = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    code = models.CharField(max_length=20, blank=True)
    advice = models.BigIntegerField(null=True, blank=True)
    takes_back = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="taken_back_by"
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        db_table = "billing_entry"
        ordering = ["on", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="entry_not_nothing")]
        indexes = [models.Index(fields=["advice"], condition=Q(advice__isnull=False), name="entry_by_advice")]

    @property
    def paid_by(self) -> str:
        """How the client paid, in words; "" where that is not recorded, and on what is no client's money."""
        return str(self.method) if hasattr(self, "method") else ""

    @property
    def is_refund(self) -> bool:
        """Whether money went back to the patient; what takes a payment back is no refund."""
        return self.kind == self.PAID and self.source == self.PATIENT and self.amount < 0 and self.takes_back_id is None

    @property
    def in_words(self) -> str:
        """Money of the patient as people say it, such as: the refund of £5.00."""
        return f"the {'refund' if self.is_refund else 'payment'} of {money.show(abs(self.amount))}"


class PaymentMethod(models.Model):
    """How a payment of a client, or a refund to one, was made. It is no part of the entry: a wrong one is corrected.

    An entry without one was recorded before methods were asked for.
    """

    entry = models.OneToOneField(LedgerEntry, on_delete=models.PROTECT, primary_key=True, related_name="method")
    method = models.CharField("paid by", max_length=12, choices=Method.choices)

    def __str__(self) -> str:
        return self.get_method_display()


class CreditNote(Owned):
    """What is taken off an invoice that was given out: `total` pounds, `vat_total` of it VAT. It stays for good."""

    number = models.CharField(max_length=20)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="credit_notes")
    issued_on = models.DateField()
    reason = models.CharField(max_length=300)
    total = pounds()
    vat_total = pounds()
    entry = models.OneToOneField(LedgerEntry, on_delete=models.PROTECT, related_name="credit_note")
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["issued_on", "number"]
        constraints = [
            models.UniqueConstraint(fields=["practice", "number"], name="one_credit_note_per_number"),
            models.CheckConstraint(condition=Q(total__gt=0, vat_total__gte=0), name="credit_note_not_nothing"),
        ]

    def __str__(self) -> str:
        return self.number


class CreditNoteLine(models.Model):
    """The part of a credit note that is taken off one line: `amount` pounds, of which `vat` is VAT."""

    credit_note = models.ForeignKey(CreditNote, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, related_name="credits")
    amount = pounds()
    vat = pounds()

    class Meta:
        ordering = ["line__position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["credit_note", "line"], name="one_credit_per_line"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, vat__gte=0, vat__lte=F("amount")), name="credit_of_a_line"
            ),
        ]


class IssuedPaper(Owned):
    """A paper as it was issued: `page` holds every word on it, and prints as the same bytes. It is never changed.

    `subject_id` is the id of what it is issued of: an invoice, a credit note, an entry of the ledger, a client. The
    editions of an invoice replace each other; a client's statements are numbered one after another. One that
    `is_kept_late` is of before papers were kept: how it was given out until then is not known.
    """

    INVOICE, CREDIT_NOTE, RECEIPT, STATEMENT = "invoice", "credit note", "receipt", "statement"
    KINDS = [(INVOICE, "Invoice"), (CREDIT_NOTE, "Credit note"), (RECEIPT, "Receipt"), (STATEMENT, "Statement")]

    kind = models.CharField(max_length=12, choices=KINDS)
    subject_id = models.CharField(max_length=40)
    edition = models.PositiveSmallIntegerField(default=1)
    issued_on = models.DateField()
    name = models.CharField("name of the file", max_length=80)
    page = models.JSONField()
    is_kept_late = models.BooleanField("kept later than it was issued", default=False)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["issued_on", "edition"]
        constraints = [
            models.UniqueConstraint(fields=["practice", "kind", "subject_id", "edition"], name="one_paper_per_edition")
        ]

    def __str__(self) -> str:
        return self.name


class Mailing(Owned):
    """A paper that went out by e-mail. `subject_id` is the id of the paper’s own row, `label` names it.

    `sent_at` is empty while it is on its way: where it stays so, nobody knows whether it went out. With `is_printed`
    it went to the terminal only, because this installation sends no e-mail. `paper` is what was attached; None where
    an earlier version sent it.
    """

    INVOICE, CREDIT_NOTE = IssuedPaper.INVOICE, IssuedPaper.CREDIT_NOTE
    RECEIPT, STATEMENT = IssuedPaper.RECEIPT, IssuedPaper.STATEMENT

    kind = models.CharField(max_length=12, choices=IssuedPaper.KINDS)
    subject_id = models.CharField(max_length=40)
    paper = models.ForeignKey(IssuedPaper, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    label = models.CharField(max_length=60)
    to = models.EmailField()
    started_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    is_printed = models.BooleanField(default=False)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["practice", "kind", "subject_id"], name="mailing_by_subject")]

    def __str__(self) -> str:
        return self.label

    @property
    def edition_words(self) -> str:
        """Which edition it carried, "" for a first one and for a statement, which has none."""
        if self.paper is None or self.paper.edition == 1 or self.kind == self.STATEMENT:
            return ""
        return f"edition {self.paper.edition}"
