"""Files that people bring, each kept as it came, and its rows with what became of them."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import models

from clearbill.people.models import Owned, User


class FileImport(Owned):
    """A file that a person brought: what was answered about it, how far it is, and what came of it.

    `kind` is one of `kinds.KINDS`; `source` is the system that the file comes from, "" for another one or a list of
    the practice's own. `found` is what the reading said of the whole file. `rows_read` is the number of the last row
    that was gone through, `is_read` says that all were read. `shape` is the same for files with the same columns.
    `served_at` is when a worker last took a slice of it. `counts` is what came of the rows when it ended.
    """

    OPEN, CHECKING, CHECKED = "open", "checking", "checked"
    RUNNING, STOPPED, FINISHED = "running", "stopped", "finished"
    UNDOING, UNDONE = "undoing", "undone"
    STATES = [
        (OPEN, "To answer"),
        (CHECKING, "Being checked"),
        (CHECKED, "To decide"),
        (RUNNING, "Being taken in"),
        (STOPPED, "Stopped"),
        (FINISHED, "Taken in"),
        (UNDOING, "Being undone"),
        (UNDONE, "Undone"),
    ]
    WORKED_ON = (CHECKING, RUNNING, UNDOING)

    kind = models.CharField(max_length=20)
    source = models.CharField("where it comes from", max_length=40, blank=True)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    brought_at = models.DateTimeField()
    answers = models.JSONField(default=dict)
    found = models.JSONField(default=dict)
    shape = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=STATES, default=OPEN)
    rows_read = models.PositiveIntegerField(default=0)
    is_read = models.BooleanField(default=False)
    served_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict)

    class Meta:
        ordering = ["-brought_at", "-created_at"]
        indexes = [
            models.Index(fields=["practice", "-brought_at"], name="import_newest_first"),
            models.Index(fields=["practice", "kind", "sha256"], name="import_by_content"),
            models.Index(fields=["state", "served_at"], name="import_in_turn"),
        ]
        verbose_name_plural = "imported files"

    def __str__(self) -> str:
        return self.name

    @property
    def is_worked_on(self) -> bool:
        """Whether a worker goes through it just now."""
        return self.state in self.WORKED_ON

    @property
    def taken_in(self) -> int:
        """How many rows it took in when it ended."""
        return sum(self.counts.get(verdict, 0) for verdict, _ in ImportRow.VERDICTS)

    def pieces(self) -> Iterator[bytes]:
        """Yield the file from its start, never more than a piece in memory."""
        for position in range(self.parts.count()):
            yield bytes(self.parts.get(position=position).content)


class FileImportPart(models.Model):
    """A piece of the file as it came."""

    file = models.ForeignKey(FileImport, on_delete=models.CASCADE, related_name="parts", db_index=False)
    position = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "position"], name="one_import_part_per_position")]


class ImportRow(models.Model):
    """One row of a file: what it says, what the check found, what a person decided, what became of it.

    `values` are texts by field; `key` is the source's own number of what the row is about, `likeness` is the same for
    rows that are about the same thing by name. `faults` are [field, sentence, cell], `warnings` sentences. `found` is
    what the check found, as its kind keeps it; `before` is what taking in the row changed, so that it can be undone.
    """

    NEW, DOUBLE, CHANGED, CONFLICT = "new", "double", "changed", "conflict"
    UNCHANGED, LEFT_OUT, WRONG = "unchanged", "left out", "wrong"
    VERDICTS = [
        (NEW, "New"),
        (DOUBLE, "Perhaps here already"),
        (CHANGED, "Changed"),
        (CONFLICT, "Changed here too"),
        (UNCHANGED, "Unchanged"),
        (LEFT_OUT, "Left out"),
        (WRONG, "Wrong"),
    ]

    SURE = (NEW, CHANGED)
    """Rows that are taken in without a decision."""
    ASKED = (DOUBLE, CONFLICT)
    """Rows that wait for a decision."""

    CHECKED, CHOSEN, TAKEN_IN, REFUSED, UNDONE, KEPT = "checked", "chosen", "taken in", "refused", "undone", "kept"
    STATES = [(state, state) for state in (CHECKED, CHOSEN, TAKEN_IN, REFUSED, UNDONE, KEPT)]

    file = models.ForeignKey(FileImport, on_delete=models.CASCADE, related_name="rows", db_index=False)
    row_no = models.PositiveIntegerField()
    verdict = models.CharField(max_length=10, choices=VERDICTS)
    state = models.CharField(max_length=10, choices=STATES, default=CHECKED)
    key = models.CharField(max_length=60, blank=True)
    likeness = models.CharField(max_length=140, blank=True)
    values = models.JSONField(default=dict)
    faults = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    found = models.JSONField(default=dict)
    decision = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    sentence = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["row_no"]
        constraints = [models.UniqueConstraint(fields=["file", "row_no"], name="one_import_row_per_row")]
        indexes = [
            models.Index(fields=["file", "verdict", "row_no"], name="import_row_by_verdict"),
            models.Index(fields=["file", "state", "row_no"], name="import_row_by_state"),
            models.Index(fields=["file", "likeness"], name="import_row_by_likeness"),
            models.Index(fields=["file", "key"], name="import_row_by_key"),
        ]
