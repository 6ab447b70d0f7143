"""Logs without health data: what a request carried never reaches them."""

from __future__ import annotations

import logging
import traceback


class WithoutRequest(logging.Filter):
    """Reduce an exception to its kind and the places in the code; its message may quote what was typed."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1] is not None:
            kind, error, _ = record.exc_info
            places = [
                f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
            ]
            record.msg = (
                f"{record.getMessage()} [{kind.__name__ if kind else 'Error'} at {' < '.join(reversed(places))}]"
            )
            record.args = None
            record.exc_info = None
            record.exc_text = None
        return True
