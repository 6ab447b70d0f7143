"""The house's own rules, so that they hold without anybody having to remember them."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [path for path in (ROOT / "src").rglob("*.py") if "migrations" not in path.parts]
TEMPLATES = [path for path in (ROOT / "src").rglob("*.html")]
TESTS = list((ROOT / "tests").rglob("test_*.py"))
SRC = ROOT / "src" / "clearbill"
MOST_FILES = 15
WIDEST_TEMPLATE_LINE = 160
PLAIN_STATEMENTS = {
    "claims/queue/lease.py": "each sending chooses its bill and takes it",
    "claims/queue/sender.py": "each sending writes what came of it",
    "claims/core/transitions.py": "each sending and each bill of a payment moves a claim",
    "invoicing/ledger.py": "each bill of a payment is entered in the books; each sending holds an invoice",
    "money/remittances/store.py": "each bill of a payment is stored",
    "money/remittances/allocation/posting.py": "each bill of a payment is put to its claim",
}
"""The files that write single rows by `db/statements.py`, and what passes there in great number (docs/speed.md)."""
MOST_PLAIN_STATEMENTS = 6


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_folder_holds_more_files_than_a_person_can_look_over() -> None:
    """Data files of an insurer each are not code and do not count."""
    counted = Counter(_name(path.parent) for path in SOURCES if path.name != "__init__.py")
    assert counted
    assert not {folder: count for folder, count in counted.items() if count > MOST_FILES}


def test_nothing_is_called_manager_helper_or_utils() -> None:
    allowed = {"UserManager"}  # Django's own word for it
    bad = [
        f"{_name(path)}: {node.name}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
        and re.search(r"Manager|Helper|Utils|Util$", node.name)
        and node.name not in allowed
    ]
    assert not bad + [_name(path) for path in SOURCES if path.stem in {"utils", "helpers", "common", "misc"}]


def test_no_line_of_a_template_is_wider_than_a_screen() -> None:
    wide = [
        f"{_name(path)}:{number} ({len(line)})"
        for path in TEMPLATES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > WIDEST_TEMPLATE_LINE
    ]
    assert TEMPLATES
    assert not wide


def test_links_and_static_files_are_named_and_not_written_out() -> None:
    """A page that moves, or a file whose content changes, is then found everywhere."""
    link = re.compile(r"""\b(?:href|src|action|formaction|hx-[a-z-]+|data-[a-z-]+)=["']/""")
    in_code = re.compile(r"""redirect\(\s*f?["']/|["']/static/.""")
    pages = [path for path in TEMPLATES if SRC in path.parents]
    assert pages
    assert not [f"{_name(path)}: {found[0]}" for path in pages for found in link.finditer(path.read_text())]
    assert not [_name(path) for path in pages if "/static/" in path.read_text()]
    assert not [_name(path) for path in (SRC / "web").rglob("*.py") if in_code.search(path.read_text())]


def test_templates_hold_no_inline_script_style_or_handler() -> None:
    """The content security policy would silently switch them off."""
    pattern = re.compile(r"<script(?![^>]*\bsrc=)|\bstyle\s*=\s*[\"']|\son[a-z]+\s*=\s*[\"']|\bhx-on", re.IGNORECASE)
    bad = [f"{_name(path)}: {found[0]}" for path in TEMPLATES for found in [pattern.search(path.read_text())] if found]
    assert not bad


def test_no_paragraph_of_a_template_holds_a_block_or_a_menu() -> None:
    """A browser ends the paragraph before it, and lays out what follows somewhere else."""
    paragraph = re.compile(r"<p(?:\s[^>]*)?>(.*?)</p>", re.DOTALL)
    block = re.compile(r"<(?:p|div|section|form|details|ul|ol|dl|table|h\d)\b|{% export_menu")
    texts = [(path, found[1]) for path in TEMPLATES for found in paragraph.finditer(path.read_text())]
    assert texts
    assert not [f"{_name(path)}: {found[0]}" for path, text in texts for found in [block.search(text)] if found]


