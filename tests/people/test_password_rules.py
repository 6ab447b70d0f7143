from __future__ import annotations

import hashlib

import pytest
from django.core.exceptions import ValidationError

from clearbill.config import environment
from clearbill.people import password_rules
from clearbill.people.models import User
from tests import builders

pytestmark = pytest.mark.django_db


def faults(password: str, person: User | None = None, practice_name: str = "") -> str:
    try:
        password_rules.check(password, person=person or User(), practice_name=practice_name)
    except ValidationError as refused:
        return " ".join(refused.messages)
    return ""


@pytest.mark.parametrize(
    "password",
    [builders.PASSWORD, "seven green violins", "Züge fahren über Brücken", "x7!Qp-92-mVt", " blanks around it "],
)
def test_long_passwords_of_ones_own_are_taken(password):
    assert faults(password) == ""


def test_eleven_characters_are_too_few():
    assert "too short" in faults("x7!Qp-92-mV")


@pytest.mark.parametrize("password", ["Password123!", "letmein202426", "!!sunshine!!2026", "1qaz2wsx3edc"])
def test_common_ones_are_refused_also_with_signs_around(password):
    assert "common" in faults(password)


@pytest.mark.parametrize(
    "password", ["clearbill1234", "Clear-Bill-2026", "RiversidePhysio1", "Rosa.Thornbury.1", "thornbury@26!!"]
)
def test_words_around_it_are_refused(password):
    person = User(email="rosa.thornbury@riverside.example", full_name="Rosa Thornbury")
    assert faults(password, person, "Riverside Physio")


def test_the_names_of_the_practices_of_the_person_are_among_them():
    member = builders.member(builders.practice("Quillfeather Rooms"))
    assert "your practice" in faults("Quillfeather-2026", member.user)
    assert faults("Quillfeather-2026", builders.user()) == ""


@pytest.fixture
def breached(settings, tmp_path):
    known = [f"known from a breach {number}" for number in range(200)]
    digests = sorted(hashlib.sha1(one.encode()).hexdigest().upper() for one in known)
    file = tmp_path / "breached.txt"
    file.write_text("".join(f"{digest}:{number}\r\n" for number, digest in enumerate(digests)))
    settings.BREACHED_PASSWORDS = file
    return known


def test_each_one_of_a_file_of_breached_passwords_is_found(breached):
    assert [one for one in breached if "known from a breach of" not in faults(one)] == []
    assert [n for n in range(500) if faults(f"never seen anywhere {n}")] == []


def test_an_empty_file_names_none(settings, tmp_path):
    settings.BREACHED_PASSWORDS = tmp_path / "empty.txt"
    settings.BREACHED_PASSWORDS.touch()
    assert faults("seven green violins") == ""


def test_a_file_that_is_not_there_stops_the_start(monkeypatch):
    monkeypatch.setenv("CLEARBILL_BREACHED_PASSWORDS", "/no/such/file")
    with pytest.raises(environment.EnvironmentWrong, match="CLEARBILL_BREACHED_PASSWORDS points to"):
        environment.readable_file("CLEARBILL_BREACHED_PASSWORDS")
