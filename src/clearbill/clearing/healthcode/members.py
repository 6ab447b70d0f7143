"""Member enquiry: one short question to the insurer's member list."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

from clearbill.clearing.healthcode.contract import Contract
from clearbill.clearing.healthcode.rest import UNREADABLE, Question, RestService
from clearbill.clearing.healthcode.xml import Unreadable
from clearbill.clearing.port import MemberAnswer, MemberEnquiry, NotSent

ASK_AGAIN_SECONDS = 30


def find_member(enquiry: MemberEnquiry, *, rest: RestService, contract: Contract) -> MemberAnswer:
    """Return what the member list says. Raises Refused, NotSent or CredentialsRefused."""
    question = Question(operation="findMember", key=contract.MEMBER_SEARCH, form=contract.member_form(enquiry))
    reply = rest.ask(question)
    try:
        answer = contract.read_member(reply.document)
    except Unreadable as exc:
        raise NotSent(UNREADABLE) from exc
    if answer.outcome != "processing" and not (reply.unfinished and answer.outcome != "match"):
        return answer
    return replace(
        answer, outcome="processing", retry_after_seconds=ceil(reply.retry_after_seconds or ASK_AGAIN_SECONDS)
    )
