"""The address of the page where a person sets a new password, for the commands and the worker."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from clearbill.people.models import User


def password_link(user: User) -> str:
    """Return the link, good for settings.PASSWORD_RESET_TIMEOUT seconds or until the password changes."""
    key = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse("password-new", args=(key, default_token_generator.make_token(user)))
    return f"{settings.ADDRESS}{path}"
