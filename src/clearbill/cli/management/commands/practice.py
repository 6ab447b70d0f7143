"""`clearbill practice`: add another practice to this installation."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.utils import timezone

from clearbill.bill.problem import Refused
from clearbill.bill.text import one_line
from clearbill.cli.password_link import password_link
from clearbill.people import services


class Command(BaseCommand):
    help = "Add another practice to this installation. People of one practice never see anything of another."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the name of the practice")
        parser.add_argument("--owner", required=True, metavar="EMAIL", help="the e-mail address of its first owner")
        parser.add_argument("--owner-name", default="", metavar="NAME", help="needed where the owner is new here")

    def handle(self, *args: Any, **options: Any) -> None:
        name, owner_name, email = (one_line(options[word]) for word in ("name", "owner_name", "owner"))
        if not 0 < len(name) <= 120 or len(owner_name) > 120:
            raise CommandError("Give the practice a name. Names have at most 120 characters.")
        try:
            validate_email(email)
            membership = services.add_practice(
                practice_name=name, owner_email=email, owner_name=owner_name, now=timezone.now()
            )
        except ValidationError:
            raise CommandError("What follows --owner is no e-mail address.") from None
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"{name} is added. Its owner is {membership.user.email}.")
        if membership.user.has_usable_password():
            self.stdout.write("They sign in as before and choose the practice at the top of the page.")
        else:
            self.stdout.write(f"They choose a password here, within a day: {password_link(membership.user)}")
