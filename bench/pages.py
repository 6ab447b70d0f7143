"""How long our busiest pages take, against a bare Django page of 50 rows from the same database."""

from __future__ import annotations

from bench import installation
from bench.figure import Figure, interleaved

ROWS, ROUNDS, PER_ROUND = 50, 15, 5
BARE = """<!doctype html><html lang="en"><title>Rows</title><table>{% for row in rows %}<tr><td>{{ row.number }}</td>
<td>{{ row.invoice.client.first_name }} {{ row.invoice.client.last_name }}</td><td>{{ row.insurer_slug }}</td>
<td>{{ row.practitioner.name }}</td><td>{{ row.treated_on }}</td><td>{{ row.net_total }}</td>
<td>{{ row.status }}</td></tr>
{% endfor %}</table></html>"""


def run(rounds: int = ROUNDS) -> list[Figure]:
    installation.begin()
    return _measure(rounds)


def _measure(rounds: int) -> list[Figure]:
    from django.http import HttpRequest, HttpResponse
    from django.template import engines
    from django.urls import path

    from clearbill.claims.models import Claim
    from clearbill.config import urls
    from clearbill.web.sign_in.access import member_required
    from tests import builders

    template = engines["django"].from_string(BARE)

    @member_required()
    def bare(request: HttpRequest) -> HttpResponse:
        rows = Claim.objects.filter(practice=request.practice).select_related("invoice__client", "practitioner")[:ROWS]
        return HttpResponse(template.render({"rows": rows}, request))

    urls.urlpatterns.append(path("bare", bare))
    practice = builders.practice()
    browser = builders.signed_in(builders.member(practice))
    browser.defaults["SERVER_NAME"] = "localhost"
    client_id = _fill(practice)
    figures = []
    for name, address in (("claims list of 50", "/claims/"), ("client page", f"/clients/{client_id}")):
        for ready in ("/bare", address):
            if browser.get(ready).status_code != 200:
                raise AssertionError(f"{name} must render before it is timed.")
        ours, other = interleaved(
            lambda: [browser.get(address) for _ in range(PER_ROUND)],  # noqa: B023
            lambda: [browser.get("/bare") for _ in range(PER_ROUND)],
            rounds=rounds,
        )
        per_page = (1000 * ours / PER_ROUND, 1000 * other / PER_ROUND)
        figures.append(Figure(name=name, ours=per_page[0], denominator=per_page[1], unit="ms", goal=2, at_least=False))
    return figures


def _fill(practice: object) -> object:
    """Make 50 claims, and one client with ten appointments and five invoices. Return that client's id."""
    from datetime import timedelta

    from clearbill.claims.core import services
    from clearbill.people.actor import Actor
    from tests import builders

    person = builders.practitioner(practice)
    builders.payee(practice)
    service = builders.service(practice)
    user = builders.user()
    for number in range(ROWS):
        client = builders.client(practice, last_name=f"Sample{number:02}")
        invoice = builders.invoice(practice, client=client, practitioner=person)
        services.create(Actor(practice, user, builders.NOW), invoice=invoice)
    busy = builders.client(practice, last_name="Busy")
    for number in range(10):
        starts_at = builders.NOW - timedelta(days=number)
        builders.appointment(practice, client=busy, practitioner=person, service=service, starts_at=starts_at)
    for _ in range(5):
        builders.invoice(practice, client=busy, practitioner=person)
    return busy.pk
