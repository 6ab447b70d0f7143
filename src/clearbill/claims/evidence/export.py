"""One claim as a zip: the exact bytes sent and received, the timeline, the changes, and a page to print."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from clearbill.bill import dates, insurers
from clearbill.claims.core import bill_diff
from clearbill.claims.evidence import pretty_xml
from clearbill.claims.models import Claim, ClaimEvent, Exchange, Outbox, Task
from clearbill.people.actor import Actor
from clearbill.people.audit import values
from clearbill.people.models import AuditEntry

MANIFEST = "MANIFEST.sha256"


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A file to keep: its name, without health data, and its bytes (a zip)."""

    name: str
    content: bytes


def export(actor: Actor, *, claim: Claim) -> EvidenceFile:
    """Return all that is kept of the claim in one zip, and note in the audit trail that it was taken out."""
    with transaction.atomic():
        actor.audit("downloaded the evidence of the claim", claim)
        files = _files(actor, claim)
    manifest = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
    files[MANIFEST] = manifest.encode()
    number = re.sub(r"[^0-9A-Za-z-]", "", claim.number)
    return EvidenceFile(name=f"claim-{number}-evidence.zip", content=_zipped(files, actor.now))


def _files(actor: Actor, claim: Claim) -> dict[str, bytes]:
    exchanges = list(claim.exchanges.order_by("started_at", "pk"))
    sendings = list(claim.outbox.order_by("pk"))
    bytes_of = _exchange_files(exchanges) | _document_files(sendings)
    told = _told(actor, claim, exchanges, sendings)
    page = render_to_string("claims/evidence_page.html", {"told": told, "claim": claim, "texts": _texts(exchanges)})
    return {
        "evidence.html": page.encode(),
        "evidence.json": _json(told),
        **_bill_files(claim, sendings),
        **bytes_of,
    }


def _told(actor: Actor, claim: Claim, exchanges: list[Exchange], sendings: list[Outbox]) -> dict[str, Any]:
    trail = AuditEntry.objects.filter(practice=claim.practice, subject_type="claim", subject_id=str(claim.pk))
    return {
        "made": {"at": _at(actor.now), "by": str(actor.user), "with": f"Clearbill {settings.VERSION}"},
        "claim": _facts(claim),
        "timeline": [_event(one) for one in claim.events.select_related("by").order_by("at", "pk")],
        "attempts": [_attempt(number, one) for number, one in enumerate(exchanges, 1)],
        "sendings": [_sending(number, sendings) for number in range(len(sendings))],
        "work": [_work(one) for one in claim.work_items.select_related("settled_by").order_by("created_at")],
        "audit": [_entry(one) for one in trail.order_by("at", "created_at")],
        "bill": claim.bill,
    }


def _facts(claim: Claim) -> dict[str, Any]:
    return {
        "number": claim.number,
        "version": claim.version,
        "status": claim.status,
        "status_at": _at(claim.status_at),
        "status_source": claim.status_source,
        "at_healthcode": claim.house_status,
        "healthcode_number": claim.clearing_bill_number,
        "our_reference": claim.reference,
        "insurer": insurers.name_of(claim.insurer_slug),
        "payee": claim.payee.name if claim.payee else "",
        "practitioner": claim.practitioner.name,
        "net_total": str(claim.net_total),
        "practice": claim.practice.name,
        "submitted_at": _at(claim.submitted_at),
        "last_checked_at": _at(claim.last_checked_at),
        "next_check_at": _at(claim.next_check_at),
    }


def _event(one: ClaimEvent) -> dict[str, Any]:
    return {
        "at": _at(one.at),
        "event": one.event,
        "status_before": one.status_before,
        "status_after": one.status_after,
        "source": one.source,
        "by": str(one.by) if one.by else "Clearbill",
        "note": one.note,
        "problems": one.problems,
    }


def _attempt(number: int, one: Exchange) -> dict[str, Any]:
    return {
        "number": number,
        "at": _at(one.started_at),
        "operation": one.operation,
        "reference": one.reference,
        "attempt": one.attempt or None,
        "outcome": one.outcome,
        "http_status": one.http_status,
        "seconds": round(one.seconds, 3),
        "sent": _name_of(number, one, "sent") if one.sent else None,
        "received": _name_of(number, one, "received") if one.received else None,
    }


