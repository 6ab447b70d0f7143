"""Every target of make and every command that the documents name is really started, in a copy of the repository.

Targets that run long are started with the smallest parameters they take. Of those that run the tests, this one among
them, and of `golden`, which reads all of the demo twice, each line is started as far as it gets without doing that.
"""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
import pytest

from tests import documented, patience
from tests.documented import ROOT, Typed
from tests.processes import surroundings

pytestmark = pytest.mark.slow
LONGEST_SECONDS = 6 * patience.SECONDS
NOT_COPIED = (
    ".git",
    ".venv",
    "node_modules",
    "__pycache__",
    ".*_cache",
    ".hypothesis",
    ".coverage-data",
    "dist",
    "build",
)
# What this run of the tests was given is not for the commands that it starts.
OF_THIS_RUN = re.compile(
    r"MAKE|MFLAGS|PYTEST|PYTHONPATH|DJANGO|COV|CLEARBILL_|SEEDS$|SIZE$|ONLY$|MIGRATION$|PARTS$|TESTS$"
)


RUN = {
    "help": ((), "make demo"),
    "bench": (("SIZE=quick",), "goals met; quick sizes prove nothing"),
    "simulate": (("SEEDS=1-2",), "2 trials, 0 violations"),
    "mutants": (("ONLY=commit after send",), "caught 1 of 1"),
    "migrations": ((), "No changes detected"),
}
"""What make is given besides, and what it says in the end."""
OF_THEIR_OWN = ("coverage", "format", "guide", "wheel", "clean")
SERVED = ("demo", "serve")
INSTALLING = ("install", "dev")
LINE_BY_LINE = ("test", "quick", "journeys", "test-dates", "check", "golden")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository without what was made from it, and with what was installed; a target may change it."""
    folder = tmp_path_factory.mktemp("documented") / "clearbill"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_COPIED))
    for name in (".venv", "node_modules"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def environment(folder: Path, *, database: bool = True) -> dict[str, str]:
    """What a reader's shell has, and an installation of its own in this folder; the demo makes its own database."""
    folder.mkdir(parents=True, exist_ok=True)
    given = surroundings(folder)
    if not database:
        (folder / "clearbill.sqlite3").unlink()
    ours = {name: given[name] for name in ("CLEARBILL_DATA", "CLEARBILL_PORT", "CLEARBILL_SANDBOX_PORT")}
    return {**{name: text for name, text in given.items() if not OF_THIS_RUN.match(name)}, **ours}


def environment_in(where: Path, folder: Path, *, database: bool = True) -> dict[str, str]:
    """The same for a repository at this place: what Python imports comes from there too."""
    return {**environment(folder, database=database), "PYTHONPATH": f"{where / 'src'}:{where}"}