# A day that is not written by `bill.dates`, and why.
OTHER_DAYS = {
    "src/clearbill/bill/dates.py": "the one place",
    "src/clearbill/reports/journal/exports.py": "what accounting programs read",
    "src/clearbill/web/today/templates/today/today.html": "the heading of the day it is, without a year",
    "src/clearbill/web/calendar/templates/calendar/agenda.html": "a day of a week whose year stands above it",
}


def _formats_of_days(code: str) -> list[str]:
    """Return what would write a day in a way of its own. Year-first is for machines and for the names of files."""
    tree = list(ast.walk(ast.parse(code)))
    texts = [node.value for node in tree if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    names = [
        node.attr if isinstance(node, ast.Attribute) else node.id
        for node in tree
        if isinstance(node, ast.Attribute | ast.Name)
    ]
    written = [text for text in texts if re.search("%[-]?[YybBmeh]", re.sub("%Y-?%m-?%d", "", text))]
    return written + [name for name in names if name in {"date_format", "month_name", "month_abbr"}]


def _days_in_template(text: str) -> list[str]:
    """Return the same of a template: only a weekday, or a day year-first, is no date in words."""
    return [
        found for found in re.findall(r"\|date\b(?::[\"']([^\"']*)[\"'])?", text) if found not in {"D", "Y-m", "Y-m-d"}
    ]


@pytest.mark.parametrize(
    "code",
    [
        'f"{day:%d %b %Y}"',
        'day.strftime("%d/%m/%Y")',
        '"{:%B}".format(day)',
        'date_format(day, "j M Y")',
        "calendar.month_abbr",
    ],
)
def test_a_day_in_a_way_of_its_own_is_seen(code: str) -> None:
    assert _formats_of_days(code)
    assert not _formats_of_days('logger.info("%d new", f"{day:%Y%m%d-%H%M%S}")')
    assert _days_in_template('{{ on|date:"j M Y" }}')
    assert not _days_in_template("{{ on|day }} {{ on|date:'Y-m-d' }}")


def test_one_module_says_how_a_day_is_written() -> None:
    """“23 Nov 2026” everywhere, by `bill.dates` in Python and by the filters `day`, `month`, `moment` in a template."""
    bad = {_name(path): _formats_of_days(path.read_text()) for path in SOURCES if SRC in path.parents}
    bad |= {_name(path): _days_in_template(path.read_text()) for path in TEMPLATES if SRC in path.parents}
    found = {name: ways for name, ways in bad.items() if ways}
    assert {name: ways for name, ways in found.items() if name not in OTHER_DAYS} == {}
    assert set(OTHER_DAYS) == set(found)


def test_one_function_reads_an_id_from_text() -> None:
    """`db.ids.parse_id`, where no converter of an address and no field of a form has done it."""
    doors = [path for room in ("web", "people", "forms") for path in (SRC / room).rglob("*.py")]
    assert doors
    assert not [_name(path) for path in doors if re.search(r"\bUUID\(", path.read_text())]


def test_one_function_makes_the_plural() -> None:
    """`bill.text.plural` in Python, Django's filter in a template."""
    by_hand = re.compile(r"""['"]s?( \w+)?['"] if [^\n{}]* else ['"]s?( \w+)?['"]}""")
    assert all(by_hand.search(way) for way in ("line{'s' if n != 1 else ''}", "line{' is' if n == 1 else 's are'}"))
    assert not [_name(path) for path in SOURCES if SRC in path.parents and by_hand.search(path.read_text())]


def test_only_services_write() -> None:
    """A page, a form or a read that wrote would escape the transaction and the audit trail."""
    doors = [SRC / "web", SRC / "forms", SRC / "cli"]
    writes = {"save", "create", "bulk_create", "update_or_create", "get_or_create", "bulk_update", "delete", "update"}
    bad = [
        f"{_name(path)}:{node.lineno} .{node.func.attr}()"
        for path in SOURCES
        if any(path.is_relative_to(door) for door in doors) or path.stem.endswith("queries")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in writes
        and "objects" in ast.unparse(node.func)
    ]
    assert not bad


def test_only_the_ledger_writes_entries_and_sums() -> None:
    """An entry that came in by another way would not be in the sums; one that was changed would have lied before."""
    entry = re.compile(
        r"\bLedgerEntry\.objects\.(bulk_|get_or_|update_or_)?(create|update)\b|_many\(LedgerEntry\b|\.entries\.(all\(\)\.)?(create|update)"
    )
    sums = re.compile(
        r"\.(paid|short|written_off|credited)_total\s*[-+]?=[^=]|\b(paid|short|written_off|credited)_total="
    )
    writers = {
        _name(path)
        for path in SOURCES
        if "clearbill" in path.parts and (entry.search(path.read_text()) or sums.search(path.read_text()))
    }
    assert writers == {"src/clearbill/invoicing/ledger.py"}


def test_one_module_keeps_papers_and_nothing_changes_one() -> None:
    """What was given out stays as it was: an edition is added, none is written over or taken away."""
    writes = re.compile(r"\b(?:IssuedPaper\.objects|of_subject\(|editions\()[^\n]*\.?(create|update|delete)\w*\(")
    changes = re.compile(r"\b(?:IssuedPaper\.objects|of_subject\(|editions\()[^\n]*\.(update|delete|bulk_update)\(")
    sources = {_name(path): path.read_text() for path in SOURCES if SRC in path.parents}
    assert [name for name, text in sources.items() if writes.search(text)] == [
        "src/clearbill/invoicing/papers/issued.py"
    ]
    assert not [name for name, text in sources.items() if changes.search(text)]


def test_plain_statements_are_used_only_where_a_claim_or_a_payment_passes_in_great_number() -> None:
    """Everything else is Django's own. Whoever adds a file measures what it saves, and takes another one out."""
    users = {
        str(path.relative_to(SRC))
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if (
            isinstance(node, ast.ImportFrom)
            and (
                node.module == "clearbill.db.statements"
                or (node.module == "clearbill.db" and "statements" in {name.name for name in node.names})
            )
        )
        or (isinstance(node, ast.Import) and "clearbill.db.statements" in {name.name for name in node.names})
    }
    assert users == set(PLAIN_STATEMENTS)
    assert len(PLAIN_STATEMENTS) <= MOST_PLAIN_STATEMENTS


def test_every_setting_from_the_environment_is_documented() -> None:
    document = (ROOT / "docs" / "install.md").read_text()
    named = {name for path in SOURCES for name in re.findall(r"[\"'](CLEARBILL_[A-Z_]+)[\"']", path.read_text())}
    assert named
    assert not {name for name in named if name not in document}


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    usage = (ROOT / "src" / "clearbill" / "__main__.py").read_text()
    commands = re.findall(r"^  ([a-z]+)  ", usage, re.MULTILINE)
    assert len(commands) >= 5
    assert not [word for word in commands if f"clearbill {word}" not in readme]


def test_every_dependency_has_its_reason_written_down() -> None:
    listed = (ROOT / "pyproject.toml").read_text()
    block = listed.split("dependencies = [", 1)[1].split("]", 1)[0]
    names = re.findall(r"\"([A-Za-z0-9_.-]+?)(?:\[|>|=|<|\")", block)
    reasons = "\n".join(path.read_text() for path in (ROOT / "docs" / "decisions").glob("*.md")).lower()
    assert names
    assert not [name for name in names if name.lower() not in reasons]


def _asserts(function: ast.AST) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call) and re.search(r"raises|assert|expect|check|wait_for|see", ast.unparse(node.func)):
            return True
    return False


