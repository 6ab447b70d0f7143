"""The `clearbill` command: our own words first, Django's management commands behind them."""

from __future__ import annotations

import os
import sys

USAGE = """usage: clearbill COMMAND

  check FILE       check a bill and say in plain words what is wrong with it
  read FILE        say what is read in a bank's, an insurer's or a supplier's file
  diagnosis TEXT   find ICD-10 codes by code or words
  serve            run the web application and the worker
  worker           run a worker alone
  web              run the pages alone
  demo             run a demo practice with its stand-in clearing house
  practice NAME    add another practice to this installation
  reset-second-factor EMAIL  for somebody who lost it and whom nobody else can help
  import FILE      take clients from another practice system into a practice
  backup           write a backup of the database into one file
  restore FILE     put a backup in the place of the database
  audit verify     verify that no entry of the audit trail was changed or removed
  export           write all of a practice into one file, for people and other systems
  import-practice FILE  bring such a file into an empty installation
  migrate          bring the database up to date

clearbill COMMAND --help says more. Any of Django's management commands works too.
"""


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    # Whatever a command writes is for whoever runs it alone.
    os.umask(0o077)
    words = sys.argv[1:] if argv is None else argv
    if not words or words[0] in {"-h", "--help", "help"}:
        print(USAGE, end="")
        return 0 if words else 2
    if words[0] in {"-V", "--version"}:
        from clearbill import __version__

        print(f"clearbill {__version__}")
        return 0
    if words[0] == "check":
        from clearbill.cli import check

        return check.main(words[1:])
    if words[0] == "read":
        from clearbill.cli import read

        return read.main(words[1:])
    if words[0] == "diagnosis":
        from clearbill.cli import diagnosis

        return diagnosis.main(words[1:])
    if words[0] == "demo" and not os.environ.get("CLEARBILL_DATA"):
        # A demo never lands in the folder of a real practice.
        base = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
        os.environ["CLEARBILL_DATA"] = os.path.join(base, "clearbill-demo")
    return _django(words)


def _django(words: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clearbill.config.settings")
    from django.core.management import execute_from_command_line

    command = words[0] if words[0].startswith("-") else words[0].replace("-", "_")
    execute_from_command_line(["clearbill", command, *words[1:]])
    return 0


if __name__ == "__main__":
    sys.exit(main())
