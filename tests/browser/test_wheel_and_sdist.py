"""What pip installs is whole: wheel and sdist, each in an environment away from the repository, run the demo.

The files of the calendar are no part of the repository, and the commands may be installed beside another Python; both
are missed only by somebody who has neither the repository nor its environment.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests import patience
from tests.browser.conftest import ROOT, Running, new_context, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
KINDS = ["wheel", "sdist"]
# Nothing of the repository, and no setting of this run.
CLEAN = {name: text for name, text in os.environ.items() if not name.startswith(("CLEARBILL_", "DJANGO_", "PYTHON"))}


def run(*words: str | Path, folder: Path, **given: str) -> str:
    """Run a command to its end in a folder, and return what it said. Fails where the command does."""
    done = subprocess.run(
        list(map(str, words)),
        cwd=folder,
        env={**CLEAN, **given},
        capture_output=True,
        text=True,
        timeout=patience.SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, built by what the development environment holds; no network is needed."""
    folder = tmp_path_factory.mktemp("made")
    run(sys.executable, "-m", "hatchling", "build", "--directory", folder, folder=ROOT)
    return folder


def packed(made: Path, kind: str, folder: Path) -> Path:
    """Return the wheel: that which was built, or one made of the sdist alone."""
    if kind == "wheel":
        return next(made.glob("*.whl"))
    source = next(made.glob("*.tar.gz"))
    away = ("--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check")
    run(sys.executable, "-m", "pip", "wheel", *away, "--wheel-dir", folder, source, folder=folder)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the demo: it is loaded once, by whichever comes first."""
    return tmp_path_factory.mktemp("data")


def installed(wheel: Path, folder: Path) -> Path:
    """Install in a new environment and return its Python. What Clearbill depends on is lent by that of the tests.

    Its commands are put elsewhere, as `pip install --user` does: there is none beside this Python.
    """
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    offline = ("--no-deps", "--no-index", "--disable-pip-version-check")
    run(sys.executable, "-m", "pip", "--python", python, "install", *offline, wheel, folder=folder)
    for command in ("clearbill", "healthcode-sandbox"):
        (folder / "bin" / command).rename(folder / command)
    here = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=folder).strip())
    # A path that is named in a .pth file is only looked at: the editable Clearbill of that environment is not taken.
    (here / "lent.pth").write_text(sysconfig.get_path("purelib"))
    return python


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_of_the_sources_is_packed(made: Path, tmp_path: Path, kind: str) -> None:
    with zipfile.ZipFile(packed(made, kind, tmp_path)) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    source = ROOT / "src"
    kept = {path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert inside == {str(path.relative_to(source)) for path in kept}
    assert {Path(name).suffix for name in inside if "/static/vendor/" in name} == {".js", ".css"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_demo_runs_away_from_the_repository_and_its_calendar_shows_visits(
    chromium: Browser, made: Path, data: Path, tmp_path: Path, kind: str
) -> None:
    python = installed(packed(made, kind, tmp_path), tmp_path / "environment")
    assert run(python, "-m", "clearbill", "--version", folder=tmp_path).startswith("clearbill ")
    assert run(python, "-c", "import clearbill; print(clearbill.__file__)", folder=tmp_path).startswith(str(tmp_path))
    running = Running(folder=data, python=python, environment=CLEAN)
    try:
        demo = running.installation(running.start("clearbill", "demo", until="Ctrl-C"))
        context = new_context(chromium, viewport={"width": 1280, "height": 900}, base_url=demo.address)
        page = context.new_page()
        sign_in(page, demo.address, *demo.signs())
        page.goto("/calendar/?view=week")
        expect(page.locator(".ec-event").first).to_be_visible()
        context.close()
    finally:
        codes = running.end()
    assert codes == [0]
