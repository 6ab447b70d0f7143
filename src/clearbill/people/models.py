"""Practices, the people who work in them, and the trail of what they did."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from clearbill.db.number_sequences import NumberSequence  # noqa: F401  (its table is this app's)
from clearbill.people import browsers

MOST_IDLE_MINUTES = 120


class Role(models.TextChoices):
    """What a member is; `people.permissions` says what each may do."""

    OWNER = "owner", "Owner"
    ADMINISTRATOR = "administrator", "Administrator"
    PRACTITIONER = "practitioner", "Practitioner"
    RECEPTIONIST = "receptionist", "Receptionist"
    ACCOUNTANT = "accountant", "Accountant (read only)"


class SecondFactorFor(models.TextChoices):
    """Of whom a practice demands a second factor."""

    NOBODY = "nobody", "Nobody: each decides for themselves"
    MANAGERS = "managers", "Owners and administrators"
    EVERYBODY = "everybody", "Everybody"


class Practice(models.Model):
    """One practice. Everything else belongs to exactly one.

    `refuses_unauthorised`: a visit that the client's policy or authorisation does not cover is not booked; else it
    is booked with a warning.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField("name of the practice", max_length=120)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField("e-mail", blank=True)
    address_1 = models.CharField("address line 1", max_length=50, blank=True)
    address_2 = models.CharField("address line 2", max_length=50, blank=True)
    address_3 = models.CharField("town or city", max_length=50, blank=True)
    address_4 = models.CharField("county", max_length=50, blank=True)
    postcode = models.CharField(max_length=10, blank=True)
    vat_number = models.CharField("VAT number", max_length=20, blank=True)
    invoice_prefix = models.CharField(max_length=3, default="CB")
    # Where clients pay to, what stands at the foot of each paper, and where answers to e-mails go ("": `email`).
    account_name = models.CharField(max_length=120, blank=True)
    sort_code = models.CharField(max_length=8, blank=True)
    account_number = models.CharField(max_length=8, blank=True)
    footer = models.CharField("at the foot of each paper", max_length=300, blank=True)
    reply_to = models.EmailField("answers to e-mails go to", blank=True)
    refuses_unauthorised = models.BooleanField("refuse visits that the insurer has not authorised", default=False)
    second_factor_for = models.CharField(
        "second factor demanded of", max_length=10, choices=SecondFactorFor.choices, default=SecondFactorFor.MANAGERS
    )
    idle_minutes = models.PositiveSmallIntegerField(
        "locked after so many minutes without use",
        default=15,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_IDLE_MINUTES)],
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "the practice"

    def __str__(self) -> str:
        return self.name


class Owned(models.Model):
    """A row of one practice, addressed by a random id."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class UserManager(BaseUserManager["User"]):
    """Django's sign-in asks for this name."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person who signs in, with an e-mail address, to one or more practices.

    `second_factor_due_on` is the last day on which they may do without a second factor that a practice demands.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("e-mail", unique=True)
    full_name = models.CharField(max_length=120)
    is_active = models.BooleanField("active", default=True)
    second_factor_due_on = models.DateField(null=True, editable=False)
    last_practice = models.ForeignKey(Practice, on_delete=models.SET_NULL, null=True, editable=False, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name_plural = "sign-ins and passwords"

    def __str__(self) -> str:
        return self.full_name or self.email


class Membership(Owned):
    """One person's place in one practice. Left members stay, inactive, so that the trail keeps its names."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    is_active = models.BooleanField("active", default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "user"], name="one_membership_per_practice")]
        verbose_name_plural = "users"

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class Invitation(Owned):
    """An invitation by e-mail. Only a digest of the link's secret is kept."""

    email = models.EmailField("e-mail")
    full_name = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=Role.choices)
    secret_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(Lower("email"), name="invitation_email")]


class AccountMail(models.Model):
    """An e-mail about a sign-in, to be sent by the worker or sent within a day. Nobody may have its address.

    `about` is the sentence that tells what happened to a second factor.
    """

    LINK, CHANGED, FACTOR = "link", "changed", "factor"

    kind = models.CharField(
        max_length=10,
        choices=[(LINK, "a link to a new password"), (CHANGED, "it was changed"), (FACTOR, "about a second factor")],
    )
    email = models.EmailField("e-mail")
    about = models.CharField(max_length=200, blank=True)
    asked_from = models.GenericIPAddressField(null=True)
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)


class FailedAttempt(models.Model):
    """A try to show who one is that failed, or is under way. Nobody may have its address.

    `device` is "" where the browser is not known as one of that address. `told_at` is when it came into the trail.
    """

    PASSWORD, PRESENT_PASSWORD, SECOND_FACTOR = "password", "present", "factor"

    kind = models.CharField(
        max_length=10,
        choices=[
            (PASSWORD, "wrong password"),
            (PRESENT_PASSWORD, "wrong present password"),
            (SECOND_FACTOR, "wrong second factor"),
        ],
    )
    email = models.EmailField("e-mail")
    address = models.GenericIPAddressField(null=True)
    device = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["email", "at"], name="attempts_of_email"),
            models.Index(fields=["address", "at"], name="attempts_of_address"),
            models.Index(fields=["told_at"], condition=models.Q(told_at=None), name="attempts_to_tell"),
        ]


class UserSession(models.Model):
    """A browser in which somebody is signed in: since when, from where, and when they last did something there."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40, unique=True)
    address = models.GenericIPAddressField(null=True)
    browser = models.CharField(max_length=200, blank=True)
    began_at = models.DateTimeField()
    last_used_at = models.DateTimeField()
    is_locked = models.BooleanField(default=False)

    @property
    def browser_name(self) -> str:
        """What people call the browser."""
        return browsers.name_of(self.browser)


class AuditIsAppendOnly(Exception):
    """An audit entry was about to be changed or removed."""


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """Entries to read; changing or removing any raises AuditIsAppendOnly."""

    def update(self, **kwargs: Any) -> int:
        raise AuditIsAppendOnly

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AuditIsAppendOnly


class AuditEntry(Owned):
    """Who did what to what, when, and what changed. Written in the transaction of the change itself."""

    # Read by practice and by subject only: an index that nobody asks for would be written with every entry.
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    by_name = models.CharField(max_length=120)
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=40, db_index=True)
    subject_label = models.CharField(max_length=200, blank=True)
    changes = models.JSONField(default=dict)
    # Its place in the practice's hash chain, given by the worker a moment later (`people/audit/chain.py`).
    chain_no = models.BigIntegerField(null=True, editable=False)
    chain_hash = models.CharField(max_length=64, null=True, editable=False)

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]
        indexes = [
            models.Index(fields=["practice", "-at"], name="audit_by_practice"),
            models.Index(fields=["practice", "at"], condition=Q(chain_no=None), name="audit_not_chained"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "chain_no"],
                condition=Q(chain_no__isnull=False),
                name="one_audit_entry_per_chain_no",
            )
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AuditIsAppendOnly
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AuditIsAppendOnly


class AuditChain(models.Model):
    """The head of a practice's hash chain: how many entries are in it, the hash of the last, and what proves both."""

    practice = models.OneToOneField(Practice, on_delete=models.CASCADE, primary_key=True, related_name="+")
    length = models.BigIntegerField(default=0)
    last_hash = models.CharField(max_length=64, blank=True)
    seal = models.CharField(max_length=64, blank=True)
