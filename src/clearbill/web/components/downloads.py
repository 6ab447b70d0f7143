"""Answers that a browser keeps as a file."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import StreamingHttpResponse

CSV = "text/csv; charset=utf-8"


def download(content: Iterable[str] | Iterable[bytes], name: str, content_type: str = CSV) -> StreamingHttpResponse:
    """Return the answer that hands out a file of this name, piece by piece; no cache keeps it."""
    named = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(content, content_type=content_type, headers=named)
