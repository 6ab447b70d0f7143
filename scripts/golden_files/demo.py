"""Make the demo at the moment at which the clock stands, and write down all it shows and hands out."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import django

from golden_files import stand_in
from golden_files.files import Folder
from golden_files.normalise import Normaliser

COMMANDS = ("check", "diagnosis", "serve", "worker", "web", "demo", "practice", "backup", "restore", "migrate")
BEGINNINGS = (("clearbill.demo.loader", "begins_at"), ("clearbill.demo.loading", "begins_at"))
"""Where the demo says when its story begins: the one name of our own modules that no command leads to."""
# Their rows are of the run alone.
NOT_SHOWN = {"django_session", "people_failedattempt"}


def make_all(*, folder: Path, moment: datetime, source: Path) -> None:
    """Write everything into a new folder: checks.md, stand-in, tables, commands, pages, actions, roles, index.txt."""
    port = stand_in.free_port()
    os.environ["CLEARBILL_SANDBOX_PORT"] = str(port)
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from golden_files.pages import Pages

    # The names that pages give to files stay the same when a file's content changes.
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    logging.disable(logging.WARNING)
    folder.mkdir(parents=True)
    (folder / "checks.md").write_bytes(_printed("scripts/rules_table.py", source=source))
    golden = Folder(folder)
    with stand_in.running(port, moment, begins_at=_demo_begins(moment)):
        _say("loading the demo")
        call_command("migrate", verbosity=0)
        call_command("demo", into=str(settings.DATA_FOLDER))
        hidden = {str(settings.DATA_FOLDER): "[data]", str(source): "[source]", f"127.0.0.1:{port}": "[stand-in]"}
        normaliser = Normaliser(rows=_names_of_rows(), hidden=hidden)
        _say("tables, commands, the stand-in's pages")
        _write_tables(golden, normaliser)
        _write_commands(golden, normaliser, source)
        stand_in.write_pages(golden, normaliser, port)
        _say("pages")
        pages = Pages(golden, normaliser)
        pages.write(_say)
    (folder / "index.txt").write_text(pages.index() + "\n")


def _demo_begins(moment: datetime) -> datetime:
    """Return when the demo's story begins: what it says itself, else a time that is early enough."""
    for module, name in BEGINNINGS:
        try:
            begins: datetime = getattr(import_module(module), name)(moment)
        except (ImportError, AttributeError):
            continue
        return begins
    return moment - timedelta(weeks=14)


def _names_of_rows() -> dict[str, str]:
    """Return a name for the id of every row that has a random one: its table, and its number by age."""
    names: dict[str, str] = {}
    for model in _models():
        key = model._meta.pk
        if key.get_internal_type() == "UUIDField" and not key.is_relation:
            ids = model._base_manager.order_by("pk").values_list("pk", flat=True)
            names |= {one.hex: f"{model._meta.db_table}#{number}" for number, one in enumerate(ids, 1)}
    return names


def _models() -> list[Any]:
    from django.apps import apps

    return sorted(apps.get_models(include_auto_created=True), key=lambda model: model._meta.db_table)


def _write_tables(golden: Folder, normaliser: Normaliser) -> None:
    """Write every row of every table, a line each, its columns by name."""
    for model in _models():
        table = model._meta.db_table
        if table in NOT_SHOWN:
            continue
        columns = sorted(field.attname for field in model._meta.concrete_fields)
        rows = model._base_manager.order_by("pk").values(*columns)
        lines = [json.dumps(row, default=_plain, ensure_ascii=False) for row in rows]
        golden.write("tables", table, "\n".join(normaliser.text(line) for line in lines))


def _plain(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _write_commands(golden: Folder, normaliser: Normaliser, source: Path) -> None:
    for words in ((), *((name, "--help") for name in COMMANDS), ("diagnosis", "frozen shoulder")):
        printed = _printed("-m", "clearbill", *words, source=source).decode()
        golden.write("commands", " ".join(("clearbill", *words)), normaliser.text(printed))


def _printed(*words: str, source: Path) -> bytes:
    done = subprocess.run([sys.executable, *words], cwd=source, capture_output=True, check=False)
    if not done.stdout:
        raise SystemExit(f"{' '.join(words)} printed nothing. {done.stderr.decode()}")
    return done.stdout


def _say(words: str) -> None:
    print(f"  {words}", flush=True)
