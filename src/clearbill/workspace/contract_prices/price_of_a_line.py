"""Which contract price a line falls under: that of its item code on the day of treatment, else of its procedure code.

Said once in Python and once in SQL; a test holds that both find the same.
"""

from __future__ import annotations

from datetime import date

from clearbill.workspace.contract_prices.models import ContractPrice
from clearbill.workspace.contract_prices.price_list import PriceList

PRICES = ContractPrice._meta.db_table


def price_of_line(
    prices: PriceList, insurer_slug: str, *, item_code: str, procedure_code: str, day: date
) -> ContractPrice | None:
    """Return the contract price of one unit on the day of treatment, None where nothing is agreed."""
    return prices.on(insurer_slug, item_code, day) or prices.on(insurer_slug, procedure_code, day)


def joined(*, practice: str, insurer: str, item_code: str, procedure_code: str, day: str) -> str:
    """Return the SQL joins that put the price to a line; the names are those of its columns. AMOUNT reads it."""
    return "".join(
        f"""
        LEFT JOIN {PRICES} {kind} ON {kind}.practice_id = {practice} AND {kind}.insurer_slug = {insurer}
            AND {kind}.code = {code} AND {kind}.withdrawn_at IS NULL AND {kind}.valid_from <= {day}
            AND ({kind}.valid_to IS NULL OR {kind}.valid_to >= {day})"""
        for kind, code in (("item", item_code), ("procedure", procedure_code))
    )


AMOUNT = "COALESCE(item.amount, procedure.amount)"

"""The amount of the joined price, NULL where there is none."""
