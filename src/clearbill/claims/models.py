"""Tables of claims: claims, events, the outbox of jobs, exchanged bytes, tasks, bulk submissions."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q

from clearbill.bill.lifecycle import Status
from clearbill.bill.text import plural
from clearbill.invoicing.models import Invoice
from clearbill.people.models import Owned, Practice, User
from clearbill.workspace.models import Payee, Practitioner

STATUS_CHOICES = [(status.value, status.value) for status in Status]


class Claim(Owned):
    """One claim for one invoice. `bill` is the bill exactly as it is checked and sent, as JSON.

    An invoice has at most one current claim; `version` counts its corrected editions.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="claims")
    number = models.CharField(max_length=20)
    insurer_slug = models.CharField("insurer", max_length=40, db_index=True)
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="+")
    payee = models.ForeignKey(Payee, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    payee_reason = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=24, choices=STATUS_CHOICES, default=Status.CREATED.value)
    is_current = models.BooleanField(default=True)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    version = models.PositiveSmallIntegerField(default=1)
    bill = models.JSONField()
    net_total = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal("0.00"))
    blocking_count = models.PositiveSmallIntegerField(default=0)
    warning_count = models.PositiveSmallIntegerField(default=0)
    treated_on = models.DateField(null=True, blank=True)
    bill_by_on = models.DateField(null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True, db_index=True)
    submitted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    status_at = models.DateTimeField()
    status_source = models.CharField(max_length=20, default="practice")
    house_status = models.CharField(max_length=24, blank=True)
    house_status_at = models.DateTimeField(null=True, blank=True)
    waiting_reason = models.CharField(max_length=300, blank=True)
    clearing_bill_number = models.CharField(max_length=50, blank=True)
    reference = models.CharField(max_length=25, blank=True)
    last_checked_at = models.DateTimeField(null=True, blank=True)
    next_check_at = models.DateTimeField(null=True, blank=True, db_index=True)
    check_count = models.PositiveIntegerField(default=0)
    is_restored = models.BooleanField(
        default=False, help_text="It stood in a backup: Healthcode is asked about it before anything is sent."
    )
    is_stale = models.BooleanField(
        default=False, help_text="What it is checked against has changed since its problems were counted."
    )
    amended_by_hand = models.JSONField(
        default=dict, blank=True, help_text="The paths that were amended on the claim, with what was collected there."
    )
    repeat_reason = models.CharField("why it is billed again", max_length=300, blank=True)
    repeat_allowed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    repeat_allowed_at = models.DateTimeField(null=True, blank=True)
    repeat_invoices = models.JSONField(
        default=list, blank=True, help_text="The ids of the invoices that bill the same and may, beside this claim."
    )

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["invoice"], condition=Q(is_current=True), name="one_current_claim"),
            models.UniqueConstraint(
                fields=["practice", "number"], condition=~Q(status=Status.CANCELLED.value), name="one_claim_per_number"
            ),
        ]
        indexes = [
            models.Index(fields=["practice", "is_current", "status"], name="claim_by_status"),
            models.Index(fields=["practice", "-created_at"], name="claim_by_age"),
            models.Index(fields=["practice", "number"], name="claim_by_number"),
        ]

    def __str__(self) -> str:
        return self.number


