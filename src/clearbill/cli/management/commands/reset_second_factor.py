"""`clearbill reset-second-factor`: for somebody who lost it and whom nobody else in their practice can help."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from clearbill.people.models import User
from clearbill.people.sign_in import second_factor


class Command(BaseCommand):
    help = "Take away somebody's second factor. Their password alone signs them in until they set up a new one."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the e-mail address they sign in with")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].strip().lower()).first()
        if user is None:
            raise CommandError("Nobody here has this e-mail address.")
        if not second_factor.has_one(user):
            raise CommandError(f"{user} has no second factor.")
        second_factor.reset_by_operator(user, now=timezone.now())
        self.stdout.write(f"The second factor of {user} is taken away. They are told by e-mail.")
