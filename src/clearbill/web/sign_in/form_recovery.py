"""A form sent after the session had ended: kept, encrypted, in the sign-in page until the person is back.

The browser holds it, encrypted; during the second step of a sign-in it waits, so encrypted, in the session. After the
sign-in it becomes a form that is sent once more.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from clearbill.people.encryption import Purpose, cipher
from clearbill.web.sign_in import form_owner
from clearbill.web.sign_in.form_owner import parse_owner
from clearbill.web.sign_in.forms import SignInForm

FIELD = "typed"

LONGEST_BYTES = 200_000

GOOD_FOR_SECONDS = 24 * 60 * 60

_NEVER_KEPT = re.compile(r"csrfmiddlewaretoken|password|secret|api_key")


@dataclass(frozen=True, slots=True)
class KeptForm:
    """The fields of a form that was sent, in their order, and the local address it was sent to."""

    to: str
    fields: tuple[tuple[str, str], ...]
    had_files: bool = False


def posted_form(request: HttpRequest) -> KeptForm:
    """Return the posted fields without files and secrets, and where they were sent."""
    names = [name for name in request.POST if name != form_owner.WORK_IN and not _NEVER_KEPT.search(name)]
    fields = tuple((name, value) for name in names for value in request.POST.getlist(name))
    return KeptForm(request.get_full_path(), fields, bool(request.FILES))


def seal(request: HttpRequest) -> str:
    """Return the posted fields encrypted, without files and secrets; "" where there is nothing or too much to keep."""
    typed = posted_form(request)
    content = json.dumps([typed.to, typed.fields, typed.had_files]).encode()
    if not typed.fields or len(content) > LONGEST_BYTES:
        return ""
    return cipher(Purpose.KEPT_FORM).encrypt(content).decode()


def unseal(sealed: str) -> KeptForm | None:
    """Return what `seal` kept, or None for anything else or after a day."""
    try:
        content = cipher(Purpose.KEPT_FORM).decrypt(sealed.encode(), ttl=GOOD_FOR_SECONDS)
    except InvalidToken:
        return None
    to, fields, had_files = json.loads(content)
    if not url_has_allowed_host_and_scheme(to, allowed_hosts=None):
        return None
    return KeptForm(to, tuple((name, value) for name, value in fields), had_files)


def sign_in_first(request: HttpRequest, *, keeps: bool) -> HttpResponse:
    """Answer a form sent without a session: the sign-in page, with what was typed where `keeps`.

    A piece of a page (htmx) is answered with a note, so that what was typed stays where it is.
    """
    if request.headers.get("HX-Request") == "true":
        answer = render(request, "sign_in/signed_out_note.html", {"here": previous_page(request)})
        answer["HX-Retarget"] = answer["HX-Reselect"] = "#signed-out"
        answer["HX-Reswap"] = "outerHTML"
        return answer
    sealed = seal(request) if keeps else ""
    is_lost = not sealed and any(name != "csrfmiddlewaretoken" for name in request.POST)
    locked = getattr(request, "locked", None)
    late = {"typed": sealed, "is_late": True, "is_lost": is_lost, "next": previous_page(request), "locked": locked}
    form = SignInForm(request, initial={"username": locked.user.email} if locked else {})
    return render(request, "sign_in/sign_in.html", {"form": form, **late}, status=401)


def resubmit_page(request: HttpRequest, sealed: str) -> HttpResponse | None:
    """Return the short page that sends the kept fields to where they were meant to go, or None without any.

    They are given back only to the person whose form it was, and go to the practice that it was shown in.
    """
    typed = unseal(sealed)
    if typed is None:
        return None
    owner = parse_owner(dict(typed.fields).get(form_owner.FIELD, ""))
    if owner is None or owner.user_id != request.user.pk:
        return render(request, "sign_in/not_given_back.html")
    return render(request, "sign_in/send_again.html", {"typed": typed, "work_in": owner.practice_id})


def sign_in_again(request: HttpRequest) -> HttpResponse:
    """Answer a sign-in page that was open since before another sign-in: go on, or the page afresh."""
    sealed = request.POST.get(FIELD, "")
    if request.user.is_authenticated:
        return resubmit_page(request, sealed) or redirect(settings.LOGIN_REDIRECT_URL)
    form = SignInForm(request, initial={"username": request.POST.get("username", "")[:254]})
    context = {"form": form, "typed": sealed, "is_stale": True, "next": request.POST.get("next", "")}
    return render(request, "sign_in/sign_in.html", context, status=403)


def is_same_origin(request: HttpRequest) -> bool:
    """Return whether the browser itself vouches that one of our own pages sent this form."""
    origin = request.headers.get("Origin", "")
    return origin == f"{request.scheme}://{request.get_host()}"


def local_page(request: HttpRequest) -> str:
    """Return the local address that the request asks to be led to (`next`), "" where it asks for none or another."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    return asked if url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}) else ""


def previous_page(request: HttpRequest) -> str:
    """Return the local address of the page the person was on, "" where it is not known."""
    came_from = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    if not url_has_allowed_host_and_scheme(came_from, allowed_hosts={request.get_host()}):
        return ""
    parts = urlsplit(came_from)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