class Exchange(models.Model):
    """The exact bytes sent and received, without credentials. `attempt` counts the sendings of one outbox row."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="exchanges")
    operation = models.CharField(max_length=30)
    reference = models.CharField(max_length=25, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField("what came of it", max_length=20, blank=True)
    sent = models.BinaryField()
    received = models.BinaryField()
    http_status = models.PositiveSmallIntegerField(null=True)
    started_at = models.DateTimeField()
    seconds = models.FloatField(default=0)

    class Meta:
        ordering = ["started_at", "pk"]


class ClaimEvent(models.Model):
    """One step in a claim's life. Never changed."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    event = models.CharField(max_length=30)
    status_before = models.CharField(max_length=24, blank=True)
    status_after = models.CharField(max_length=24)
    source = models.CharField("from", max_length=20)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    note = models.CharField(max_length=500, blank=True)
    problems = models.JSONField(default=list)
    exchange = models.ForeignKey(
        Exchange, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["at", "pk"]


class Outbox(models.Model):
    """One bill to be sent once. Written with the claim's new status; taken by one worker at a time.

    `bill` is the bill as it was frozen then, to be compared with later; None where an older release wrote the row.
    `may_have_arrived`: the reply to an earlier sending was lost. `worker` names the process that took the row last.
    """

    READY, SENDING, DONE, REFUSED, UNCERTAIN, WITHDRAWN = (
        "ready",
        "sending",
        "done",
        "refused",
        "uncertain",
        "withdrawn",
    )
    STATES = [(state, state) for state in (READY, SENDING, DONE, REFUSED, UNCERTAIN, WITHDRAWN)]

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="+")
    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="outbox")
    version = models.PositiveSmallIntegerField()
    reference = models.CharField(max_length=25, unique=True)
    document = models.BinaryField()
    bill = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=STATES, default=READY)
    ready_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    lease = models.UUIDField(null=True, blank=True)
    worker = models.CharField(max_length=80, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    may_have_arrived = models.BooleanField(default=False)
    last_error = models.CharField(max_length=300, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["ready_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["claim"],
                condition=Q(state__in=["ready", "sending", "uncertain"]),
                name="one_open_row_per_claim",
            )
        ]
        indexes = [
            models.Index(fields=["practice", "ready_at", "id"], condition=Q(state="ready"), name="outbox_in_turn"),
            models.Index(fields=["state", "taken_at"], name="outbox_taken"),
        ]


class TaskKind(models.TextChoices):
    """What a task is about, and what that is called. One about a report that does not fit has the kind of its event."""

    REPLIES_LOST = "replies lost", "Reply lost again and again"
    UNSETTLED = "unsettled", "No answer for a day"
    NOT_FOUND = "not found", "No longer known at Healthcode"
    NOT_REQUIRED = "not required", "Need not go through Healthcode"
    RESTORED = "restored", "Restored"


class Task(Owned):
    """Something only a person can settle. `reference` is that of the bill as the claim had sent it then."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, null=True, related_name="work_items")
    kind = models.CharField(max_length=30)
    sentence = models.CharField(max_length=500)
    reference = models.CharField(max_length=25, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    settlement = models.CharField("what was done", max_length=500, blank=True)

    class Meta:
        db_table = "claims_workitem"
        ordering = ["created_at"]
        verbose_name_plural = "work without a claim"


class BulkSubmission(Owned):
    """Many claims submitted in one action. The worker queues them piece by piece; several of a practice may be running.

    A claim waits in one of them at most. A stopped one keeps what it queued; the rest stays Created. `served_at` is
    when a worker last took a piece of it.
    """

    RUNNING, STOPPED, FINISHED = "running", "stopped", "finished"
    STATES = [(state, state) for state in (RUNNING, STOPPED, FINISHED)]

    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    total = models.PositiveIntegerField()
    net_total = models.DecimalField(max_digits=12, decimal_places=2)
    state = models.CharField(max_length=10, choices=STATES, default=RUNNING)
    started_at = models.DateTimeField()
    served_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    stopped_because = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "claims_batch"
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["state", "served_at"], name="batch_in_turn")]
        verbose_name_plural = "claims submitted together"

    def __str__(self) -> str:
        return f"{self.total} {plural(self.total, 'claim')}"


class BulkSubmissionEntry(models.Model):
    """One claim of a batch. A worker takes an entry under a lease; its outcome is written with the claim's own.

    Those that are left when the batch is stopped are `left`: whoever holds one finds that it is no longer theirs.
    """

    WAITING, TAKEN, QUEUED, REFUSED, LEFT = "waiting", "taken", "queued", "refused", "left"
    STATES = [(state, state) for state in (WAITING, TAKEN, QUEUED, REFUSED, LEFT)]

    batch = models.ForeignKey(BulkSubmission, on_delete=models.CASCADE, related_name="entries")
    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="batch_entries")
    state = models.CharField(max_length=10, choices=STATES, default=WAITING)
    lease = models.UUIDField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    sentence = models.CharField(max_length=500, blank=True)
    problems = models.JSONField(default=list)

    class Meta:
        db_table = "claims_batchentry"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["batch", "claim"], name="one_entry_per_claim")]
        indexes = [models.Index(fields=["batch", "state"], name="batch_entry_state")]


class BulkCreation(Owned):
    """Claims made of many invoices in one action, by the worker, one by one. A stopped one keeps what it made."""

    RUNNING, STOPPED, FINISHED = "running", "stopped", "finished"
    STATES = [(state, state) for state in (RUNNING, STOPPED, FINISHED)]

    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    total = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=STATES, default=RUNNING)
    started_at = models.DateTimeField()
    served_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["state", "served_at"], name="creation_in_turn")]
        verbose_name_plural = "claims created together"

    def __str__(self) -> str:
        return f"{self.total} {plural(self.total, 'invoice')}"


class BulkCreationEntry(models.Model):
    """One invoice of a bulk creation, and what came of it: its claim, or the sentence on why there is none."""

    WAITING, CREATED, REFUSED, LEFT = "waiting", "created", "refused", "left"
    STATES = [(state, state) for state in (WAITING, CREATED, REFUSED, LEFT)]

    creation = models.ForeignKey(BulkCreation, on_delete=models.CASCADE, related_name="entries")
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="+")
    claim = models.ForeignKey(Claim, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=STATES, default=WAITING)
    sentence = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["creation", "invoice"], name="one_entry_per_invoice")]
        indexes = [models.Index(fields=["creation", "state"], name="creation_entry_state")]


class MappingRefusal(Owned):
    """Healthcode or the insurer does not know a practitioner, payee or site of a claim, and has accepted none since.

    One row for each practitioner and insurer, of the latest such refusal. An acceptance of the same pair deletes it.
    """

    practitioner = models.ForeignKey(Practitioner, on_delete=models.CASCADE, related_name="+")
    insurer_slug = models.CharField("insurer", max_length=40)
    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    message = models.CharField(max_length=500)

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(fields=["practice", "practitioner", "insurer_slug"], name="one_refusal_per_pair")
        ]

    def __str__(self) -> str:
        return self.message
