"""Every wire contract this installation knows, by version name."""

from __future__ import annotations

from clearbill.clearing.healthcode import assumed_2026_11
from clearbill.clearing.healthcode.contract import Contract

CONTRACTS: dict[str, Contract] = {assumed_2026_11.VERSION: assumed_2026_11}


def contract_named(version: str) -> Contract:
    """Return the contract of that version. Raises ValueError with a sentence that lists the known ones."""
    try:
        return CONTRACTS[version]
    except KeyError:
        known = ", ".join(sorted(CONTRACTS))
        raise ValueError(f"There is no wire contract “{version}”. This installation knows: {known}.") from None
