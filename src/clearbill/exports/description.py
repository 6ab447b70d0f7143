"""What an export says of itself to whoever opens it: its files, their columns, and how they belong together."""

from __future__ import annotations

from datetime import datetime

from clearbill.bill import dates
from clearbill.exports.lists import LISTS
from clearbill.exports.tables import STAYS, columns_of, exported_models
from clearbill.people.models import Practice

_OPENING = """{name}
All of this practice in Clearbill, as it was on {when}. It holds health data.

lists/   One CSV file a list, in UTF-8, for spreadsheets and other systems. Days are written 2026-12-31, moments in
         UTC, amounts in pounds. A cell that a spreadsheet would take for a formula has an apostrophe in front.
data/    Every table, one JSON object a line: {{"model", "pk", "fields"}}. A field that names another row holds its
         key. Bytes that were sent or received are in base64. These files are read by “clearbill import-practice”,
         which brings them into an empty installation.
manifest.json   Version, figures that must agree, size and SHA-256 of every file.

"""


def description(practice: Practice, made_at: datetime) -> str:
    """Return the description as text."""
    told = [_OPENING.format(name=practice.name, when=dates.show_moment(made_at, ", "))]
    told += [f"lists/{name}.csv\n  {one.told}\n  {', '.join(one.headings)}\n\n" for name, one in LISTS.items()]
    told += [
        f"data/{model._meta.label_lower}.jsonl\n  pk, {', '.join(columns_of(model))}\n\n" for model in exported_models()
    ]
    told.append("Not in this file:\n")
    told += [f"  {model._meta.label_lower}: {why}\n" for model, why in STAYS.items()]
    told.append("  people.user: passwords; everybody chooses a new one\n")
    return "".join(told)
