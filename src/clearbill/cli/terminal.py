"""What the commands share: text for whatever terminal, and why a file could not be opened."""

from __future__ import annotations

import sys


def printable(text: str) -> str:
    """Return the text with escapes for the signs that the terminal's encoding does not have."""
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def why_not_opened(wrong: OSError) -> str:
    """Return as a sentence why a file could not be opened or read."""
    if isinstance(wrong, FileNotFoundError):
        return f"There is no file {wrong.filename}."
    if isinstance(wrong, PermissionError):
        return f"The file {wrong.filename} may not be read by you."
    return f"The file could not be read: {wrong.strerror}."