@pytest.mark.parametrize("path", TESTS, ids=_name)
def test_every_test_can_fail(path: Path) -> None:
    bad = [node.name for node in _functions(path) if node.name.startswith("test_") and not _asserts(node)]
    assert not bad


def test_no_test_waits_for_a_number_of_its_own() -> None:
    """How long an event may take is said in tests/patience.py, so that one setting fits a slower machine."""
    clocks = re.compile(r"\b(?:monotonic|perf_counter|time)\(\) \+ \d|set_default_timeout\(\d")
    bad = [
        f"{_name(path)}:{node.lineno}"
        for path in (ROOT / "tests").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.keyword) and node.arg == "timeout" and isinstance(node.value, ast.Constant)
    ]
    asks = {"httpx.get", "httpx.post", "httpx.Client"}
    bad += [
        f"{_name(path)}:{node.lineno} leaves it to httpx, which waits for five seconds"
        for path in (ROOT / "tests").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in asks
        and not {"timeout", "transport"} & {keyword.arg for keyword in node.keywords}
    ]
    assert not bad + [_name(path) for path in TESTS if path != Path(__file__) and clocks.search(path.read_text())]


def test_no_address_but_this_machine_is_called_from_the_tests() -> None:
    called = re.compile(r"(?:get|post|goto|Client\(base_url=)\(?\s*f?[\"']https?://(?!127\.|localhost|\{)")
    assert not [_name(path) for path in TESTS if called.search(path.read_text())]


