"""What django-allauth asks of us: our words, our key for its secrets, and no e-mail of its own."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import InvalidToken
from django.http import HttpRequest

from clearbill.people.encryption import DecryptionFailed, Purpose, cipher

WRONG_CODE = "This code is not right, or it was used already. Wait for the next one and enter that."


class AccountAdapter(DefaultAccountAdapter):
    """Signing in has a second step for who has a second factor; nothing else of allauth's own pages is used."""

    def get_login_stages(self) -> list[str]:
        return ["allauth.mfa.stages.AuthenticateStage"]

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """`confirmed` at our views asks for the password; see `web.sign_in.confirmation`."""
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Our views say what happened."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """The worker sends ours; see `people.account_mail`."""


class SecondFactorAdapter(DefaultMFAAdapter):
    """The secrets of second factors are kept encrypted, with a key of their own."""

    error_messages = {**DefaultMFAAdapter.error_messages, "incorrect_code": WRONG_CODE}

    def encrypt(self, text: str) -> str:
        return cipher(Purpose.SECOND_FACTOR).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return cipher(Purpose.SECOND_FACTOR).decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            raise DecryptionFailed("The second factor cannot be read with the keys of this installation.") from None

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Clearbill"}
