"""The link by which a person chooses a password, for a command to print."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from clearbill.people.models import User


def password_link(user: User) -> str:
    """Return the address at which this person chooses a password, once."""
    key = urlsafe_base64_encode(force_bytes(user.pk))
    return f"{settings.ADDRESS}{reverse('password-new', args=(key, default_token_generator.make_token(user)))}"
