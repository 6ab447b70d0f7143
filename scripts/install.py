"""Set up everything Clearbill needs, from a fresh clone: environment, requirements, front-end files, test tools.

Runs on the standard library of any Python 3.11 or later. Each step leaves a stamp of what it was made from, so a
second run does nothing and needs no network. `--dev` adds what the tests need, Chromium and PostgreSQL included.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import postgres

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
VENDOR = ROOT / "src" / "clearbill" / "web" / "components" / "static" / "vendor"
FRONT_END = ("@event-calendar/build/dist/event-calendar.min.js", "@event-calendar/build/dist/event-calendar.min.css")
NEWER = ("python3.13", "python3.12", "python3.11", "python3.14")


def say(sentence: str) -> None:
    print(f"clearbill: {sentence}", flush=True)


def give_up(sentence: str) -> None:
    raise SystemExit(f"clearbill: {sentence}")


def run(*words: str | Path, quiet: bool = True, **kwargs: object) -> None:
    """Run a command; on failure show the end of what it said and stop."""
    done = subprocess.run(
        [str(word) for word in words], cwd=ROOT, text=True, capture_output=quiet, check=False, **kwargs
    )
    if done.returncode:
        ending = "\n".join(((done.stdout or "") + (done.stderr or "")).strip().splitlines()[-12:])
        give_up(f"“{' '.join(str(word) for word in words[:4])} …” failed.\n{ending}")


def once(name: str, inputs: list[Path], work: Callable[[], None]) -> None:
    """Do the work unless its stamp says that it was done with these very inputs."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in inputs) + sys.version.encode()).hexdigest()
    stamp = VENV / f".{name}-stamp"
    if stamp.exists() and stamp.read_text() == digest:
        return
    work()
    stamp.write_text(digest)


def find_python() -> None:
    """Go on with a newer Python where this one is too old."""
    if sys.version_info >= (3, 11):  # noqa: UP036 (this runs before anything is installed)
        return
    for name in NEWER:
        if found := shutil.which(name):
            os.execv(found, [found, *sys.argv])
    give_up(f"Python 3.11 or later is needed; this is {sys.version.split()[0]}. Install python3.11 and run make again.")


def make_environment() -> None:
    if PYTHON.exists():
        return
    say("making the environment in .venv")
    words = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if subprocess.run(words, capture_output=True, check=False).returncode == 0:
        return
    if apt_install("python3-venv") and subprocess.run(words, capture_output=True, check=False).returncode == 0:
        return
    give_up(
        "Python’s venv module is missing. Install it (Debian, Ubuntu: apt install python3-venv) and run make again."
    )


def install_requirements(lock: Path) -> None:
    say("installing the requirements (hashes are checked)")
    pip = (PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "--require-hashes", "-r", lock)
    run(*pip, "--no-deps", "--no-build-isolation", "-e", ROOT)


def install_front_end(*, dev: bool) -> None:
    """Fetch what the pages need, and for those who work on Clearbill the formatter of style sheets and axe."""
    if not shutil.which("npm") and not (VENV / "bin" / "npm").exists():
        say("installing Node.js into .venv (this machine has none)")
        run(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", ROOT / "requirements-node.lock")
    npm = shutil.which("npm") or str(VENV / "bin" / "npm")
    say("fetching the front-end files")
    path = f"{VENV / 'bin'}:{os.environ.get('PATH', '')}"
    rest = () if dev else ("--omit=dev",)
    run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *rest, env={**os.environ, "PATH": path})
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name in FRONT_END:
        # The map is not served; whoever collects the files would look for it.
        text = (ROOT / "node_modules" / name).read_text(encoding="utf-8")
        (VENDOR / Path(name).name).write_text(re.sub(r"\n//# sourceMappingURL=\S+", "", text), encoding="utf-8")


def apt_install(package: str) -> bool:
    """Install a package of the system where that is allowed. Say whether it worked."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return False
    say(f"installing {package} with the system’s package manager")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=environment, capture_output=True, check=False)
    done = subprocess.run(
        ["apt-get", "install", "-y", "-qq", package], env=environment, capture_output=True, check=False
    )
    return done.returncode == 0


def find_postgres() -> None:
    if postgres.programs() is not None:
        return
    apt_install("postgresql")
    if postgres.programs() is None:
        give_up(
            "The tests also run on PostgreSQL and need its server, version 14 or later. Install it "
            "(Debian, Ubuntu: sudo apt install postgresql; elsewhere set CLEARBILL_PG_BIN to the folder of its "
            "programs), then run make again."
        )


def find_chromium() -> None:
    if any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        return
    if not apt_install("chromium"):
        give_up("The browser tests need Chromium. Install it (Debian: sudo apt install chromium), then run make again.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also what the tests and checks need")
    options = parser.parse_args()
    find_python()
    make_environment()
    # The tests' requirements hold the others, so once they are there they are what is kept up to date.
    dev = options.dev or (VENV / ".requirements-dev-stamp").exists()
    kind, front_end = ("requirements-dev", "front-end-dev") if dev else ("requirements", "front-end")
    lock = ROOT / f"{kind}.lock"
    once(kind, [lock, ROOT / "pyproject.toml"], lambda: install_requirements(lock))
    once(front_end, [ROOT / "package-lock.json", Path(__file__)], lambda: install_front_end(dev=dev))
    if not all((VENDOR / Path(name).name).exists() for name in FRONT_END):
        install_front_end(dev=dev)
    if options.dev:
        find_chromium()
        find_postgres()


if __name__ == "__main__":
    main()
