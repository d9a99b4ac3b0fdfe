"""What a message says in one line, for the course of a case; its whole content is one click away."""

from collections.abc import Callable, Mapping
from typing import Any

from protocol.lifecycle import Kind
from tracing.desk.pages.countries import country_name
from tracing.desk.pages.handling import recipient_words
from tracing.desk.pages.moments import written_day
from tracing.desk.pages.tongue import _
from tracing.desk.pages.words import words

__all__ = ["gist_of"]

MOST = 240  # characters: what one reads at a glance

Body = Mapping[str, Any]


def gist_of(one: Mapping[str, Any]) -> str:
    """The one line; "" where the kind says it all, or the message lacks what it is about."""
    tell = _GISTS.get(one["kind"])
    facts = tell(one["body"]) if tell else ()
    text = ", ".join(str(fact) for fact in facts if fact)
    return text if len(text) <= MOST else f"{text[:MOST].rstrip()}\u2026"


def _listed(body: Body, name: str) -> list[Any]:
    found = body.get(name)
    return list(found) if isinstance(found, list | tuple) else []


def _each(body: Body, name: str, of: str, member: str = "code") -> list[str]:
    return [words(one.get(member), of) for one in _listed(body, name) if isinstance(one, Mapping) and one.get(member)]


def _limit(body: Body) -> tuple[Any, ...]:
    until = _("until %(day)s") % {"day": written_day(body["new_date"])} if body.get("new_date") else ""
    ground, cause = body.get("ground"), body.get("cause")
    return (
        words(ground, "limit.ground") if ground else "", words(cause, "delay.cause") if cause else "",
        body.get("reason"), until,
    )  # fmt: skip


def _reminder(body: Body) -> tuple[Any, ...]:
    number = _("number %(count)s") % {"count": body["count"]} if body.get("count") else ""
    return words(body.get("duty"), "reminder.duty"), number


_GISTS: Mapping[str, Callable[[Body], tuple[Any, ...] | list[Any]]] = {
    Kind.PROGRESS: lambda body: (body.get("doing"),),
    Kind.ACKNOWLEDGEMENT: lambda body: (
        body.get("reference"), body.get("unit"),
        _("not treated as urgent") if body.get("urgency_accepted") is False else "",
    ),
    Kind.NOT_COMPETENT: lambda body: (
        words(body.get("reason"), "not_competent.reason"), country_name(body.get("suggested_state")),
        body.get("suggested_authority"),
    ),
    Kind.INFORMATION_REQUEST: lambda body: _each(body, "items", "items.code"),
    Kind.INFORMATION_SUPPLY: lambda body: _each(body, "answers", "items.code"),
    Kind.AMENDMENT: lambda body: (words(body.get("reason"), "amendment.reason"), body.get("explanation")),
    Kind.DELAY_NOTICE: _limit,
    Kind.REFUSAL: _limit,
    Kind.RESTRICTION_NOTICE: lambda body: (
        *(words(one, "withheld") for one in _listed(body, "withheld")), *_limit(body)
    ),
    Kind.INTERIM_RESPONSE: lambda body: _each(body, "outcomes", "outcomes.code"),
    Kind.FINAL_RESPONSE: lambda body: _each(body, "outcomes", "outcomes.code"),
    Kind.CLARIFICATION_REQUEST: lambda body: (body.get("question"),),
    Kind.CLARIFICATION_REPLY: lambda body: (
        body.get("explanation"), _("no more can be said") if body.get("no_further_explanation") else "",
        body.get("reason"),
    ),
    Kind.WITHDRAWAL: lambda body: (words(body.get("reason"), "withdrawal.reason"), body.get("note")),
    Kind.REFERRAL: lambda body: (country_name(body.get("state")), body.get("authority")),
    Kind.CONSENT_REQUEST: lambda body: (
        recipient_words(body.get("recipient")), words(body.get("purpose"), "intended_use"),
    ),
    Kind.CONSENT_DECISION: lambda body: (words(body.get("decision"), "consent.decision"), body.get("conditions")),
    Kind.HANDLING_NOTICE: lambda body: (words(body.get("notice"), "notice"), body.get("scope")),
    Kind.OBJECTION: lambda body: (body.get("reason"),),
    Kind.REMINDER: _reminder,
    Kind.PRIORITY_CHANGE: lambda body: (words(body.get("priority"), "priority"), body.get("justification")),
    Kind.CORRECTION: lambda body: (body.get("reason"), *_each(body, "outcomes", "outcomes.code")),
    Kind.CLOSURE: lambda body: (words(body.get("code"), "closure.code"),),
    Kind.REOPENING: lambda body: (body.get("fact"),),
    Kind.SPONTANEOUS_INFORMATION: lambda body: (
        words(body.get("subject"), "information.subject"), body.get("information"),
    ),
}  # fmt: skip
