"""A connection to a page process: its answers to HEAD are a head alone, and it can be closed between two requests."""

from __future__ import annotations

import time
from typing import Any
from wsgiref.util import FileWrapper

from waitress.buffers import ReadOnlyFileBasedBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import ErrorTask, Task, WSGITask

FRESH_SECONDS = 2.0

"""A connection so new that its first request may still be on the way."""

_HEAD = b"HEAD "


class Request(HTTPRequestParser):
    """waitress's request, which knows that it is a HEAD even where the rest of it cannot be read."""

    is_head = False
    _beginning = b""

    def received(self, data: bytes) -> int:
        if len(self._beginning) < len(_HEAD):
            # Blank lines before a request are skipped.
            self._beginning = (self._beginning + data[:8192]).lstrip()[: len(_HEAD)]
            self.is_head = self._beginning == _HEAD
        count: int = super().received(data)
        return count


class _Answer(Task):
    """waitress's task, which sends no byte after the head in answer to HEAD, or with a status that has no body.

    Such a byte would be taken for the beginning of the next answer on the connection (RFC 9110, 9.3.2).
    """

    @property
    def _is_to_head(self) -> bool:
        # Of the connection and not of the task: an error within Clearbill is told by a request of waitress's own.
        return bool(self.channel.requests[0].is_head)

    def build_response_header(self) -> bytes:
        if self.channel.server.is_ending:
            self.set_close_on_finish()
        header: bytes = super().build_response_header()
        return header

    def write(self, data: bytes) -> None:
        if not self._is_to_head:
            super().write(data)
        elif not self.wrote_header:
            super().write(b"")

    def finish(self) -> None:
        if self._is_to_head:
            self.write(b"")
        else:
            super().finish()


class PageAnswer(_Answer, WSGITask):
    """The answer of a page."""

    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        environ["wsgi.file_wrapper"] = self._wrap
        return environ

    def _wrap(self, file: Any, block_size: int) -> Any:
        """Return the file as waitress sends it at once, or to be read by `write` where nothing of it may be sent."""
        may_be_sent = self.has_body and not self._is_to_head
        return (ReadOnlyFileBasedBuffer if may_be_sent else FileWrapper)(file, block_size)


class RefusedAnswer(_Answer, ErrorTask):
    """What the server itself answers to a request that it cannot take."""


class Connection(HTTPChannel):
    """waitress's connection, which can be closed between two requests and never in one."""

    parser_class = Request
    task_class = PageAnswer
    error_task_class = RefusedAnswer

    def close_if_idle(self) -> None:
        """Close the connection where nothing is asked, being asked, or still to be sent."""
        with self.requests_lock:
            is_fresh = self.last_activity == self.creation_time and time.time() < self.creation_time + FRESH_SECONDS
            if not (self.requests or self.request or is_fresh):
                self.close_when_flushed = True
