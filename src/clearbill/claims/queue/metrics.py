"""Counters of this worker since it started, for monitoring: figures only, no practice, claim or person."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q
from prometheus_client import Counter, Histogram, disable_created_metrics, start_http_server

from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim, Outbox, Task
from clearbill.workspace.models import HealthcodeConnection

RETRY_SECONDS = 1.0

logger = logging.getLogger(__name__)

# When a counter was made is of no use here and doubles the lines.
disable_created_metrics()

_sendings = Counter("clearbill_sendings_total", "Bills sent, by what came of it.", ["outcome"])

_sending_seconds = Histogram(
    "clearbill_sending_seconds",
    "Seconds from taking a bill to knowing what came of its sending.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60),
)

_questions = Counter("clearbill_status_questions_total", "Questions where a claim stands, by the answer.", ["answer"])

for _outcome in ("receipt", "refused", "not_sent", "reply_lost"):
    # A series that is there from the start at 0 can be watched for its first step.
    _sendings.labels(_outcome)


def record_sending(name: str, seconds: float) -> None:
    """Count one sending: `receipt`, `refused`, `not sent` or `reply lost`, and how long it took."""
    _sendings.labels(_label(name)).inc()
    _sending_seconds.observe(seconds)


def record_poll(answer: str) -> None:
    """Count one question for a claim's status, by the clearing house's answer or the kind of its failure."""
    _questions.labels(_label(answer)).inc()


def serve(port: int, host: str, stop: threading.Event) -> threading.Thread:
    """Serve these figures at /metrics on the port until the process ends.

    While another process has the port, as the worker that this one replaces does, it is asked for again each second.
    """
    thread = threading.Thread(target=_serve, args=(port, host, stop), name="metrics", daemon=True)
    thread.start()
    return thread


def _serve(port: int, host: str, stop: threading.Event) -> None:
    is_told = False
    while not stop.is_set():
        try:
            start_http_server(port, addr=host)
        except OSError:
            if not is_told:
                logger.warning("the figures of this worker wait for port %d, which is in use", port)
            is_told = True
            stop.wait(RETRY_SECONDS)
        else:
            return


def _label(words: str) -> str:
    return words.strip().lower().replace(" ", "_")[:40]


QUEUED = (Outbox.READY, Outbox.SENDING, Outbox.UNCERTAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationFigures:
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


def figures(*, now: datetime) -> InstallationFigures:
    """Return the figures as they are now, in a fixed number of queries over indexes."""
    queued = Outbox.objects.filter(state__in=QUEUED).order_by()
    by_state = dict(queued.values_list("state").annotate(n=Count("*")))
    oldest = queued.aggregate(at=Min("claim__submitted_at"))["at"]
    by_status = dict(Claim.objects.filter(is_current=True).order_by().values_list("status").annotate(n=Count("*")))
    connections = HealthcodeConnection.objects.aggregate(
        not_answering=Count("pk", filter=Q(not_answering_since__isnull=False)),
        refused=Count("pk", filter=~Q(refusal="")),
    )
    return InstallationFigures(
        outbox={state: by_state.get(state, 0) for state in QUEUED},
        oldest_seconds=max(0.0, (now - oldest).total_seconds()) if oldest else 0.0,
        claims={status.value: by_status.get(status.value, 0) for status in Status},
        work_items=Task.objects.filter(settled_at=None).count(),
        **connections,
    )
