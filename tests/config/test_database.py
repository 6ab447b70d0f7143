"""The address of the database: all of it is used or the start stops; another machine is met with TLS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clearbill.config import database
from clearbill.config.environment import EnvironmentWrong

ELSEWHERE = "postgresql://user:p%40ss@db.example.org:5433/name"


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    for name in ("PGSSLMODE", "PGHOST", database.NAME, f"{database.NAME}_FILE"):
        monkeypatch.delenv(name, raising=False)

    def read(url: str) -> dict[str, Any]:
        monkeypatch.setenv(database.NAME, url)
        return database.database(tmp_path, longest_pause_seconds=1)

    return read


@pytest.mark.parametrize(
    ("url", "sslmode"),
    [
        (ELSEWHERE, "require"),
        ("postgresql://db/name", "require"),
        ("postgresql://10.0.0.5/name", "require"),
        ("postgresql://[2001:db8::1]/name", "require"),
        ("postgresql:///name?host=db.example.org", "require"),
        (f"{ELSEWHERE}?sslmode=verify-full", "verify-full"),
        (f"{ELSEWHERE}?sslrootcert=system", "verify-full"),
        (f"{ELSEWHERE}?sslmode=disable", "disable"),
        ("postgresql://localhost/name", None),
        ("postgresql://127.0.0.1/name", None),
        ("postgresql://[::1]/name", None),
        ("postgresql:///name", None),
        ("postgresql://%2Fvar%2Frun%2Fpostgresql/name", None),
        ("postgresql:///name?host=/var/run/postgresql", None),
        ("postgresql://localhost/name?sslmode=require", "require"),
    ],
)
def test_another_machine_is_met_with_tls_unless_it_is_said_otherwise(
    setting: Any, url: str, sslmode: str | None
) -> None:
    assert setting(url)["OPTIONS"].get("sslmode") == sslmode


def test_the_environment_of_libpq_is_believed(setting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "db.example.org")
    assert setting("postgresql:///name")["OPTIONS"]["sslmode"] == "require"
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    assert "sslmode" not in setting(ELSEWHERE)["OPTIONS"]


def test_what_is_behind_the_question_mark_is_passed_on_to_the_backup_too(setting: Any, tmp_path: Path) -> None:
    file = tmp_path / "ca & root.pem"
    file.touch()
    found = setting(f"{ELSEWHERE}?sslmode=verify-ca&sslrootcert={str(file).replace(' ', '%20').replace('&', '%26')}")
    assert (found["HOST"], found["PORT"], found["PASSWORD"]) == ("db.example.org", "5433", "p@ss")
    assert found["OPTIONS"]["sslrootcert"] == str(file)
    assert database.tls_and_sign_in(found["OPTIONS"]) == {"sslmode": "verify-ca", "sslrootcert": str(file)}


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("sslmode=verify-ful", "one of: disable"),
        ("sslmode=", "Give a value"),
        ("sslmode", "must look like"),
        ("SSLMODE=require", "not known"),
        ("ssl=true", "not known"),
        ("options=-csearch_path%3Dx", "not known"),
        ("sslmode=require&sslmode=disable", "twice"),
        ("sslrootcert=/no/such/file", "no such file"),
        ("connect_timeout=soon", "whole number"),
        ("sslmode=require&", "must look like"),
        ("sslmode=require;sslcert=x", "one of: disable"),
        ("host=other.example.org", "host twice"),
        ("krbsrvname=a%0Ab", "must be a word"),
    ],
)
def test_anything_else_stops_the_start_with_a_sentence(setting: Any, query: str, says: str) -> None:
    with pytest.raises(EnvironmentWrong, match=says):
        setting(f"{ELSEWHERE}?{query}")


@pytest.mark.parametrize(
    "url",
    [
        "mysql://db/name",
        "postgresql://db",
        "postgresql://db:port/name",
        "postgresql://db:99999/name",
        "postgresql://[db/name",
        f"{ELSEWHERE}#sslmode=require",
    ],
)
def test_what_is_no_address_stops_the_start_with_a_sentence(setting: Any, url: str) -> None:
    with pytest.raises(EnvironmentWrong, match="must look like"):
        setting(url)


@pytest.mark.parametrize("name", sorted(database.PARAMETERS))
def test_every_parameter_is_documented(name: str) -> None:
    said = (Path(__file__).resolve().parents[2] / "docs" / "install.md").read_text()
    assert f"`{name}`" in said
