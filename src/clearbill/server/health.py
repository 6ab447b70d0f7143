"""What proxies and monitoring ask: /health, /ready, /metrics. No sign-in, no cookie, any host, nothing personal."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from clearbill.claims.queue import metrics as queue_metrics

LOOPBACK = ("127.0.0.1", "::1")

FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")


class HealthMiddleware:
    """Answer the three addresses before anything else looks at the request: no session is read, no host refused."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = ANSWERS.get(request.path_info)
        if answer is None:
            return self.get_response(request)
        response = answer(request) if request.method in {"GET", "HEAD"} else _plain("only to be read", 405)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Length"] = str(len(response.content))
        return response


def health(request: HttpRequest) -> HttpResponse:
    """The process lives. Nothing else is looked at."""
    return _plain("alive")


def ready(request: HttpRequest) -> HttpResponse:
    """This process can serve pages; 503 and a plain word where it cannot."""
    problem = why_not_ready()
    return _plain(f"not ready: {problem}", 503) if problem else _plain("ready")


def metrics(request: HttpRequest) -> HttpResponse:
    """The figures of the installation in the form that Prometheus reads."""
    if not _may_read_figures(request):
        return _plain("the figures are shown to this machine only, or with the token of CLEARBILL_METRICS_TOKEN", 403)
    registry = CollectorRegistry()
    registry.register(_Figures())
    try:
        return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    except DatabaseError:
        return _plain("the database does not answer", 503)


ANSWERS: dict[str, Callable[[HttpRequest], HttpResponse]] = {"/health": health, "/ready": ready, "/metrics": metrics}


def why_not_ready() -> str:
    """Return in plain words what keeps this process from serving pages, "" where nothing does."""
    if shutting_down.is_set():
        return "this process is ending"
    try:
        applied = set(MigrationRecorder(connection).applied_migrations())
    except DatabaseError:
        return "the database does not answer"
    return "" if _migrations_of_this_version() <= applied else "the database is not up to date; run clearbill migrate"


@cache
def _migrations_of_this_version() -> frozenset[tuple[str, str]]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return frozenset(loader.disk_migrations)


def _may_read_figures(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    # Behind a proxy everybody seems to come from this machine.
    is_forwarded = settings.BEHIND_TLS or any(name in request.headers for name in FORWARDED)
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not is_forwarded


class _Figures(Collector):
    def collect(self) -> list[GaugeMetricFamily]:
        found = queue_metrics.figures(now=timezone.now())
        queue = GaugeMetricFamily("clearbill_outbox_rows", "Bills in the queue, by state.", labels=["state"])
        for state, count in found.outbox.items():
            queue.add_metric([state], count)
        claims = GaugeMetricFamily("clearbill_claims", "Current claims, by status.", labels=["status"])
        for status, count in found.claims.items():
            claims.add_metric([status], count)
        return [
            queue,
            claims,
            _gauge("clearbill_oldest_waiting_seconds", "Age of the oldest bill in the queue.", found.oldest_seconds),
            _gauge("clearbill_uncertain_claims", "Claims whose arrival is being asked about.", found.uncertain),
            _gauge("clearbill_open_work_items", "Things that only a person can settle.", found.work_items),
            _gauge(
                "clearbill_connections_not_answering",
                "Connections over which Healthcode does not answer.",
                found.not_answering,
            ),
            _gauge("clearbill_connections_refused", "Connections whose credentials Healthcode refuses.", found.refused),
        ]


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)


def _plain(words: str, status: int = 200) -> HttpResponse:
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain; charset=utf-8")


shutting_down = threading.Event()
