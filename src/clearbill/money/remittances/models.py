"""Tables of remittances: each payment, its claim payments, the document it came in. Pounds."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q

from clearbill.claims.models import Claim
from clearbill.db.fields import pounds
from clearbill.people.models import Owned, Practice, User


def reference_key(reference: str) -> str:
    """Return a payment's reference as it is compared: forms of one payment differ in case and blanks."""
    return "".join(reference.split()).upper()[:60]


class Document(Owned):
    """Something received, kept as it came. `name` is a file's own name, "" for what was fetched.

    `content` is its beginning, which is all of it but for large files: the rest is in its parts. Read `pieces`.
    """

    HEALTHCODE, FILE, TYPED = "healthcode", "file", "typed"
    WAYS = [(HEALTHCODE, "Fetched from Healthcode"), (FILE, "A file"), (TYPED, "Typed in")]

    way = models.CharField(max_length=10, choices=WAYS)
    name = models.CharField(max_length=200, blank=True)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "sha256"], name="one_document_per_content")]

    def pieces(self) -> Iterator[bytes]:
        """Yield it from its start, never more than a piece in memory."""
        yield bytes(self.content)
        for position in range(1, self.parts.count() + 1):
            yield bytes(self.parts.get(position=position).content)


class DocumentPart(models.Model):
    """A further piece of a large document."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="parts", db_index=False)
    position = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "position"], name="one_part_per_position")]


class Upload(Owned):
    """A file of payments that a person brought: what they answered about it, what it holds, and what became of it.

    `found` is what `looking.look` found, `came_of_it` what `uploads.take_in` counted.
    """

    OPEN, TAKEN_IN = "open", "taken in"
    STATES = [(OPEN, "Not decided"), (TAKEN_IN, "Taken in")]

    document = models.OneToOneField(Document, on_delete=models.CASCADE, related_name="upload")
    answers = models.JSONField(default=dict)
    found = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=STATES, default=OPEN)
    came_of_it = models.JSONField(default=dict)
    taken_in_at = models.DateTimeField(null=True, blank=True)
    taken_in_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["practice", "-created_at"], name="upload_newest_first")]
        verbose_name_plural = "payment files"

    def __str__(self) -> str:
        return self.document.name


class Remittance(Owned):
    """One payment of one insurer; what it says of each bill are its advices, of no bill its adjustments.

    `announced_at` is when the clearing house told of it: `amount` is then the sum it announced, else that of its
    advices and adjustments. `reference_key` is the same however the reference is spelt.
    """

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="remittances")
    insurer_slug = models.CharField("insurer", max_length=40)
    payment_reference = models.CharField(max_length=60)
    reference_key = models.CharField(max_length=60)
    payee_number = models.CharField(max_length=20, blank=True)
    announced_at = models.DateTimeField(null=True, blank=True)
    paid_on = models.DateField(null=True, blank=True)
    amount = pounds()

    class Meta:
        ordering = ["-paid_on", "-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "insurer_slug", "reference_key"], name="one_remittance_per_reference"
            )
        ]
        verbose_name_plural = "payments"

    def __str__(self) -> str:
        return self.payment_reference

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.reference_key = reference_key(self.payment_reference)
        super().save(*args, **kwargs)


class ClaimPayment(models.Model):
    """What one payment says of one bill. `key` is the same in whatever form the payment was received.

    `lines` is a list of {"line_no", "claimed", "paid", "deductions": [{"code", "reason", "amount", "patient_liable"}]}
    with amounts as text.
    """

    NEW, ALLOCATED, UNMATCHED, SET_ASIDE = "new", "allocated", "unmatched", "set aside"
    STATES = [(NEW, "New"), (ALLOCATED, "Allocated"), (UNMATCHED, "Unmatched"), (SET_ASIDE, "Set aside")]

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="+", db_index=False)
    remittance = models.ForeignKey(Remittance, on_delete=models.CASCADE, related_name="advices", db_index=False)
    key = models.CharField(max_length=60)
    position = models.PositiveIntegerField()
    invoice_number = models.CharField(max_length=40, blank=True)
    clearing_bill_number = models.CharField(max_length=40, blank=True)
    payor_claim_number = models.CharField(max_length=40, blank=True)
    membership_number = models.CharField(max_length=40, blank=True)
    patient_name = models.CharField(max_length=120, blank=True)
    claimed = pounds()
    paid = pounds()
    previously_paid = pounds()
    short = pounds("deducted")
    lines = models.JSONField(default=list)
    note = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=STATES, default=NEW)
    why = models.CharField(max_length=20, blank=True)
    aside_reason = models.CharField(max_length=500, blank=True)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, null=True, blank=True, related_name="advices")
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        db_table = "remittances_advice"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["remittance", "key"], name="one_advice_per_key"),
            models.CheckConstraint(
                condition=Q(state="allocated", claim__isnull=False) | ~Q(state="allocated"),
                name="allocated_to_a_claim",
            ),
        ]
        indexes = [
            models.Index(fields=["practice", "state"], condition=~Q(state="allocated"), name="advice_to_settle"),
        ]


class PaymentAdjustment(models.Model):
    """What a payment adds or takes off that is for no bill: a recovery, interest, a fee. Only the payment's sum has it.

    `key` is the same for the same adjustment of the same payment, however often its file is brought.
    """

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="+", db_index=False)
    remittance = models.ForeignKey(Remittance, on_delete=models.CASCADE, related_name="adjustments", db_index=False)
    key = models.CharField(max_length=60)
    position = models.PositiveIntegerField()
    amount = pounds()
    reason = models.CharField(max_length=500)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["remittance", "key"], name="one_adjustment_per_key")]


class PaymentCorrection(models.Model):
    """What an insurer told otherwise of a payment that was here: its sum, and each bill that changed.

    `bills` is a list of {"invoice_number", "paid_before", "paid", "short_before", "short", "refused"} with amounts as
    text; `refused` is the sentence on why a change is not in the books, "" where it is. `seen_at` is when a person
    said that they know of it.
    """

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="+", db_index=False)
    remittance = models.ForeignKey(Remittance, on_delete=models.CASCADE, related_name="corrections", db_index=False)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+", db_index=False)
    told_at = models.DateTimeField()
    amount_before = pounds()
    amount = pounds()
    bills = models.JSONField(default=list)
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["-told_at", "-pk"]
        indexes = [
            models.Index(fields=["remittance", "-told_at"], name="correction_newest_first"),
            models.Index(fields=["practice"], condition=Q(seen_at=None), name="correction_not_seen"),
        ]

    @property
    def changes(self) -> list[dict[str, Any]]:
        """What became of each bill, with its amounts as pounds."""
        amounts = ("paid_before", "paid", "short_before", "short")
        return [bill | {name: Decimal(bill[name]) for name in amounts} for bill in self.bills]


class RemittancePoll(models.Model):
    """When an insurer's payments are asked for next, and how it went last.

    `missed_from` and `missed_to` are the days of which the clearing house tells nothing any more, because nobody
    asked in time; both are empty once a person has brought what they hold.
    """

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="+", db_index=False)
    insurer_slug = models.CharField("insurer", max_length=40)
    next_at = models.DateTimeField(db_index=True)
    fetched_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    missed_from = models.DateField(null=True, blank=True)
    missed_to = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "remittances_fetch"
        constraints = [models.UniqueConstraint(fields=["practice", "insurer_slug"], name="one_fetch_per_insurer")]