def make(where: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run make to its end."""
    return subprocess.run(
        ["make", "--no-print-directory", *words],
        cwd=where,
        env=environment_in(where, folder),
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )


def in_copy(copy: Path, folder: Path, *words: str) -> str:
    """Run make in the copy, where everything is installed; it must succeed. Return what it said."""
    done = make(copy, folder, "PYTHON=true", *words)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_there_is_a_way_to_start_every_target() -> None:
    assert {*RUN, *OF_THEIR_OWN, *SERVED, *INSTALLING, *LINE_BY_LINE} == documented.targets()


@pytest.mark.parametrize("target", RUN)
def test_a_target_runs_to_its_end(target: str, copy: Path, tmp_path: Path) -> None:
    given, says = RUN[target]
    assert says in in_copy(copy, tmp_path, target, *given)


def test_format_writes_the_format(copy: Path, tmp_path: Path) -> None:
    messy = copy / "scripts" / "messy.py"
    messy.write_text("import sys,os\nprint( os.name,sys.path )\n")
    in_copy(copy, tmp_path, "format")
    assert messy.read_text() == "import os\nimport sys\n\nprint(os.name, sys.path)\n"


def test_wheel_makes_both_packages(copy: Path, tmp_path: Path) -> None:
    in_copy(copy, tmp_path, "wheel")
    assert sorted(one.suffix for one in (copy / "dist").iterdir() if one.is_file()) == [".gz", ".whl"]


@pytest.mark.browser
def test_guide_takes_every_picture_anew(copy: Path, tmp_path: Path) -> None:
    pictures = copy / "docs" / "guide"
    names = {one.name for one in pictures.glob("*.png")}
    for name in names:
        (pictures / name).unlink()
    in_copy(copy, tmp_path, "guide")
    assert {one.name for one in pictures.glob("*.png")} == names


def test_coverage_lists_what_no_test_reached_in_whatever_process(copy: Path, tmp_path: Path) -> None:
    (copy / "tests" / "bill" / "test_one_process.py").write_text(ONE_PROCESS)
    said = in_copy(copy, tmp_path, "coverage", "TESTS=tests/bill/test_one_process.py")
    files, functions = said.split("Files that no test ran:")[1].split("Functions that no test entered:")
    assert "  src/clearbill/cli/check.py\n" in files
    assert "  src/clearbill/cli/diagnosis.py\n" not in files
    assert re.search(r"^  src/clearbill/cli/check\.py:\d+ main$", functions, re.MULTILINE)
    assert not re.search(r"^  src/clearbill/cli/diagnosis\.py:\d+ main$", functions, re.MULTILINE)
    assert re.search(r"^\d+ of \d+ statements run \(\d+\.\d %\)$", said, re.MULTILINE)


ONE_PROCESS = """import subprocess, sys

def test_one_process():
    assert subprocess.run([sys.executable, "-m", "clearbill", "diagnosis", "frozen shoulder"]).returncode == 0
"""


@pytest.mark.parametrize("target", INSTALLING)
def test_what_is_installed_already_is_not_installed_again(target: str, tmp_path: Path) -> None:
    assert make(ROOT, tmp_path, target).returncode == 0
    done = make(ROOT, tmp_path, target)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_clean_removes_what_was_installed_and_nothing_else(tmp_path: Path) -> None:
    where = tmp_path / "clearbill"
    shutil.copytree(ROOT, where, ignore=shutil.ignore_patterns(*NOT_COPIED, "docs", "tests", "vendor"))
    kept = sorted(where.rglob("*"))
    vendor = where / "src" / "clearbill" / "web" / "components" / "static" / "vendor"
    for made in (
        where / ".venv",
        where / "node_modules",
        vendor,
        *(where / name for name in ("dist", ".mypy_cache", ".coverage-data")),
    ):
        made.mkdir()
        (made / "something").write_text("installed")
    assert make(where, tmp_path / "data", "clean").returncode == 0
    assert sorted(where.rglob("*")) == kept


def test_a_target_that_serves_is_the_command_of_that_name(copy: Path, tmp_path: Path) -> None:
    for target in SERVED:
        assert f"exec .venv/bin/clearbill {target}\n" in in_copy(copy, tmp_path, "--dry-run", target)


@pytest.mark.parametrize("target", SERVED)
def test_a_target_serves_until_it_is_interrupted(target: str, copy: Path, tmp_path: Path) -> None:
    given = environment_in(copy, tmp_path / "data", database=target != "demo")
    with Running(["make", "--no-print-directory", "PYTHON=true", target], copy, given, tmp_path) as process:
        process.until(
            lambda: answers(given, "CLEARBILL_PORT", "/sign-in") or answers(given, "CLEARBILL_PORT", "/set-up")
        )
        if target == "demo":
            process.until(lambda: answers(given, "CLEARBILL_SANDBOX_PORT", "/"))
        process.interrupt()
    assert not answers(given, "CLEARBILL_PORT", "/sign-in")


@pytest.fixture(scope="module")
def lines_of(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What these targets would do, line by line, without what installs."""
    folder = tmp_path_factory.mktemp("data")
    return {
        target: [
            line
            for line in in_copy(copy, folder, "--dry-run", "MOMENTS=2027-12-15T10:00", target).splitlines()
            if "scripts/install.py" not in line and line
        ]
        for target in LINE_BY_LINE
    }


@pytest.mark.parametrize("target", LINE_BY_LINE)
def test_every_line_of_a_target_that_runs_too_long_can_be_started(
    target: str, copy: Path, tmp_path: Path, lines_of: dict[str, list[str]], started: set[str]
) -> None:
    lines = lines_of[target]
    assert lines
    for line in lines:
        if line in started:
            continue
        # pytest finds its tests and runs none of them; every other program says what it takes.
        instead = "--collect-only" if "pytest" in line else "--help"
        done = subprocess.run(
            f"{line} {instead}",
            shell=True,
            cwd=copy,
            env=environment_in(copy, tmp_path),
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        started.add(line)


@pytest.fixture(scope="module")
def started() -> set[str]:
    """Lines that were started already: several targets have them in common."""
    return set()


# The commands

BIN = Path(sys.executable).parent
FILLED_IN = {
    "TEXT": "frozen shoulder",
    "NAME": "Sample Rooms",
    "EMAIL": "alex@example.org",
    "N": "2",
    "BACKUP": "{backup}",
    "/mnt/usb/today.zip": "{folder}/today.zip",
    "all.zip": "{folder}/all.zip",
}
FILES = {"check": "{bill}", "restore": "{backup}", "import-practice": "{folder}/all.zip"}
VALUES = {"--lanes": "2"}
"""Of options that a document names at the end of a command without what they take."""
SERVING = ("serve", "web", "worker", "demo")
A_PRACTICE = ("practice", "Riverside Clinic", "--owner", "owner@example.org", "--owner-name", "Alex Sample")
OF_THE_READER = [one for one in documented.commands("clearbill") if one.document != "ARCHITECTURE.md"]
# Alone, these are only named: they need something to work on.
NAMED = [("clearbill", name) for name in ("check", "diagnosis", "export", "import-practice", "practice", "restore")]
ENDING = [one for one in OF_THE_READER if one.words[1] not in SERVING and one.words not in NAMED]
# `make demo` is started above, and is `clearbill demo`.
LASTING = [one for one in OF_THE_READER if one.words[1] in SERVING and one.words[1:] != ("demo",)]


def filled_in(typed: Typed, folder: Path) -> list[str]:
    """Return the words behind `clearbill`, with something real for each word that stands for one."""
    command, *words = typed.words[1:]
    known = {**FILLED_IN, "FILE": FILES.get(command, "FILE")}
    real = [known.get(word, word) for word in words]
    if real and real[-1] in VALUES:
        real.append(VALUES[real[-1]])
    unknown = [word for word in real if re.fullmatch(r"[A-Z]{2,}", word)]
    assert not unknown, f"{typed.document}: what is {unknown} in “{typed}”?"
    places = {"folder": folder, "backup": folder / "backup.zip", "bill": folder / "bill.json"}
    return [command, *(word.format(**places) for word in real)]


def clearbill(given: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end at a terminal where somebody types yes to every question."""
    ours, theirs = pty.openpty()
    os.write(ours, b"yes\n")
    try:
        return subprocess.run(
            [str(BIN / "clearbill"), *words],
            env=dict(given),
            stdin=theirs,
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize("typed", ENDING, ids=str)
def test_a_command_of_the_documents_runs_to_its_end(typed: Typed, tmp_path: Path) -> None:
    given = environment(tmp_path / "data")
    if typed.words[1] == "restore":
        assert clearbill(given, "backup", str(tmp_path / "backup.zip")).returncode == 0
    if typed.words[1] == "practice":
        first = ("practice", "First Rooms", "--owner", FILLED_IN["EMAIL"], "--owner-name", "Alex Sample")
        assert clearbill(given, *first).returncode == 0
    if typed.words[1] == "export":
        assert clearbill(given, *A_PRACTICE).returncode == 0
    if typed.words[1] == "import-practice":
        there = environment(tmp_path / "there")
        assert clearbill(there, *A_PRACTICE).returncode == 0
        assert clearbill(there, "export", str(tmp_path / "all.zip")).returncode == 0
    if typed.words[1] == "check":
        (tmp_path / "bill.json").write_text(clearbill(given, "check", "--example", "bup").stdout)
    done = clearbill(given, *filled_in(typed, tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout


@pytest.mark.parametrize("typed", LASTING, ids=str)
def test_a_command_of_the_documents_serves_until_it_is_interrupted(typed: Typed, tmp_path: Path) -> None:
    given = environment(tmp_path / "data")
    with Running([str(BIN / "clearbill"), *filled_in(typed, tmp_path)], ROOT, given, tmp_path) as process:
        if typed.words[1] == "worker":
            process.until(lambda: "worker started" in process.said())
        else:
            process.until(lambda: answers(given, "CLEARBILL_PORT", "/ready"))
        process.interrupt()
    assert process.code == 0, process.said()


def test_the_stand_in_of_the_documents_answers_until_it_is_interrupted(tmp_path: Path) -> None:
    assert [str(one) for one in documented.commands("healthcode-sandbox")] == ["healthcode-sandbox"]
    given = environment(tmp_path / "data")
    with Running([str(BIN / "healthcode-sandbox")], ROOT, given, tmp_path) as process:
        process.until(lambda: answers(given, "CLEARBILL_SANDBOX_PORT", "/"))
        process.interrupt()
    assert process.code == 0, process.said()


def test_every_option_that_a_document_names_is_one_of_its_command(tmp_path: Path) -> None:
    given = environment(tmp_path / "data")
    names = {one.words[1] for one in documented.commands("clearbill")}
    taken = {name: set(re.findall(r"--[a-z-]+", clearbill(given, name, "--help").stdout)) for name in names}
    typed = [(one, option) for one in documented.commands("clearbill") for option in one.options]
    assert len(typed) > 5
    assert not [f"{one.document}: {one}" for one, option in typed if option not in taken[one.words[1]]]
    loose = documented.loose_options()
    assert not {option: document for option, document in loose.items() if option not in set().union(*taken.values())}


def answers(given: Mapping[str, str], port: str, path: str) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{given[port]}{path}", timeout=patience.SECONDS).status_code == 200
    except httpx.TransportError:
        return False


class Running:
    """A command that runs until it is interrupted as by Ctrl-C, which reaches every process that it started."""

    def __init__(self, words: list[str], where: Path, given: Mapping[str, str], folder: Path) -> None:
        self.code: int | None = None
        self._output = folder / "said.txt"
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                words,
                cwd=where,
                env=dict(given),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def said(self) -> str:
        return self._output.read_text(errors="replace")

    def until(self, is_so: Callable[[], bool]) -> None:
        """Return once it is so; fail where the command ends before."""
        patience.wait_until("the command does what is waited for", lambda: is_so() or self._process.poll() is not None)
        assert self._process.poll() is None, self.said()

    def interrupt(self) -> None:
        os.killpg(self._process.pid, signal.SIGINT)
        self.code = self._process.wait(timeout=LONGEST_SECONDS)
