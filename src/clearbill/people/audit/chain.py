"""The hash chain over a practice's audit trail: what the worker appends, and what verifying it finds.

An entry's hash is an HMAC-SHA256 (RFC 2104) over its place, its content and the hash before it, under a key of the
installation that is not in the database. Who can write to the database alone can therefore make no chain that holds.
Entries are appended a moment after they were written, because one chain for all who write at once would make each
wait for the others, and would lock rows in another order than they do.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from clearbill.db import sql
from clearbill.people.audit import append_only
from clearbill.people.encryption import Purpose, signing_keys
from clearbill.people.models import AuditChain, AuditEntry, Practice

ENTRIES_AT_ONCE = 1000

_COLUMNS = [one.column for one in AuditEntry._meta.concrete_fields if one.column not in append_only.CHAIN]

# Each value as the database writes it as text, which is the same for a row however it is read.
_TEXTS = ", ".join(f"CAST(people_auditentry.{name} AS TEXT)" for name in _COLUMNS)

_PENDING = f"""
    SELECT people_auditentry.id, {_TEXTS} FROM people_auditentry
    WHERE practice_id = %(practice)s AND chain_no IS NULL
    ORDER BY people_auditentry.at, people_auditentry.id LIMIT {ENTRIES_AT_ONCE}"""  # nosec B608: names of ours

_CHAINED = f"""
    SELECT chain_no, chain_hash, {_TEXTS} FROM people_auditentry
    WHERE practice_id = %(practice)s AND chain_no IS NOT NULL ORDER BY chain_no"""  # nosec B608: names of ours

_APPEND = "UPDATE people_auditentry SET chain_no = %s, chain_hash = %s WHERE id = %s"


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: how many entries it has, and the hash of the last."""

    length: int
    last_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was found of one practice's chain: `fault` names the first entry that is not what was written, "" for none.

    `pending` is the number of entries that had not been appended yet, of which nothing can be said.
    """

    practice: Practice
    length: int
    pending: int
    fault: str = ""


def append_next() -> tuple[UUID, Head] | None:
    """Append entries of one practice that are not in its chain yet, and return it with the new head; None for none."""
    with transaction.atomic():
        pending = AuditEntry.objects.filter(chain_no=None).order_by().values_list("practice_id", flat=True).first()
        if pending is None:
            return None
        AuditChain.objects.get_or_create(practice_id=pending)
        chain = AuditChain.objects.select_for_update().get(practice_id=pending)
        key = signing_keys(Purpose.AUDIT_CHAIN)[0]
        appended = []
        _settle_texts()
        for entry_id, *texts in sql.select_named(_PENDING, practice=pending):
            chain.length += 1
            chain.last_hash = _hash(key, chain.last_hash, chain.length, texts)
            appended.append((chain.length, chain.last_hash, entry_id))
        with connection.cursor() as cursor:
            cursor.executemany(_APPEND, appended)
        chain.seal = _seal(key, chain)
        chain.save()
    return pending, Head(chain.length, chain.last_hash)


def append_all() -> None:
    """Append all that is not in a chain yet."""
    while append_next():
        pass


def rebuild() -> None:
    """Make every chain anew from the entries as they are: after a restore, whose chains end before those that were."""
    with transaction.atomic(), append_only.lifted(connection), connection.cursor() as cursor:
        cursor.execute("UPDATE people_auditentry SET chain_no = NULL, chain_hash = NULL WHERE chain_no IS NOT NULL")
        AuditChain.objects.all().delete()
    append_all()


def heads() -> dict[UUID, Head]:
    """Return the head of each practice's chain."""
    return {one.practice_id: Head(one.length, one.last_hash) for one in AuditChain.objects.all()}


def verify(practice: Practice, known: Iterable[Head] = ()) -> Verified:
    """Read the practice's whole chain and say what is wrong with it first.

    `known` are heads that it had before, kept elsewhere: it must still hold them.
    """
    with transaction.atomic():
        _settle_texts()
        length, fault = _first_fault(practice, {one.length: one.last_hash for one in known})
        pending = AuditEntry.objects.filter(practice=practice, chain_no=None).count()
    return Verified(practice=practice, length=length, pending=pending, fault=fault)


def _settle_texts() -> None:
    """Have PostgreSQL write days as text in one form, whatever the database or the role is set to."""
    if sql.is_postgresql():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL datestyle TO ISO, YMD")


def _first_fault(practice: Practice, known: Mapping[int, str]) -> tuple[int, str]:
    keys = signing_keys(Purpose.AUDIT_CHAIN)
    length, last, before = 0, "", None
    for no, told, *texts in sql.iterate_named(_CHAINED, practice=practice.pk):
        if no != length + 1:
            return length, _missing(length + 1, no, _described(length, before), _described(no, texts))
        if not _is_right(keys, last, no, texts, told):
            return length, f"{_described(no, texts)} was changed after it was written, or stands where another stood."
        if known.get(no, told) != told:
            return length, f"{_described(no, texts)} is not the one of which a head was kept elsewhere."
        length, last, before = no, told, texts
    return length, _head_fault(practice, Head(length, last), known, _described(length, before))


def _head_fault(practice: Practice, found: Head, known: Mapping[int, str], last: str) -> str:
    chain = AuditChain.objects.filter(practice=practice).first()
    if chain is None:
        return "The head of the chain was removed." if found.length or known else ""
    if not any(hmac.compare_digest(_seal(key, chain), chain.seal) for key in signing_keys(Purpose.AUDIT_CHAIN)):
        return "The head of the chain was changed."
    wanted = max([chain.length, *known])
    if wanted > found.length:
        return f"The chain was cut off after {last}: {wanted - found.length} entries are missing at its end."
    return "" if chain.last_hash == found.last_hash else "The head of the chain was changed."


def _is_right(keys: list[bytes], last: str, no: int, texts: Sequence[str | None], told: str | None) -> bool:
    for place, key in enumerate(keys):
        if _hash(key, last, no, texts) == told:
            # The entries after it are most likely of the same key.
            keys.insert(0, keys.pop(place))
            return True
    return False


def _hash(key: bytes, before: str, no: int, texts: Sequence[str | None]) -> str:
    # With the name and the length of each value, so that none can pass for a part of its neighbour; without those that
    # are empty, so that a column that comes in later leaves the hashes of earlier entries as they are.
    parts = [f"{name}:{len(text)}:{text}," for name, text in zip(_COLUMNS, texts, strict=True) if text is not None]
    return hmac.digest(key, f"{before}\n{no}\n{''.join(parts)}".encode(), "sha256").hex()


def _seal(key: bytes, chain: AuditChain) -> str:
    return hmac.digest(key, f"head\n{chain.practice_id}\n{chain.length}\n{chain.last_hash}".encode(), "sha256").hex()


def _described(no: int, texts: Sequence[str | None] | None) -> str:
    if texts is None:
        return "the beginning"
    entry = dict(zip(_COLUMNS, texts, strict=True))
    return f"Entry {no} (id {entry['id']}, {str(entry['at'])[:19]} UTC)"


def _missing(first: int, next_there: int, before: str, after: str) -> str:
    gone = next_there - first
    which = f"Entry {first} was" if gone == 1 else f"Entries {first} to {next_there - 1} were"
    return f"{which} removed or moved: between {before} and {after}."
