"""Clearbill's own pages and actions, as members meet them; nothing that a request writes stays."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core import mail
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test import Client
from django.urls import NoReverseMatch, Resolver404, get_resolver, resolve, reverse

from golden_files.actions import Action, actions, searched
from golden_files.crawl import Answer, Crawl, Target
from golden_files.files import Folder
from golden_files.normalise import Normaliser

OWNER = "rosa@riverside.example"
ALSO = (
    "/health",
    "/ready",
    "/metrics",
    "/favicon.ico",
    "/no-such-page",
    "/calendar/events?start=2026-11-16&end=2026-11-30",
)
"""Addresses to which no link leads."""
BY_MIDDLEWARE = {"/health", "/ready", "/metrics", "/no-such-page"}
MOST_FOR_OTHERS = 1
"""How many addresses of one url pattern are opened as a member of each other role."""
MOST_ACTIONS = 3
"""How many actions of one url pattern, button and way of filling in are taken."""
SHOWN = ("Content-Type", "Content-Disposition", "Location", "Cache-Control", "HX-Redirect", "HX-Trigger")
_WRITES = re.compile(r'\s*(INSERT(?: OR IGNORE)? INTO|UPDATE|DELETE FROM)\s+"(\w+)"')
_NOT_NAMED = re.compile(r"^(django_session|people_failedattempt)")


class Pages:
    """Reads and writes down all of it."""

    def __init__(self, folder: Folder, normaliser: Normaliser) -> None:
        self._folder, self._normaliser = folder, normaliser
        self._client = Client(raise_request_exception=False, SERVER_NAME="localhost", SERVER_PORT="8000")
        self._statuses: dict[str, Counter[int]] = {}
        self._failed: list[str] = []
        self._actions: dict[tuple[str, str], list[tuple[Action, str]]] = {}
        self._seen_actions: set[Action] = set()

    def write(self, say: Callable[[str], None]) -> None:
        """Walk through the site as its owner, take its actions, and open some of it as a member of each other role."""
        self._sign_in(OWNER)
        crawl = Crawl(self._read, name_of_pattern)
        crawl.walk("/today", *ALSO, *_without_parameters())
        say("actions")
        for (kind, _), some in self._actions.items():
            for action, came_from in some:
                self._act(kind, action, came_from)
        some_of_each: dict[str, list[Target]] = {}
        for kind, target in crawl.opened:
            some_of_each.setdefault(kind, []).append(target)
        for role, address in [*_one_of_each_role(), ("nobody", "")]:
            say(f"pages as {role} sees them")
            self._sign_in(address)
            for kind, found in some_of_each.items():
                for target in found[:MOST_FOR_OTHERS]:
                    self._open(target, f"roles/{role}/{kind}")

    def index(self) -> str:
        """Return what was met: each url pattern with the number of answers by status, what was never met, failures."""
        lines = [
            f"{kind}: " + ", ".join(f"{count} of {status}" for status, count in sorted(counts.items()))
            for kind, counts in sorted(self._statuses.items())
        ]
        taken = {kind for kind, _ in self._actions}
        met = {line.partition(":")[0] for line in lines} | taken
        missed = sorted(set(_all_patterns()) - met)
        return "\n".join(
            [*lines, "", "Actions:", *sorted(taken), "", "Never met:", *missed, "", "Failed:", *self._failed]
        )

    def _sign_in(self, address: str) -> None:
        self._client.cookies.clear()
        if address:
            self._client.force_login(get_user_model().objects.get(email=address))

    def _read(self, target: Target, kind: str) -> Answer:
        """Open a page and remember what can be done from it."""
        answer = self._open(target, f"pages/{kind}")
        self._statuses.setdefault(kind, Counter())[answer.status] += 1
        found = list(actions(answer.page, target.address))
        if answer.status == 405:
            found.append(searched(target.address))
        for action in found:
            name = name_of_pattern(urlsplit(action.address).path)
            some = self._actions.setdefault((name, action.how), []) if name else []
            if len(some) < MOST_ACTIONS and action not in self._seen_actions:
                self._seen_actions.add(action)
                some.append((action, target.address))
        return answer

    def _open(self, target: Target, place: str) -> Answer:
        with _nothing_stays():
            shown, answer = self._got(target)
        part = "~part" if target.is_part else ""
        self._folder.write(place, f"{self._normaliser.text(target.address)}{part}", shown)
        return answer

    def _act(self, kind: str, action: Action, came_from: str) -> None:
        """Post something; write down the answer, the page it leads to, what was written where, and mail sent."""
        kept = dict(self._client.cookies)
        mail.outbox = []
        lines = [f"POST {action.address}", f"from {came_from}"]
        lines += [f"{name} = {value}" for name, value in action.fields]
        lines = [self._normaliser.text("\n".join(lines))]
        written = _Written()
        with _nothing_stays():
            last = _last_entry()
            with connection.execute_wrapper(written):
                response = self._client.post(
                    action.address,
                    urlencode(action.fields),
                    content_type="application/x-www-form-urlencoded",
                    headers={"hx-request": "true"} if action.is_part else {},
                )
                lines.append(self._shown(response, response.getvalue(), ""))
            lines += [self._normaliser.text(line) for line in _entries_since(last)]
            if response.status_code in {301, 302, 303}:
                lines.append(self._got(Target(response["Location"]))[0])
        lines.insert(1, f"writes: {', '.join(sorted(written.found)) or 'nothing'}")
        lines += [self._normaliser.text(f"mail to {one.to}: {one.subject}\n{one.body}") for one in mail.outbox]
        self._client.cookies.clear()
        self._client.cookies.update(kept)
        if response.status_code >= 500:
            self._failed.append(self._normaliser.text(f"POST {action.address}, {action.how}"))
        self._folder.write(
            f"actions/{kind}", f"{action.how} {self._normaliser.text(action.address)}", "\n\n".join(lines)
        )

    def _got(self, target: Target) -> tuple[str, Answer]:
        headers = {"hx-request": "true"} if target.is_part else {}
        response = self._client.get(target.address, headers=headers)
        content = response.getvalue()
        answer = Answer(response.status_code, response.get("Content-Type", ""), content)
        if answer.status >= 500:
            self._failed.append(self._normaliser.text(target.address))
        return self._shown(response, content, f"{target.address}{' (part)' if target.is_part else ''}"), answer

    def _shown(self, response: Any, content: bytes, address: str) -> str:
        head = [f"{response.status_code} {address}".strip()]
        head += [f"{name}: {response[name]}" for name in SHOWN if name in response]
        body = self._normaliser.content(content, response.get("Content-Type", ""))
        return f"{self._normaliser.text(chr(10).join(head))}\n\n{body}"


class _Written:
    """Notes which tables are written to, whatever the statements look like."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if (found := _WRITES.match(sql)) and not _NOT_NAMED.match(found[2]):
            self.found.add(f"{found[1].split()[0].lower()} {found[2]}")
        return execute(sql, params, many, context)


