"""The lines of an address, for where a country has no place of its own."""

from __future__ import annotations

from collections.abc import Sequence

from clearbill.bill.address import countries


def with_country(lines: Sequence[str], code: str, *, longest: int) -> list[str]:
    """Return as many lines, with a country abroad as the last one that is not empty, unless the address says it.

    Where all are taken, the country stands behind the last one, or two lines become one to make room. A line is longer
    than `longest` characters only where neither can be.
    """
    country, said = countries.abroad(code), [line for line in lines if line.strip()]
    if not country or (said and countries.is_said(said[-1], code)):
        return list(lines)
    filled = [place for place, line in enumerate(lines) if line.strip()]
    free = filled[-1] + 1 if filled else 0
    if free < len(lines):
        return [*lines[:free], country, *lines[free + 1 :]]
    behind = f"{lines[-1]}, {country}"
    if len(behind) <= longest:
        return [*lines[:-1], behind]
    if len(said) < len(lines):
        return [*said, country, *[""] * (len(lines) - len(said) - 1)]
    for place in reversed(range(len(lines) - 1)):
        joined = f"{lines[place]}, {lines[place + 1]}"
        if len(joined) <= longest:
            return [*lines[:place], joined, *lines[place + 2 :], country]
    return [*lines[:-1], behind]
