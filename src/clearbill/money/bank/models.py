"""Tables of the bank: accounts, statement files, lines, matches, rules for lines to ignore. Pounds."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from clearbill.bill import dates
from clearbill.db.fields import pounds
from clearbill.invoicing.models import LedgerEntry
from clearbill.money.remittances.models import Remittance
from clearbill.people.models import Owned, Practice, User


class Account(Owned):
    """A bank account. Of its number only the last four figures are kept, to tell a foreign statement.

    A closed one keeps its lines, and no statement is brought for it any more. One that was merged into another is
    offered nowhere: its lines are the other's, its statements stay its own, so that the merge can be taken apart.
    """

    name = models.CharField(max_length=60)
    last_digits = models.CharField(max_length=4, blank=True)
    is_closed = models.BooleanField("closed", default=False)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")

    class Meta:
        ordering = ["created_at"]
        constraints = [models.UniqueConstraint(fields=["practice", "name"], name="one_account_per_name")]
        verbose_name_plural = "bank accounts"

    def __str__(self) -> str:
        return self.name


class StatementFile(Owned):
    """A statement as it came. `taken_at` is empty until its lines are taken in, and again when they are taken out.

    `answers` is what a person decided about the file, by the field of the question. Nobody brought one that came at a
    terminal.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    answers = models.JSONField(default=dict)
    taken_at = models.DateTimeField(null=True, blank=True)
    first_on = models.DateField(null=True, blank=True)
    last_on = models.DateField(null=True, blank=True)
    fresh_lines = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-received_at"]
        constraints = [models.UniqueConstraint(fields=["account", "sha256"], name="one_statement_per_content")]
        verbose_name_plural = "bank statements"

    def __str__(self) -> str:
        return self.name


class BankLine(Owned):
    """One movement on an account; money in is above nothing. `matched` is as much of it as has been explained.

    `fact` stands for day, amount and text in any form of statement, `ordinal` tells apart the equal ones of a day.
    `csv_id` and `ofx_id` are the bank's own numbers of the line in those forms. `words` is the text without figures,
    by which usual lines are known again; `insurer_slug` is whom the text speaks of. A line is OUT when its statement
    was taken out.
    """

    NEW, MATCHED, ASIDE, OUT = "new", "matched", "aside", "out"
    STATES = [(NEW, "Not explained"), (MATCHED, "Matched"), (ASIDE, "Set aside"), (OUT, "Taken out")]

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="+", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="lines", db_index=False)
    file = models.ForeignKey(StatementFile, on_delete=models.PROTECT, related_name="lines")
    on = models.DateField()
    amount = pounds()
    description = models.CharField(max_length=1000, blank=True)
    reference = models.CharField(max_length=1000, blank=True)
    fact = models.CharField(max_length=32)
    ordinal = models.PositiveIntegerField()
    csv_id = models.CharField(max_length=255, blank=True)
    ofx_id = models.CharField(max_length=255, blank=True)
    words = models.CharField(max_length=60, blank=True)
    insurer_slug = models.CharField("insurer", max_length=40, blank=True)
    state = models.CharField(max_length=8, choices=STATES, default=NEW)
    matched = pounds()
    aside_reason = models.CharField(max_length=300, blank=True)
    aside_at = models.DateTimeField(null=True, blank=True)
    aside_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["-on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["account", "fact", "ordinal"], name="one_line_per_fact"),
            models.UniqueConstraint(fields=["account", "csv_id"], condition=~Q(csv_id=""), name="one_line_per_csv_id"),
            models.UniqueConstraint(fields=["account", "ofx_id"], condition=~Q(ofx_id=""), name="one_line_per_ofx_id"),
            models.CheckConstraint(
                condition=Q(amount__gte=0, matched__gte=0, matched__lte=F("amount"))
                | Q(amount__lt=0, matched__lte=0, matched__gte=F("amount")),
                name="line_matched_within_amount",
            ),
            models.CheckConstraint(
                condition=~Q(state="matched") | Q(matched=F("amount")), name="line_matched_is_explained"
            ),
            models.CheckConstraint(condition=~Q(state="out") | Q(matched=0), name="line_taken_out_is_not_matched"),
        ]
        indexes = [
            models.Index(fields=["practice", "-on", "-id"], name="line_by_day"),
            models.Index(fields=["practice", "state", "amount"], name="line_by_state"),
            models.Index(fields=["practice", "words"], condition=Q(state="new"), name="line_by_words"),
        ]

    def __str__(self) -> str:
        return f"Bank line of {dates.show(self.on)}"

    @property
    def open(self) -> Decimal:
        """As much of it as nobody has explained; negative for money out."""
        return self.amount - self.matched

    @property
    def text(self) -> str:
        return f"{self.description} {self.reference}".strip()


class BankReceipt(models.Model):
    """How much of an insurer's payment is in the bank; without a row none of it. `arrived_on` is its newest line's day.

    With `aside_at` a person has said that the bank will not see it, or not all of it.
    """

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="+", db_index=False)
    remittance = models.OneToOneField(Remittance, on_delete=models.PROTECT, related_name="arrival")
    amount = pounds()
    arrived = pounds()
    arrived_on = models.DateField(null=True, blank=True)
    aside_reason = models.CharField(max_length=300, blank=True)
    aside_at = models.DateTimeField(null=True, blank=True)
    aside_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        db_table = "bank_arrival"
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0, arrived__gte=0, arrived__lte=F("amount"))
                | Q(amount__lt=0, arrived__lte=0, arrived__gte=F("amount")),
                name="arrived_within_amount",
            ),
        ]


class Match(models.Model):
    """This much of a line is an insurer's payment, or a payment of a patient. Not deleted, but undone.

    Matches made together have one `group` and are undone together. `by` None is Clearbill itself. With `is_recorded`
    the patient's payment was recorded from the line, and goes with the match.
    """

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="+", db_index=False)
    line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="matches")
    remittance = models.ForeignKey(
        Remittance, on_delete=models.PROTECT, null=True, blank=True, related_name="bank_matches"
    )
    entry = models.ForeignKey(LedgerEntry, on_delete=models.PROTECT, null=True, blank=True, related_name="bank_matches")
    group = models.UUIDField(db_index=True)
    amount = pounds()
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    why = models.CharField(max_length=200, blank=True)
    is_recorded = models.BooleanField(default=False)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(remittance=None, entry__isnull=False) | Q(remittance__isnull=False, entry=None),
                name="match_to_one_thing",
            ),
            models.CheckConstraint(condition=~Q(amount=0), name="match_not_nothing"),
            models.UniqueConstraint(
                fields=["entry"], condition=Q(entry__isnull=False, undone_at=None), name="one_match_per_entry"
            ),
        ]
        indexes = [models.Index(fields=["practice"], condition=Q(undone_at__isnull=False), name="match_undone")]


class IgnoreRule(Owned):
    """Lines with these words are set aside by themselves, for this reason."""

    words = models.CharField("words on the lines", max_length=60)
    reason = models.CharField(max_length=300)
    is_money_in = models.BooleanField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "bank_usualline"
        constraints = [
            models.UniqueConstraint(fields=["practice", "words", "is_money_in"], name="one_usual_line_per_words")
        ]
        verbose_name_plural = "everyday bank lines"


class MatchCursor(models.Model):
    """For which payments of insurers a practice's lines were last looked through, so that news are noticed.

    `payments` is a number that stands for them all: see `matching`.
    """

    practice = models.OneToOneField(Practice, on_delete=models.CASCADE, related_name="+")
    payments = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "bank_look"
