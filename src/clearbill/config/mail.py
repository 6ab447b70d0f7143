"""E-mail where none goes out: printed in the terminal, links included, without what is attached."""

from __future__ import annotations

from django.core.mail import EmailMessage
from django.core.mail.backends.console import EmailBackend


class PrintedMail(EmailBackend):
    """Prints each message with the names of its attachments; a paper with health data stays out of the terminal."""

    def write_message(self, message: EmailMessage) -> None:
        attached, message.attachments = message.attachments, []
        try:
            super().write_message(message)
        finally:
            message.attachments = attached
        for one in attached:
            self.stream.write(f"[attached and not printed: {one[0]}]\n")
