"""A build hook of hatchling: a wheel or sdist without the front-end files is refused, not made.

They are fetched, never committed, so a build from a fresh clone would leave them out without a word.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WholePackage(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raise where the front-end files are missing. An editable install finds them later, where they are put."""
        source = Path(self.root) / "src" / "clearbill"
        if version != "editable" and not list(source.glob("**/static/vendor/*.js")):
            raise FileNotFoundError("The front-end files must be fetched before a package is made: run make wheel.")
