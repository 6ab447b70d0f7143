"""The figures of the whole installation for monitoring: sums over all practices, never one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q

from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim, Outbox, WorkItem
from clearbill.practice.models import HealthcodeConnection

QUEUED = (Outbox.READY, Outbox.SENDING, Outbox.UNCERTAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts, and in seconds how long the oldest queued bill has waited since it was submitted (0 where none is)."""

    outbox: dict[str, int]
    oldest_seconds: float
    claims: dict[str, int]
    work_items: int
    not_answering: int
    refused: int

    @property
    def uncertain(self) -> int:
        """Return how many claims are Unknown (checking)."""
        return self.claims[Status.UNKNOWN.value]


def figures(*, now: datetime) -> Figures:
    """Return the figures as they are now, in a fixed number of queries over indexes."""
    queued = Outbox.objects.filter(state__in=QUEUED).order_by()
    by_state = dict(queued.values_list("state").annotate(n=Count("*")))
    oldest = queued.aggregate(at=Min("claim__submitted_at"))["at"]
    by_status = dict(Claim.objects.filter(is_current=True).order_by().values_list("status").annotate(n=Count("*")))
    connections = HealthcodeConnection.objects.aggregate(
        not_answering=Count("pk", filter=Q(not_answering_since__isnull=False)),
        refused=Count("pk", filter=~Q(refusal="")),
    )
    return Figures(
        outbox={state: by_state.get(state, 0) for state in QUEUED},
        oldest_seconds=max(0.0, (now - oldest).total_seconds()) if oldest else 0.0,
        claims={status.value: by_status.get(status.value, 0) for status in Status},
        work_items=WorkItem.objects.filter(settled_at=None).count(),
        **connections,
    )
