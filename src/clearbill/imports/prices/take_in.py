"""Take in rows of contract prices, earliest first, and undo it where nothing was made of a price since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from clearbill.db.ids import parse_id
from clearbill.imports.models import FileImport, ImportRow
from clearbill.imports.prices.fields import last_day, price_row
from clearbill.people.actor import Actor
from clearbill.workspace.contract_prices import services
from clearbill.workspace.contract_prices.models import ContractPrice

CHANGED_MEANWHILE = "Something changed here since the file was checked. Go through the rest again to see what."

CHANGED_SINCE = "This price was ended here since, or another follows it. It stays; end or withdraw it on its page."

REASON = "The import of “{}” was undone."


def take_in(actor: Actor, file: FileImport, rows: Sequence[ImportRow]) -> None:
    """Take in the rows as they were checked, and put to each what became of it."""
    planned = services.add_prices(actor, rows=[price_row(row) for row in rows])
    for row in rows:
        one = planned[row.row_no]
        if one.price is None:
            why = str(one.refusal) if one.refusal else CHANGED_MEANWHILE
            row.state, row.sentence = ImportRow.REFUSED, why
            continue
        row.state, row.sentence = ImportRow.TAKEN_IN, ""
        row.before = {"added": str(one.price.pk), "ended": str(one.ends.pk) if one.ends else ""}


def undo(actor: Actor, file: FileImport, rows: Sequence[ImportRow]) -> None:
    """Withdraw the prices that the rows added, the latest first, and let those go on that they ended."""
    for row in rows:
        row.state, row.sentence = ImportRow.UNDONE, ""
        prices = _prices(file, row.before)
        price = prices.get(row.before["added"])
        if price is None or price.withdrawn_at:
            continue
        if price.valid_to != last_day(row.values):
            row.state, row.sentence = ImportRow.KEPT, CHANGED_SINCE
            continue
        ended = prices.get(row.before["ended"])
        services.take_back(actor, price=price, ended=ended, reason=REASON.format(file.name))


def _prices(file: FileImport, before: Mapping[str, str]) -> dict[str, ContractPrice]:
    """Return the price that a row added and the one that it ended, as far as they are there, by id."""
    keys: list[UUID] = [key for value in before.values() if (key := parse_id(value))]
    found = ContractPrice.objects.filter(practice=file.practice_id, pk__in=keys)
    return {str(one.pk): one for one in found}