def _sending(place: int, sendings: list[Outbox]) -> dict[str, Any]:
    """One row of the outbox, and what had changed since the one before it."""
    one, before = sendings[place], sendings[place - 1] if place else None
    changed = None
    if before is not None and before.bill is not None and one.bill is not None:
        changed = bill_diff.as_dicts(
            bill_diff.diff(bill_diff.bill_from_snapshot(before.bill), bill_diff.bill_from_snapshot(one.bill))
        )
    return {
        "version": one.version,
        "reference": one.reference,
        "state": one.state,
        "attempts": one.attempts,
        "worker": one.worker,
        "taken_at": _at(one.taken_at),
        "finished_at": _at(one.finished_at),
        "last_error": one.last_error,
        "changed_since_the_one_before": changed,
        "document": _document_name(place + 1, one),
    }


def _work(one: Task) -> dict[str, Any]:
    return {
        "at": _at(one.created_at),
        "kind": one.kind,
        "sentence": one.sentence,
        "settled_at": _at(one.settled_at),
        "settled_by": str(one.settled_by or "Clearbill") if one.settled_at else "",
        "settlement": one.settlement,
    }


def _entry(one: AuditEntry) -> dict[str, Any]:
    changes = values.without_types(one.changes)
    words = [f"{name}: {_arrow(value)}" for name, value in changes.items()]
    return {"at": _at(one.at), "by": one.by_name, "action": one.action, "changes": changes, "in_words": words}


def _arrow(value: Any) -> str:
    """A change as a person reads it: before → after, or the new value alone."""
    if isinstance(value, list) and len(value) == 2:
        return " → ".join(bill_diff.NOTHING if side in (None, "") else str(side) for side in value)
    return str(value)


def _at(moment: datetime | None) -> dict[str, str] | None:
    """A moment in UTC, to the microsecond, and as a clock in the UK showed it."""
    if moment is None:
        return None
    local = timezone.localtime(moment)
    utc = moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return {"utc": utc, "uk": f"{dates.show(local)} {local:%H:%M:%S %Z}"}


def _bill_files(claim: Claim, sendings: list[Outbox]) -> dict[str, bytes]:
    """The bill as it was frozen for each version that was sent, and as it stands."""
    sent = {row.version: row.bill for row in sendings if row.bill is not None}
    return {
        f"bill-version-{version}.json": _json(bill) for version, bill in {**sent, claim.version: claim.bill}.items()
    }


def _exchange_files(exchanges: list[Exchange]) -> dict[str, bytes]:
    found = {}
    for number, one in enumerate(exchanges, 1):
        for side in ("sent", "received"):
            if content := bytes(getattr(one, side)):
                found[_name_of(number, one, side)] = content
    return found


def _document_files(sendings: list[Outbox]) -> dict[str, bytes]:
    return {_document_name(number, one): bytes(one.document) for number, one in enumerate(sendings, 1)}


def _name_of(number: int, one: Exchange, side: str) -> str:
    attempt = f"-attempt-{one.attempt}" if one.attempt else ""
    operation = re.sub(r"[^0-9A-Za-z]", "", one.operation) or "exchange"
    return f"exchanges/{number:03}-{operation}{attempt}-{side}.{_ending(bytes(getattr(one, side)))}"


def _document_name(number: int, one: Outbox) -> str:
    return f"documents/{number:03}-version-{one.version}.{_ending(bytes(one.document))}"


def _ending(content: bytes) -> str:
    start = content[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "html.txt"
    if start.startswith(b"<"):
        return "xml"
    return "json" if start[:1] in (b"{", b"[") else "txt"


def _texts(exchanges: list[Exchange]) -> list[tuple[int, str, str]]:
    """Each exchange as a person reads it: its number, what was sent, what came back."""
    return [
        (number, pretty_xml.pretty(one.sent), pretty_xml.pretty(one.received))
        for number, one in enumerate(exchanges, 1)
    ]


def _json(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode()


def _zipped(files: dict[str, bytes], now: datetime) -> bytes:
    stamp = timezone.localtime(now).timetuple()[:6]
    with io.BytesIO() as held:
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                entry = zipfile.ZipInfo(name, stamp)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o600 << 16
                archive.writestr(entry, content)
        return held.getvalue()