@contextmanager
def _nothing_stays() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _audit() -> Any:
    return apps.get_model("people", "AuditEntry")._base_manager.order_by("created_at", "pk")


def _last_entry() -> set[Any]:
    return set(_audit().values_list("pk", flat=True))


def _entries_since(before: set[Any]) -> list[str]:
    """Return what the audit trail has noted."""
    try:
        rows = [row for row in _audit().values() if row["id"] not in before]
    except TransactionManagementError:
        return ["The transaction is broken."]
    return [f"audit: {json.dumps(row, default=str, ensure_ascii=False, sort_keys=True)}" for row in rows]


def name_of_pattern(path: str) -> str:
    """Return the name of the url pattern that answers a path, its own path for what middleware answers, "" for none."""
    if path in BY_MIDDLEWARE:
        return path[1:]
    try:
        return resolve(path).url_name or ""
    except Resolver404:
        return ""


def _all_patterns() -> list[str]:
    return [name for name in get_resolver().reverse_dict if isinstance(name, str)]


def _without_parameters() -> Iterator[str]:
    """Yield the address of every url pattern that needs nothing to be made."""
    for name in sorted(_all_patterns()):
        try:
            yield reverse(name)
        except NoReverseMatch:
            continue


def _one_of_each_role() -> list[tuple[str, str]]:
    """Return roles and the mail address of one member who has it, without the owner."""
    rows = apps.get_model("people", "Membership").objects.order_by("user__pk").values_list("role", "user__email")
    found: dict[str, str] = {}
    for role, address in rows:
        found.setdefault(str(role), address)
    return [(role, address) for role, address in found.items() if address != OWNER]
