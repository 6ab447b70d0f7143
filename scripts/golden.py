"""Golden files of the demo: write all it shows and hands out at one fixed moment, and compare two such folders.

python scripts/golden.py write FOLDER                 of this working tree
python scripts/golden.py write FOLDER --commit REV    of a commit
python scripts/golden.py compare BEFORE AFTER         exit code 1 and a short diff where they differ

The demo is loaded in one process whose clock stands still, against the stand-in over HTTP; its pages are read there
too, each in a transaction that is rolled back. Nothing of a person's installation is touched.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from golden_files.compare import differences
from golden_files.determinism import freeze

ROOT = Path(__file__).resolve().parents[1]
MOMENT = "2026-11-24T10:00:00+00:00"
STAMP = "index.txt"


def main(argv: list[str] | None = None) -> int:
    """Run one of the three commands and return its exit code: 1 where two folders differ, 2 where nothing was done."""
    given = _parser().parse_args(argv)
    try:
        return int(given.run(given))
    except ValueError as wrong:
        print(wrong, file=sys.stderr)
        return 2


def write(given: argparse.Namespace) -> int:
    """Write the golden files into a folder that is new, empty, or holds golden files already."""
    folder: Path = given.folder.absolute()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    if folder.exists() and any(folder.iterdir()) and not (folder / STAMP).exists():
        raise ValueError(f"{folder} holds something else than golden files. Choose another folder.")
    with tempfile.TemporaryDirectory(prefix="clearbill-golden-", dir=_memory()) as kept, _source(given, kept) as source:
        making = Path(kept) / "golden"
        command = [sys.executable, __file__, "make", str(making), "--moment", given.moment.isoformat()]
        environment = _environment(Path(kept) / "data", source)
        made = subprocess.run([*command, "--source", str(source)], env=environment, cwd=kept, check=False)
        if made.returncode:
            return 2
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(making, folder)
    print(f"{sum(1 for path in folder.rglob('*') if path.is_file())} golden files in {folder}")
    return 0


def make(given: argparse.Namespace) -> int:
    """Do the work of `write` in a process of its own, whose path and environment are those of the code looked at."""
    freeze(given.moment)
    from golden_files.demo import make_all  # after the clock stands still: modules keep what they import

    make_all(folder=given.folder, moment=given.moment, source=given.source)
    return 0


def stand_in(given: argparse.Namespace) -> int:
    """Run the stand-in clearing house with a clock that stands still until it is moved."""
    freeze(given.moment)
    from healthcode_sandbox.__main__ import main as serve

    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    return serve(["--clock", given.clock, "--port", os.environ["CLEARBILL_SANDBOX_PORT"]])


def compare(given: argparse.Namespace) -> int:
    """Print how two folders differ and return 1, or return 0 where they are the same."""
    for folder in (given.before, given.after):
        if not (folder / STAMP).exists():
            raise ValueError(f"{folder} holds no golden files.")
    lines = differences(
        given.before, given.after, only=given.only, ignore=given.ignore, most_files=given.files, most_lines=given.lines
    )
    print("\n".join(lines) or "No differences.")
    return 1 if lines else 0


def _end_with(parent: int) -> None:
    """End this process as soon as the one that started it has gone, however it went."""
    never = threading.Event()
    while os.getppid() == parent:
        never.wait(1.0)
    os._exit(1)


@contextmanager
def _source(given: argparse.Namespace, kept: str) -> Iterator[Path]:
    """Give the folder of the code to look at: this one, another one, or a commit unpacked."""
    if not given.commit:
        yield given.source.resolve()
        return
    folder = Path(kept) / "source"
    words = ["git", "-C", str(ROOT), "archive", "--format=tar", given.commit, "src", "scripts"]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as archive:
        try:
            with tarfile.open(fileobj=archive.stdout, mode="r|") as files:
                files.extractall(folder, filter="data")
        except tarfile.ReadError:
            raise ValueError(f"Git has no commit “{given.commit}” here.") from None
    yield folder


def _environment(data: Path, source: Path) -> dict[str, str]:
    """Return the environment of a new installation: none of the settings of the one around."""
    data.mkdir()
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("CLEARBILL_", "PYTHON", "DJANGO"))
    }
    return {
        **kept,
        "PYTHONPATH": str(source / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "DJANGO_SETTINGS_MODULE": "clearbill.config.settings",
        "CLEARBILL_DATA": str(data),
        "CLEARBILL_LOG": "warning",
        "TZ": "Europe/London",
        "COLUMNS": "120",
    }


def _memory() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Golden files of the demo.")
    commands = parser.add_subparsers(required=True)
    writes = commands.add_parser("write", help="write golden files into a folder")
    writes.add_argument("folder", type=Path)
    writes.add_argument("--commit", help="of this commit instead of the working tree")
    makes = commands.add_parser("make")
    makes.add_argument("folder", type=Path)
    for one in (writes, makes):
        one.add_argument("--source", type=Path, default=ROOT, help="of the checkout in this folder")
    serves = commands.add_parser("stand-in")
    serves.add_argument("--clock", required=True)
    for one in (writes, makes, serves):
        one.add_argument("--moment", type=datetime.fromisoformat, default=datetime.fromisoformat(MOMENT))
    compares = commands.add_parser("compare", help="compare two folders of golden files")
    compares.add_argument("before", type=Path)
    compares.add_argument("after", type=Path)
    compares.add_argument("--only", action="append", default=[], help="such files alone, as in 'pages/claim/*'")
    compares.add_argument("--ignore", action="append", default=[], help="all but such files, as in 'tables/*'")
    compares.add_argument("--files", type=int, default=10, help="show how so many files differ (10)")
    compares.add_argument("--lines", type=int, default=20, help="show so many lines of each (20)")
    for name, parsed in (("write", writes), ("make", makes), ("stand-in", serves), ("compare", compares)):
        parsed.set_defaults(run={"write": write, "make": make, "stand-in": stand_in, "compare": compare}[name])
    return parser


if __name__ == "__main__":
    sys.exit(main())
