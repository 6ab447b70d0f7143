"""Each purpose has a key of its own; what earlier versions stored is still read."""

from __future__ import annotations

import json

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.test import Client as Browser

from clearbill.people import encryption
from clearbill.people.encryption import DecryptionFailed, Purpose
from tests import builders


@pytest.fixture
def keys(settings):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode() for _ in range(2)]
    return settings.ENCRYPTION_KEYS


@pytest.mark.parametrize("place", [0, 1])
def test_what_was_stored_with_a_key_as_it_is_can_be_read(keys, place):
    assert encryption.decrypt(Fernet(keys[place]).encrypt(b"secret").decode()) == "secret"


def test_what_is_stored_can_be_read_after_a_new_key_came_before_it(keys, settings):
    sealed = encryption.encrypt("secret")
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *keys]
    assert encryption.decrypt(sealed) == "secret"
    settings.ENCRYPTION_KEYS = keys[1:]
    with pytest.raises(DecryptionFailed):
        encryption.decrypt(sealed)


def test_nothing_is_read_for_another_purpose(keys):
    for one in Purpose:
        sealed = encryption.cipher(one).encrypt(b"secret")
        for other in set(Purpose) - {one}:
            with pytest.raises(InvalidToken):
                encryption.cipher(other).decrypt(sealed)
        with pytest.raises(InvalidToken):
            Fernet(keys[0]).decrypt(sealed)


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"api-key", b"[]", json.dumps(["/clients/new", [["a", "b"]], False]).encode()])
def test_a_stored_secret_is_no_kept_form(keys, content):
    builders.member(builders.practice(), email="rosa@example.org")
    for sealed in (Fernet(keys[0]).encrypt(content).decode(), encryption.encrypt(content.decode())):
        sent = {"username": "rosa@example.org", "password": builders.PASSWORD, "typed": sealed}
        answer = Browser().post("/sign-in", sent)
        assert answer.status_code == 302
        assert answer["Location"] == "/today"
