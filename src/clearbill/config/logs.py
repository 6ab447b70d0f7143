"""Logs without health data: what a request carried never reaches them."""

from __future__ import annotations

import json
import logging
import re
import traceback
from datetime import UTC, datetime

FIELDS = ("reference", "operation", "outcome", "answer", "attempt", "seconds", "status_code", "worker", "count")

"""What a log call may add with `extra=`. A list, so that nothing of a person gets into a log by mistake."""


# The innermost: an endless recursion would make a line of 100 KB.
MOST_FRAMES = 30


class WithoutRequest(logging.Filter):
    """Reduce an exception to its kind and the places in the code, and an address to its first part.

    A message may quote what was typed, and an address may hold the secret of an invitation.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith(("django.request", "django.security")):
            _say_only_where(record)
        if record.exc_info and record.exc_info[1] is not None:
            kind, error, _ = record.exc_info
            frames = traceback.extract_tb(error.__traceback__, limit=-MOST_FRAMES)
            places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
            record.msg = (
                f"{record.getMessage()} [{kind.__name__ if kind else 'Error'} at {' < '.join(reversed(places))}]"
            )
            record.args = None
            record.exc_info = None
            record.exc_text = None
        return True


def _say_only_where(record: logging.LogRecord) -> None:
    path = getattr(getattr(record, "request", None), "path", "")
    part = path.split("/")[1] if path.count("/") else ""
    part = part if re.fullmatch(r"[a-z-]{1,20}", part) else "…"
    record.msg = f"{getattr(record, 'status_code', 'Refused')} at /{part}{'/…' if path.count('/') > 1 else ''}"
    record.args = None


class JsonLine(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, and those FIELDS that the call gave."""

    def format(self, record: logging.LogRecord) -> str:
        given = {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **given,
        }
        return json.dumps(line, ensure_ascii=False, default=str)
