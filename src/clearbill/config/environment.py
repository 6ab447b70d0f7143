"""Everything the installation takes from its environment, read once and refused loudly when wrong."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet

OTHERS = 0o077

"""What the group and everybody else may do with a file."""

OUR_FILES = ("clearbill.sqlite3", "secret-key", "encryption-keys", "set-up-code", "static")


class EnvironmentWrong(SystemExit):
    """A setting cannot be used. Ends the process with one plain sentence."""


def port(name: str, default: int) -> int:
    """Return the port in the variable `name`. Ends the process where it is no port number."""
    text = os.environ.get(name, "").strip() or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise EnvironmentWrong(f"{name} is “{text}”. It must be a port number from 1 to 65535.")
    return int(text)


def port_if_set(name: str) -> int | None:
    """Return the port in the variable `name`, or None where it is not set."""
    return port(name, 1) if os.environ.get(name, "").strip() else None


def secret(name: str) -> str:
    """Return the variable `name`, else what the file named in `name`_FILE says, else ""."""
    file = os.environ.get(f"{name}_FILE", "").strip()
    if os.environ.get(name, "").strip() or not file:
        return os.environ.get(name, "").strip()
    try:
        return Path(file).read_text().strip()
    except (OSError, ValueError):
        raise EnvironmentWrong(f"{name}_FILE points to {file}, which cannot be read.") from None


def readable_file(name: str) -> Path | None:
    """Return the path in the variable `name`, None where it is not set. Ends the process where it cannot be read."""
    text = os.environ.get(name, "").strip()
    if not text:
        return None
    if not (os.path.isfile(text) and os.access(text, os.R_OK)):
        raise EnvironmentWrong(f"{name} points to {text}, which cannot be read.")
    return Path(text)


def number(name: str, default: float) -> float:
    """Return the positive number in the variable `name`. Ends the process where it is none."""
    text = os.environ.get(name, "").strip() or str(default)
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1e9:
        raise EnvironmentWrong(f"{name} is “{text}”. It must be a number above 0.")
    return value


def count(name: str, default: int, most: int = 64) -> int:
    """Return the whole number in the variable `name`. Ends the process where it is not from 1 to `most`."""
    text = os.environ.get(name, "").strip() or str(default)
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= most):
        raise EnvironmentWrong(f"{name} is “{text}”. It must be a whole number from 1 to {most}.")
    return int(text)


def choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    """Return the word in the variable `name`. Ends the process where it is not one of `choices`."""
    text = os.environ.get(name, "").strip().lower() or default
    if text not in choices:
        raise EnvironmentWrong(f"{name} is “{text}”. It must be one of: {', '.join(choices)}.")
    return text


def words(name: str, default: str) -> list[str]:
    """Return the comma-separated words in the variable `name`."""
    return [word.strip() for word in (os.environ.get(name) or default).split(",") if word.strip()]


def file_if_set(name: str) -> Path | None:
    """Return the path in the variable `name`, None for none. Raises EnvironmentWrong where its folder is not there."""
    given = os.environ.get(name, "").strip()
    if not given:
        return None
    if not Path(given).parent.is_dir():
        raise EnvironmentWrong(f"{name} is {given}, in a folder that is not there.")
    return Path(given).absolute()


def data_folder() -> Path:
    """Return the folder for database, keys and caches, made if missing; it and all in it is its owner's alone.

    From here on this process makes no file that others may read.
    """
    os.umask(OTHERS)
    base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    folder = Path(os.environ.get("CLEARBILL_DATA") or base / "clearbill").expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as exc:
        raise EnvironmentWrong(f"CLEARBILL_DATA points to {folder}, which cannot be used: {exc.strerror}.") from None
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise EnvironmentWrong(
            f"CLEARBILL_DATA points to {folder}, which cannot be used: nothing may be written there."
        )
    if _is_ours(folder):
        _close_to_others(folder)
    return folder


def _is_ours(folder: Path) -> bool:
    """Return whether the folder is for Clearbill alone: new, or with something in it that only Clearbill makes."""
    if folder == Path.home() or folder.stat().st_mode & stat.S_ISVTX:
        return False
    return not any(folder.iterdir()) or any((folder / name).exists() for name in OUR_FILES)


def _close_to_others(folder: Path) -> None:
    """Take from others what they may do with the folder and with all in it, as far as it is ours."""
    for place, _, files in os.walk(folder):
        for path in (place, *(os.path.join(place, name) for name in files)):
            mode = os.lstat(path).st_mode
            if mode & OTHERS and not stat.S_ISLNK(mode):
                with suppress(OSError):
                    os.chmod(path, stat.S_IMODE(mode) & ~OTHERS)


def random_text() -> str:
    """Return a fresh random text, to sign sessions with."""
    return secrets.token_urlsafe(48)


def fernet_key() -> str:
    """Return a fresh encryption key."""
    return Fernet.generate_key().decode()


def kept_secret(name: str, file: Path, make: Callable[[], str]) -> str:
    """Return the secret in the variable `name` or its file, else the one kept in `file`, made on first use."""
    return secret(name) or made_once(file, make)


def place_of(name: str, file: Path) -> str:
    """Return where `kept_secret` has the secret from, for people: a variable, or the path of a file."""
    if os.environ.get(name, "").strip():
        return name
    return os.environ.get(f"{name}_FILE", "").strip() or str(file)


def made_once(file: Path, make: Callable[[], str]) -> str:
    """Return what the file says; where there is none, `make` says it first. Only the owner may read the file."""
    if not file.exists():
        # Written whole beside its place and then linked: processes that start together end with one secret, and
        # none of them reads half of it.
        draft = file.with_name(f".{file.name}-{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
            handle.write(make())
        with suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
    return file.read_text().strip()
