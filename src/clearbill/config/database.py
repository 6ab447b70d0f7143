"""Where the database is: PostgreSQL at CLEARBILL_DATABASE_URL, else SQLite in the data folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from clearbill.config.environment import EnvironmentWrong, secret
from clearbill.config.network import is_loopback

NAME = "CLEARBILL_DATABASE_URL"

LOOKS_LIKE = f"{NAME} must look like postgresql://user:password@host:5432/name."

TLS_ELSEWHERE = "require"

"""How a database on another machine is spoken to where nobody says otherwise: with TLS, or not at all."""


def one_of(*words: str) -> Callable[[str], str]:
    return lambda value: "" if value in words else f"It must be one of: {', '.join(words)}."


def a_number(value: str) -> str:
    return "" if value.isascii() and value.isdecimal() else "It must be a whole number."


def a_file(value: str) -> str:
    return "" if value == "system" or Path(value).is_file() else "There is no such file."


def a_word(value: str) -> str:
    return "" if value.isprintable() else "It must be a word."


PARAMETERS: dict[str, Callable[[str], str]] = {
    "host": a_word,
    "sslmode": one_of("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "sslrootcert": a_file,
    "sslcert": a_file,
    "sslkey": a_file,
    "sslcrl": a_file,
    "ssl_min_protocol_version": one_of("TLSv1.2", "TLSv1.3"),
    "channel_binding": one_of("disable", "prefer", "require"),
    "gssencmode": one_of("disable", "prefer", "require"),
    "krbsrvname": a_word,
    "target_session_attrs": one_of("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
    "connect_timeout": a_number,
    "keepalives": a_number,
    "keepalives_idle": a_number,
    "keepalives_interval": a_number,
    "keepalives_count": a_number,
}
"""What may stand behind the “?” of the address, by libpq's names, each with what says why a value is none of it."""


def database(folder: Path, *, longest_pause_seconds: float) -> dict[str, object]:
    """Return Django's database setting. Ends the process where the address cannot be used as it stands.

    PostgreSQL ends a transaction in which nothing happened for `longest_pause_seconds`.
    """
    url = secret(NAME)
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": folder / "clearbill.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000; "
                # Many bills are brought from the log into the database at once, not every thirty.
                "PRAGMA wal_autocheckpoint=8000;",
            },
        }
    parts, port = _split(url)
    given = _parameters(parts.query)
    host = unquote(parts.hostname or "") or given.pop("host", "")
    if "host" in given:
        raise EnvironmentWrong(f"{NAME} names the host twice.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": port,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": _postgres_options(longest_pause_seconds) | _tls(host, given) | given,
    }


def tls_and_sign_in(options: dict[str, object]) -> dict[str, str]:
    """Return what of a database's options also holds for PostgreSQL's own programs, by libpq's names."""
    return {name: str(options[name]) for name in PARAMETERS if name in options and name != "connect_timeout"}


def _split(url: str) -> tuple[SplitResult, str]:
    try:
        parts = urlsplit(url)
        port = str(parts.port or "")
    except ValueError:
        raise EnvironmentWrong(LOOKS_LIKE) from None
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/") or parts.fragment:
        raise EnvironmentWrong(LOOKS_LIKE)
    return parts, port


def _parameters(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError:
        raise EnvironmentWrong(f"What follows the “?” in {NAME} must look like sslmode=verify-full.") from None
    given: dict[str, str] = {}
    for name, value in pairs:
        if name not in PARAMETERS:
            known = ", ".join(PARAMETERS)
            raise EnvironmentWrong(f"{NAME} has “{name}” behind the “?”, which is not known. Known are: {known}.")
        if name in given:
            raise EnvironmentWrong(f"{NAME} has “{name}” twice.")
        if not value or (wrong := PARAMETERS[name](value)):
            raise EnvironmentWrong(f"{name} in {NAME} is “{value}”. {wrong if value else 'Give a value.'}")
        given[name] = value
    return given


def _tls(host: str, given: dict[str, str]) -> dict[str, object]:
    """Return the `sslmode` that holds where none is given."""
    if os.environ.get("PGSSLMODE") or _is_this_machine(host or os.environ.get("PGHOST", "")):
        return {}
    return {"sslmode": "verify-full" if "sslrootcert" in given else TLS_ELSEWHERE}


def _is_this_machine(host: str) -> bool:
    return host == "" or host.startswith(("/", "@")) or is_loopback(host)


def _postgres_options(longest_pause_seconds: float) -> dict[str, object]:
    return {
        # A server that does not answer at all is not waited for longer than a person would.
        "connect_timeout": 5,
        "tcp_user_timeout": 30_000,
        # Statements that come again and again are planned once: the worker's take most of their time in planning.
        "server_side_binding": True,
        "prepare_threshold": 5,
        # A machine that vanishes or stands still in a transaction would lock its rows for all others for ever.
        "options": f"-c idle_in_transaction_session_timeout={longest_pause_seconds * 1000:.0f}",
    }
