"""The front page of the Workspace Settings, and the practice details."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clearbill.claims import readiness as claims_readiness
from clearbill.people.permissions import Permission
from clearbill.web.sign_in.access import PracticeRequest, has_permission, member_required
from clearbill.workspace import connection
from clearbill.workspace import connection as workspace_connection


@member_required(Permission.SEE)
def readiness(request: PracticeRequest) -> HttpResponse:
    chosen = request.GET.get("practitioner", "")
    found = claims_readiness.readiness(request.practice, practitioner_id=chosen)
    return render(request, "workspace/business/readiness.html", {"found": found, "chosen": chosen})


@dataclass(frozen=True, slots=True)
class Part:
    """One page of the Workspace Settings, as its tile shows it. `page` is the name of its url."""

    name: str
    page: str
    sentence: str
    chip: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Pages of the Workspace Settings under one heading."""

    name: str
    parts: tuple[Part, ...]


_TEAM = Group(
    "Team",
    (
        Part("Users", "users", "Who signs in, who sees clients, and their provider numbers."),
        Part("Sign-in", "security", "Of whom a second factor is demanded, and when a session is locked."),
    ),
)

_BUSINESS = Group(
    "Business",
    (
        Part("Practice details", "practice-details", "Name, address and what stands at the head of invoices."),
        Part("Services", "services", "What you offer, at which price, with its ISC."),
        Part("Code list", "codes", "Your licensed list of ISCs and procedure codes."),
        Part("Payees and sites", "payees", "Who is paid, and where clients are treated."),
        Part("Insurers", "insurers", "What each insurer asks for, and your numbers with it."),
        Part("Contract prices", "contract-prices", "What each insurer has agreed to pay, and from which day."),
        Part("Missed visits", "missed-visits", "What clients are charged for visits they missed or cancelled late."),
        Part("Readiness", "readiness", "Which practitioner can bill which insurer, and what is missing."),
    ),
)

_IMPORTS = Part(
    "Imports",
    "imports",
    "Clients, appointments and open invoices from another practice system, and what came of each file.",
)

_EXPORTS = Part("Exports", "exports", "All of the practice as one file, for you or for another system.")

_AUDIT = Part("Audit trail", "audit", "Who did what, and when.")


@require_safe
@member_required(Permission.SEE)
def home(request: PracticeRequest) -> HttpResponse:
    state = connection.status_word(workspace_connection.stored_connection(request.practice))
    sentence = "Healthcode, through which claims go to the insurers."
    integrations = Group("Integrations", (Part("Integrations", "integrations", sentence, state),))
    permitted = ((Permission.CHANGE_CLIENTS, _IMPORTS), (Permission.EXPORT, _EXPORTS), (Permission.SEE_AUDIT, _AUDIT))
    records = tuple(part for permission, part in permitted if has_permission(request, permission))
    groups = [_TEAM, _BUSINESS, integrations, *([Group("Records", records)] if records else [])]
    return render(request, "workspace/settings_home.html", {"groups": groups})
