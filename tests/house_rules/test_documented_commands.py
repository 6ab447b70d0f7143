"""What the documents tell a reader to type is there; tests/journeys/test_documented_commands.py also starts it."""

from __future__ import annotations

import re
import subprocess
from importlib.util import find_spec

from django.core.management import get_commands

from tests import documented
from tests.documented import ROOT

OWN = {"check", "diagnosis", "read"}


def test_every_target_and_variable_of_make_that_a_document_names_is_in_the_makefile() -> None:
    typed = documented.commands("make")
    targets, variables = documented.targets(), documented.variables()
    unknown = [f"{one.document}: {one}" for one in typed if one.words[1] not in targets]
    given = [(one, word) for one in typed for word in one.words[2:]]
    unknown += [f"{one.document}: {one}" for one, word in given if word.partition("=")[0] not in variables]
    paths = [(one, word.partition("=")[2]) for one, word in given if "=tests/" in word]
    unknown += [f"{one.document}: {one}" for one, path in paths if not (ROOT / path).exists()]
    assert len(typed) > 5
    assert not unknown


def test_every_target_of_the_makefile_is_documented() -> None:
    """In a document, and in a line of `make help`."""
    targets = documented.targets()
    assert not targets - {one.words[1] for one in documented.commands("make")}
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^make ([a-z-]+)", said, re.MULTILINE)) == targets - {"help"}


def test_every_target_is_phony() -> None:
    """A file of that name would keep it from running."""
    (phony,) = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(phony.split()) == documented.targets()


def test_every_command_that_a_document_names_is_there() -> None:
    typed = documented.commands("clearbill")
    known = OWN | set(get_commands())
    assert len(typed) > 10
    assert not [f"{one.document}: {one}" for one in typed if one.words[1].replace("-", "_") not in known]


def test_every_module_and_script_that_a_document_runs_is_there() -> None:
    modules, scripts = documented.modules(), documented.scripts()
    assert {"bench.sending", "tests.simulation"} <= set(modules)
    assert "scripts/postgres.py" in scripts
    assert not {name: document for name, document in modules.items() if find_spec(name) is None}
    assert not {name: document for name, document in scripts.items() if not (ROOT / name).is_file()}


def test_a_command_is_found_wherever_a_document_has_it() -> None:
    text = """Run `make demo`, or `.venv/bin/clearbill check FILE`; `clearbill` alone is a name, and so is `make`.
| `clearbill practice "Hillside Rooms" --owner
EMAIL` | with `--owner-name`, then `ALTER DATABASE clearbill RENAME TO x` |
```sh
cd /opt/clearbill && .venv/bin/clearbill backup --keep 14   # or: make quick
docker compose exec web-1 clearbill backup > /tmp/clearbill
git clone ADDRESS clearbill && cd clearbill
```
```yaml
job: clearbill web
```
"""
    found = [words for code in documented.code_in(text) for words in documented.commands_in(code)]
    assert found == [
        ("clearbill", "backup", "--keep", "14"),
        ("make", "quick"),
        ("clearbill", "backup"),
        ("make", "demo"),
        ("clearbill", "check", "FILE"),
        ("clearbill", "practice", "Hillside Rooms", "--owner", "EMAIL"),
    ]
