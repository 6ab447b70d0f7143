"""What taking in rows of clients would do, by what is here now. Statements are as many for one row as for hundreds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from clearbill.clients import merges
from clearbill.clients.cover import cover_hints
from clearbill.clients.doubles import Identity, doubles_of_newcomers, identity
from clearbill.clients.models import Client, Policy
from clearbill.clients.policies import policies_of
from clearbill.clients.search.search_terms import key
from clearbill.imports.clients.compare import Difference, compare
from clearbill.imports.clients.fields import current_values, from_text, has_policy, matching_policy
from clearbill.imports.clients.models import ImportedClient
from clearbill.imports.models import FileImport, ImportRow

NO_EMAIL = "This is not an e-mail address. It looks like name@example.org."

OTHER_PERSON = "The number {key} stood for {name} when it was imported last. Now name and date of birth are others."

SAME_PERSON = "Row {:,} of the file has the same name and date of birth."

_check_email = EmailValidator(NO_EMAIL)


@dataclass(slots=True)
class Plan:
    """What one row would do: its verdict, the record it is about, and those that are likely of the same person."""

    row: ImportRow
    verdict: str
    imported: ImportedClient | None = None
    client: Client | None = None
    policy: Policy | None = None
    difference: Difference = field(default_factory=Difference)
    doubles: list[tuple[Client, str]] = field(default_factory=list)
    sentence: str = ""


def key_of(values: Mapping[str, str], source_key: str) -> str:
    """Return by what a client is known again in a newer file: the other system's number, else name and birth date."""
    return source_key or likeness_of(values)


def further_key(row: ImportRow) -> str:
    """Return the key of a client whose own stands for somebody else: two people of one name and no number."""
    return f"{key_of(row.values, row.key)}#{row.row_no}"


def likeness_of(values: Mapping[str, str]) -> str:
    """Return what is the same for two rows that are about one person by name and date of birth."""
    names = f"{key(values['last_name'])}/{key(values.get('first_name', ''))}"
    return f"{names}/{values.get('birth_date', '')}"


def faults_of(values: Mapping[str, str]) -> list[list[str]]:
    """Return what is wrong with the values, as far as the reading of the file does not know it."""
    try:
        if values.get("email"):
            _check_email(values["email"])
    except ValidationError:
        return [["email", NO_EMAIL, ""]]
    return []


def warnings_of(values: Mapping[str, str]) -> list[str]:
    """Return what the insurer's own rules say of the numbers: the page of the client says the same."""
    if not has_policy(values):
        return []
    problems = cover_hints(
        insurer_slug=values["insurer_slug"],
        membership_number=values["membership_number"],
        authorisation_code=values.get("authorisation_code", ""),
    )
    return [problem.message for problem in problems]


def plans(file: FileImport, rows: Sequence[ImportRow]) -> list[Plan]:
    """Return what each of the rows would do. Rows that are wrong or left out stay so."""
    planned = [row for row in rows if not row.faults and row.verdict != ImportRow.LEFT_OUT]
    imported = _imported(file, planned)
    strangers = [row for row in planned if key_of(row.values, row.key) not in imported]
    doubles = doubles_of_newcomers(file.practice, [_identity(row.values) for row in strangers])
    earlier = _earlier(file, [row for row in planned if not row.key or row in strangers])
    found = {row.row_no: Plan(row, ImportRow.WRONG if row.faults else ImportRow.LEFT_OUT) for row in rows}
    for row in planned:
        if known := imported.get(key_of(row.values, row.key)):
            found[row.row_no] = _of_known(row, known, earlier.get(row.row_no, 0))
    for row, likely in zip(strangers, doubles, strict=True):
        found[row.row_no] = _of_stranger(row, likely, earlier.get(row.row_no, 0))
    return [found[row.row_no] for row in rows]


def difference_to(client: Client, row: ImportRow) -> tuple[Policy | None, Difference]:
    """Return how a row differs from a record that no file told of, and the policy of it that the row is about."""
    policy = matching_policy(client, row.values)
    return policy, compare({}, current_values(client, policy, row.values), row.values)


def _of_known(row: ImportRow, imported: ImportedClient, earlier: int) -> Plan:
    client = merges.survivor_of(imported.client)
    own = [policy for policy in policies_of(client) if policy.pk == imported.policy_id]
    policy = own[0] if own else matching_policy(client, row.values)
    ours = current_values(client, policy, row.values)
    if "authorisation_code" in ours and not ours["authorisation_code"]:
        # Another code is one more authorisation: none that is here is changed by it.
        last = imported.values.get("authorisation_code", "")
        ours["authorisation_code"] = last if row.values["authorisation_code"] else ""
    plan = Plan(row, ImportRow.CHANGED, imported, client, policy, compare(imported.values, ours, row.values))
    if earlier:
        return Plan(row, ImportRow.DOUBLE, doubles=[(client, "Same name")], sentence=SAME_PERSON.format(earlier))
    if _is_another_person(imported.values, row.values):
        plan.verdict = ImportRow.DOUBLE
        plan.sentence = OTHER_PERSON.format(key=imported.key, name=client.name)
        plan.doubles = [(client, "The same number in the other system")]
    elif plan.difference.conflicts:
        plan.verdict = ImportRow.CONFLICT
    elif plan.difference.is_nothing:
        plan.verdict = ImportRow.UNCHANGED
    return plan


def _is_another_person(last: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Whether neither the name nor the date of birth is what it was: a name changes, but not with the birth date."""
    same_day = last.get("birth_date") == now.get("birth_date") and bool(now.get("birth_date"))
    same_name = any(key(last.get(name, "")) == key(now.get(name, "")) != "" for name in ("first_name", "last_name"))
    return not same_day and not same_name


def _of_stranger(row: ImportRow, doubles: list[tuple[Client, str]], earlier: int) -> Plan:
    if doubles:
        return Plan(row, ImportRow.DOUBLE, doubles=doubles)
    if earlier:
        return Plan(row, ImportRow.DOUBLE, sentence=SAME_PERSON.format(earlier))
    return Plan(row, ImportRow.NEW)


def _imported(file: FileImport, rows: Sequence[ImportRow]) -> dict[str, ImportedClient]:
    keys = {key_of(row.values, row.key) for row in rows}
    known = ImportedClient.objects.filter(practice=file.practice_id, source=file.source, key__in=keys)
    related = known.select_related("client")
    return {one.key: one for one in related.prefetch_related("client__policies__authorisations")}


def _earlier(file: FileImport, rows: Iterable[ImportRow]) -> dict[int, int]:
    """Return for rows that are about the same person by name as an earlier one the number of that one."""
    wanted = {row.likeness: 0 for row in rows}
    stored = ImportRow.objects.filter(file=file, likeness__in=wanted).exclude(verdict=ImportRow.LEFT_OUT)
    places = [*stored.values_list("likeness", "row_no"), *((row.likeness, row.row_no) for row in rows)]
    first: dict[str, int] = {}
    for likeness, row_no in sorted(places, key=lambda place: place[1]):
        first.setdefault(likeness, row_no)
    return {row.row_no: first[row.likeness] for row in rows if first[row.likeness] < row.row_no}


def _identity(values: Mapping[str, str]) -> Identity:
    details = {name: values.get(name, "") for name in ("first_name", "last_name", "email", "phone")}
    return identity(
        details,
        [values["membership_number"]] if values.get("membership_number") else [],
        birth_date=from_text("birth_date", values.get("birth_date", "")),
    )
