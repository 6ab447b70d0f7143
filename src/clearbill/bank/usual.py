"""Lines that come again and again and are no insurer’s or patient’s, such as card takings: set aside by themselves."""

from __future__ import annotations

from datetime import datetime

from clearbill.bank.models import BankLine, UsualLine
from clearbill.people.models import Practice


def set_aside_usual(practice: Practice, *, now: datetime) -> int:
    """Set the new lines aside whose words are usual, and return how many. Call inside a transaction."""
    count = 0
    for one in UsualLine.objects.filter(practice=practice):
        lines = BankLine.objects.filter(practice=practice, state=BankLine.NEW, matched=0, words=one.words)
        lines = lines.filter(amount__gt=0) if one.is_money_in else lines.filter(amount__lt=0)
        count += lines.update(state=BankLine.ASIDE, aside_reason=one.reason, aside_at=now, aside_by=None)
    return count