def test_no_file_holds_a_path_of_one_machine() -> None:
    homes = re.compile(r"/(?:root|home/[a-z]+|Users/[A-Za-z]+)/")
    kept = [*SOURCES, *TESTS, *TEMPLATES, *(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "Makefile"]
    assert not [_name(path) for path in kept if path != Path(__file__) and homes.search(path.read_text())]


def test_every_link_and_picture_in_the_documents_is_there() -> None:
    documents = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    documents += (ROOT / "docs").rglob("*.md")
    missing = [
        f"{_name(document)}: {target}"
        for document in documents
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text())
        if not (document.parent / target).exists()
    ]
    assert not missing


def test_every_term_of_the_glossary_is_a_class_or_function() -> None:
    glossary = (ROOT / "ARCHITECTURE.md").read_text().split("## Glossary", 1)[1].split("\n## ", 1)[0]
    named = re.findall(r"\| `([a-z_.]+)\.([A-Za-z_]+)` \|$", glossary, re.MULTILINE)
    assert len(named) > 30
    assert not [f"{module}.{name}" for module, name in named if not hasattr(import_module(f"clearbill.{module}"), name)]


def test_every_place_that_the_architecture_names_is_there() -> None:
    document = (ROOT / "ARCHITECTURE.md").read_text()
    named = set(re.findall(r"`([a-z_]+/[\w/]*(?:\.\w+)?)`", document))
    assert len(named) > 40
    folders = [(ROOT / name).rglob("*") for name in ("src", "scripts", "docs", "tests")]
    there = {str(path.relative_to(ROOT)) for paths in folders for path in paths}
    assert not {place for place in named if not any(f"/{path}".endswith(f"/{place.rstrip('/')}") for path in there)}


def test_the_formatter_has_the_last_word() -> None:
    switched_off = re.compile(r"#\s*fmt:\s*(skip|off)")
    assert not [
        _name(path) for path in [*SOURCES, *TESTS] if path != Path(__file__) and switched_off.search(path.read_text())
    ]
    assert not [_name(path) for path in TEMPLATES if re.search(r"djangofmt:\s*(skip|ignore)", path.read_text())]


def test_every_module_says_in_its_first_line_what_it_is_for() -> None:
    unsaid = []
    for path in SOURCES:
        said = ast.get_docstring(ast.parse(path.read_text()))
        if path.stat().st_size and not (said and re.match(r"\S.{10,}", said)):
            unsaid.append(_name(path))
    assert not unsaid
