"""The Django app of `claims`."""

from __future__ import annotations

from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    name = "clearbill.claims"
    label = "claims"

    def ready(self) -> None:
        """Let the audit trail tell what was changed on a claim in the words of the claim page."""
        from clearbill.claims.core import amendments as mending
        from clearbill.claims.core import bill_diff as changes
        from clearbill.people.audit import labels as audit_words

        audit_words.register_describer("claim", mending.AMENDED_ACTION, changes.diff_for_audit)
