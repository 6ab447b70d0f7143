"""How long a search among 200,000 clients takes, against a bare look-up page of 50 of them in the same database.

p95 over names of a few hits and of thousands, two words, beginnings, accents, telephone and membership numbers.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable

from bench import installation
from bench.figure import Figure

CLIENTS, ROUNDS, ROWS, ROWS_AT_ONCE = 200_000, 8, 50, 2_000
SYLLABLES = [first + last for first in ("a", "be", "co", "du", "e") for last in ("n", "r", "l", "s", "m")]
BARE = """<!doctype html><html lang="en"><title>Rows</title><table>{% for row in rows %}<tr><td>{{ row.number }}</td>
<td>{{ row.first_name }} {{ row.last_name }}</td><td>{{ row.birth_date }}</td>
<td>{{ row.policies.all.0.insurer_slug }}</td></tr>
{% endfor %}</table></html>"""


def run(rounds: int = ROUNDS, clients: int = CLIENTS) -> list[Figure]:
    installation.begin()
    return _measure(rounds, clients)


def _measure(rounds: int, clients: int) -> list[Figure]:
    from django.db.models.functions import Lower
    from django.http import HttpRequest, HttpResponse
    from django.template import engines
    from django.urls import path

    from clearbill.clients.models import Client
    from clearbill.config import urls
    from clearbill.web.sign_in.access import member_required
    from tests import builders

    template = engines["django"].from_string(BARE)

    @member_required()
    def bare(request: HttpRequest) -> HttpResponse:
        by_name = (Lower("last_name"), Lower("first_name"))
        found = Client.objects.alias(low=by_name[0]).filter(
            practice=request.practice, low__gte=request.GET["name"].lower()
        )
        rows = list(found.prefetch_related("policies").order_by(*by_name)[:ROWS])
        return HttpResponse(template.render({"rows": rows}, request))

    urls.urlpatterns.append(path("bare", bare))
    practice = builders.practice()
    browser = builders.signed_in(builders.member(practice))
    browser.defaults["SERVER_NAME"] = "localhost"
    typed, names = _fill(practice, clients)
    for page, given in (("/clients/", {"q": "nguyen"}), ("/bare?name=Bel", {})):
        if (browser.post(page, given) if given else browser.get(page)).content.decode().count("<tr") < ROWS:
            raise AssertionError(f"{page} must show {ROWS} rows before it is timed")

    def search(words: str) -> object:
        return browser.post("/clients/", {"q": words})

    def look_up(name: str) -> object:
        return browser.get("/bare", {"name": name})

    ours, other = [], []
    for _ in range(rounds):
        for words, name in zip(typed, names, strict=True):
            ours.append(_ms(search, words))
            other.append(_ms(look_up, name))
    return [
        Figure(
            name=f"client search p95, {clients:,} clients",
            ours=_p95(ours),
            denominator=_p95(other),
            unit="ms",
            goal=2,
            at_least=False,
        )
    ]


def _ms(page: Callable[[str], object], words: str) -> float:
    begin = time.perf_counter()
    if page(words).status_code != 200:  # type: ignore[attr-defined]
        raise AssertionError(f"{words} must be answered before it is timed")
    return 1000 * (time.perf_counter() - begin)


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def _fill(practice: object, wanted: int) -> tuple[list[str], list[str]]:
    """Make the clients with some 15,000 family names; return what is typed, and a family name for each of it."""
    from clearbill.clients.models import Client, Policy
    from clearbill.clients.search import search_index
    from tests import builders

    chance = random.Random(14)
    first = builders.client(practice)
    names = [
        first_part.title() + second + third for first_part in SYLLABLES for second in SYLLABLES for third in SYLLABLES
    ]
    ids = []
    for start in range(0, wanted, ROWS_AT_ONCE):
        rows = [
            Client(
                practice=practice,
                number=f"P-{number:07}",
                first_name=chance.choice(names)[:6],
                last_name=chance.choice(names) if number % 100 else "O’Neill-Nguyễn",
                birth_date=first.birth_date,
                phone=f"020 7946 {number:06}",
                postcode="ZZ1 1ZZ",
            )
            for number in range(start, min(start + ROWS_AT_ONCE, wanted))
        ]
        Client.objects.bulk_create(rows)
        policies = [Policy(client=row, insurer_slug="bupa", membership_number=f"ZZ{row.number[2:]}") for row in rows]
        Policy.objects.bulk_create(policies)
        ids += [row.pk for row in rows]
    search_index.reindex(ids)
    typed = [chance.choice(names) for _ in range(12)] + [name[:5] for name in chance.sample(names, 4)]
    typed += [f"{chance.choice(names)} {chance.choice(names)[:3]}" for _ in range(4)]
    typed += ["O’Neill", "nguyen", "o'neill nguyen", "020 7946 000777", "ZZ0000123", "P-0000123"]
    return typed, [chance.choice(names[: len(names) // 2]) for _ in typed]
