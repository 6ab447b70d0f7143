"""What this worker has done since it started, counted for monitoring. Figures only: no practice, claim or person."""

from __future__ import annotations

import logging
import threading

from prometheus_client import Counter, Histogram, disable_created_metrics, start_http_server

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


def count_outcome(name: str, seconds: float) -> None:
    """Count one sending: `receipt`, `refused`, `not sent` or `reply lost`, and how long it took."""
    _sendings.labels(_label(name)).inc()
    _sending_seconds.observe(seconds)


def count_question(answer: str) -> None:
    """Count one question for a claim's status, by the house's answer or the kind of its failure."""
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
