"""What the clearing house says, in plain words: who moves first, which field it is, and what to do."""

from clearbill.bill.rejections.explanation import HealthcodeField, KnownMessage, explain, known_messages

__all__ = ["HealthcodeField", "KnownMessage", "explain", "known_messages"]
