"""Which maintenance is due, found by one statement: a worker asks every second."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from clearbill.claims.queue import backoff, lease
from clearbill.db import sql

MAINTENANCE_KINDS = (
    "reconcile",
    "queue",
    "create",
    "recover",
    "import",
    "export",
    "mail",
    "chain",
    "refusals",
    "tell",
)


def due_maintenance(now: datetime) -> set[str]:
    """Return the kinds of MAINTENANCE_KINDS of which there may be something to do."""
    found = sql.select_named(
        _WORK,
        late=now - timedelta(seconds=settings.TAKEN_TOO_LONG_SECONDS),
        farthest=now + backoff.MAX_PAUSE,
        told=lease.WAITS_FOR_CONNECTION,
    )
    return {kind for kind, is_due in zip(MAINTENANCE_KINDS, found[0], strict=True) if is_due}


_WORK = """
    SELECT
    EXISTS (SELECT 1 FROM backups_reconciliation WHERE is_open),
    EXISTS (SELECT 1 FROM claims_batch WHERE state = 'running'),
    EXISTS (SELECT 1 FROM claims_bulkcreation WHERE state = 'running'),
    EXISTS (
        SELECT 1 FROM claims_outbox WHERE state = 'sending' AND (taken_at < %(late)s OR taken_at > %(farthest)s)),
    EXISTS (SELECT 1 FROM imports_fileimport WHERE state IN ('checking', 'running', 'undoing')),
    EXISTS (SELECT 1 FROM exports_export WHERE made_at IS NULL AND failure = ''),
    EXISTS (SELECT 1 FROM people_accountmail WHERE sent_at IS NULL),
    EXISTS (SELECT 1 FROM people_auditentry WHERE chain_no IS NULL),
    EXISTS (SELECT 1 FROM people_failedattempt WHERE told_at IS NULL),
    EXISTS (
        SELECT 1 FROM people_practice practice CROSS JOIN claims_outbox bill CROSS JOIN claims_claim claim
        WHERE bill.practice_id = practice.id AND bill.state = 'ready'
        AND claim.id = bill.claim_id AND claim.waiting_reason <> %(told)s AND NOT EXISTS (
            SELECT 1 FROM practice_healthcodeconnection house WHERE house.practice_id = practice.id))"""
