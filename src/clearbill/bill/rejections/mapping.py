"""Which refusals say that a provider is not known: to Healthcode, or to the insurer that is billed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MAPPING_CODES = frozenset({"HC-11", "HC-12", "HC-13", "HC-14", "HC-15", "HC-16"})

"""The known messages (`messages.toml`) on a provider, payee, specialist or site that is not mapped or recognised."""

_UNKNOWN = "HC-00"

_PROVIDERS = re.compile(r"providers\.|lines\[\d+\]\.service_(?:provider|site)_number$")

_LINE = re.compile(r"lines\[(\d+)\]")


def is_mapping_refusal(problem: Mapping[str, Any]) -> bool:
    """Return whether this problem of a rejection says that a Practitioner ID, payee, provider or site is not known.

    A message that is not among the known ones counts where it names one of these fields.
    """
    code, path = problem.get("code", ""), problem.get("path", "")
    return code in MAPPING_CODES or (code == _UNKNOWN and bool(_PROVIDERS.match(path)))


def line_of(problem: Mapping[str, Any]) -> int | None:
    """Return the number of the line that the problem is about, from 1; None where it is about the whole bill."""
    found = _LINE.match(problem.get("path", ""))
    return int(found[1]) + 1 if found else None
