"""Every kind beside the request: what it must carry, in what we say and in what arrives, and what has not its shape."""

from typing import Any

import pytest

from protocol.errors import SchemaInvalid
from protocol.lifecycle import Kind
from protocol.messages import BY_KIND, Incomplete, build, parse
from tests.domain.bodies import TODAY, body, changed, without

K = Kind

# kind, what is taken out of a good body, the member then missing, the source that asks for it
MISSING: list[tuple[Kind, str, str, str]] = [
    (K.PROGRESS, "doing", "doing", "ITI 18"),
    (K.NOT_COMPETENT, "reason", "reason", "MOSAIC 05.31"),
    (K.INFORMATION_REQUEST, "items", "items", "ITI 21"),
    (K.INFORMATION_SUPPLY, "answers", "answers", "ITI 21"),
    (K.AMENDMENT, "reason", "reason", "ITI 17"),
    (K.AMENDMENT, "weapon", "weapon", "ITI 17"),
    (K.PRIORITY_CHANGE, "priority", "priority", "Directive (EU) 2023/977"),
    (K.PRIORITY_CHANGE, "justification", "justification", "Directive (EU) 2023/977"),
    (K.DELAY_NOTICE, "cause", "ground", "ITI 22"),
    (K.INTERIM_RESPONSE, "outcomes", "outcomes", "ITI 20"),
    (K.FINAL_RESPONSE, "outcomes", "outcomes", "ITI 20"),
    (K.FINAL_RESPONSE, "completeness", "completeness", "ITI 20"),
    (K.FINAL_RESPONSE, "basis", "basis", "ITI 18"),
    (K.RESTRICTION_NOTICE, "withheld", "withheld", "ITI 22"),
    (K.RESTRICTION_NOTICE, "ground", "ground", "ITI 22"),
    (K.RESTRICTION_NOTICE, "reason", "reason", "ITI 23"),
    (K.REFUSAL, "ground", "ground", "ITI 22"),
    (K.REFUSAL, "reason", "reason", "ITI 23"),
    (K.CLARIFICATION_REQUEST, "about", "about", "ITI 23"),
    (K.CLARIFICATION_REQUEST, "question", "question", "ITI 23"),
    (K.CLARIFICATION_REPLY, "explanation", "explanation", "ITI 23"),
    (K.WITHDRAWAL, "reason", "reason", "practice of tracing offices"),
    (K.REFERRAL, "state", "state", "MOSAIC 05.31"),
    (K.REFERRAL, "elements.0.mid", "elements.0.mid", "ITI 15"),
    (K.REFERRAL, "elements.0.element", "elements.0.element", "ITI 15"),
    (K.CONSENT_REQUEST, "elements", "elements", "ITI 15(c)"),
    (K.CONSENT_REQUEST, "recipient", "recipient", "ITI 15(c)"),
    (K.CONSENT_REQUEST, "recipient.kind", "recipient.kind", "ITI 15(c)"),
    (K.CONSENT_REQUEST, "recipient.state", "recipient.state", "ITI 15(c)"),
    (K.CONSENT_REQUEST, "purpose", "purpose", "ITI 15(c)"),
    (K.CONSENT_DECISION, "about", "about", "ITI 15(c)"),
    (K.CONSENT_DECISION, "decision", "decision", "ITI 15(c)"),
    (K.CONSENT_DECISION, "conditions", "conditions", "ITI 15(c)"),
    (K.HANDLING_NOTICE, "notice", "notice", "ITI 15"),
    (K.HANDLING_NOTICE, "elements", "elements", "ITI 15"),
    (K.HANDLING_NOTICE, "recipient", "recipient", "ITI 15"),
    (K.HANDLING_NOTICE, "cause", "cause", "ITI 15"),
    (K.HANDLING_NOTICE, "date", "date", "ITI 15"),
    (K.OBJECTION, "about", "about", "Firearms Protocol 12.5"),
    (K.OBJECTION, "reason", "reason", "Firearms Protocol 12.5"),
    (K.REMINDER, "duty", "duty", "ITI 18"),
    (K.CORRECTION, "replaces", "replaces", "ITI 18"),
    (K.CORRECTION, "reason", "reason", "ITI 18"),
    (K.CLOSURE, "code", "code", "MOSAIC 05.31"),
    (K.REOPENING, "fact", "fact", "MOSAIC 05.31"),
    (K.SPONTANEOUS_INFORMATION, "subject", "subject", "Firearms Protocol 12"),
    (K.SPONTANEOUS_INFORMATION, "information", "information", "Firearms Protocol 12"),
    (K.DIRECTORY_UPDATE, "contacts", "contacts", "ITI 31"),
    (K.DIRECTORY_UPDATE, "contacts.0.name", "contacts.0.name", "ITI 25"),
    (K.PROFILE_PROPOSAL, "name", "name", "agreement of the two authorities"),
    (K.PROFILE_PROPOSAL, "limits", "limits", "agreement of the two authorities"),
    (K.PROFILE_PROPOSAL, "limits.0.clock", "limits.0.clock", "agreement of the two authorities"),
    (K.PROFILE_PROPOSAL, "limits.0.priority", "limits.0.priority", "agreement of the two authorities"),
    (K.PROFILE_PROPOSAL, "limits.0.amount", "limits.0.amount", "agreement of the two authorities"),
    (K.PROFILE_PROPOSAL, "limits.0.unit", "limits.0.unit", "agreement of the two authorities"),
    (K.PROFILE_DECISION, "about", "about", "agreement of the two authorities"),
    (K.PROFILE_DECISION, "decision", "decision", "agreement of the two authorities"),
    (K.RECONCILIATION, "month", "month", "agreement of the two authorities"),
    (K.RECONCILIATION, "cases.0.case", "cases.0.case", "agreement of the two authorities"),
    (K.RECONCILIATION, "cases.0.state", "cases.0.state", "agreement of the two authorities"),
]

NO_TIME = {"clock": "ack", "priority": "low", "amount": 0, "unit": "hours"}

# kind, what is changed in a good body, to what, the member then missing
MISSING_THEN: list[tuple[Kind, dict[str, Any], str]] = [
    (K.NOT_COMPETENT, {"reason": "other"}, "explanation"),
    (K.AMENDMENT, {"reason": "other"}, "explanation"),
    (K.RESTRICTION_NOTICE, {"withheld": ["other"]}, "withheld_note"),
    (K.CLARIFICATION_REPLY, {"explanation": None, "no_further_explanation": True}, "reason"),
    (K.CLARIFICATION_REPLY, {"no_further_explanation": True, "reason": "secret"}, "explanation"),
    (K.REFERRAL, {"consent": "granted_with_conditions"}, "conditions"),
    (K.CONSENT_REQUEST, {"purpose": "other"}, "purpose_note"),
    (K.HANDLING_NOTICE, {"notice": "confidentiality"}, "scope"),
    (K.HANDLING_NOTICE, {"notice": "confidentiality", "scope": " "}, "scope"),
    (K.HANDLING_NOTICE, {"notice": "restriction_change"}, "changes"),
    (K.HANDLING_NOTICE, {"notice": "breach", "measures": "recalled"}, "scope"),
    (K.HANDLING_NOTICE, {"notice": "breach", "scope": "sent to a journalist"}, "measures"),
    (K.HANDLING_NOTICE, {"notice": "deletion", "date": None}, "date"),
    (K.PROFILE_PROPOSAL, {"limits": [NO_TIME]}, "limits.0.amount"),
]  # fmt: skip

# kind, member, a value outside its list or form
WRONG: list[tuple[Kind, str, Any]] = [
    (K.PROGRESS, "expected_date", "soon"),
    (K.NOT_COMPETENT, "reason", "no_time"),
    (K.NOT_COMPETENT, "suggested_state", "YUG"),
    (K.AMENDMENT, "reason", "mood"),
    (K.AMENDMENT, "weapon.type", "railgun"),
    (K.PRIORITY_CHANGE, "priority", "immediate"),
    (K.RESTRICTION_NOTICE, "ground", "workload"),
    (K.RESTRICTION_NOTICE, "withheld", ["everything"]),
    (K.REFERRAL, "state", "SUN"),
    (K.REFERRAL, "date", "2027"),
    (K.REFERRAL, "consent", "perhaps"),
    (K.CONSENT_REQUEST, "recipient.kind", "friend"),
    (K.CONSENT_REQUEST, "recipient.state", "RS"),
    (K.CONSENT_REQUEST, "purpose", "curiosity"),
    (K.CONSENT_DECISION, "decision", "silence"),
    (K.CONSENT_DECISION, "until", "for ever"),
    (K.HANDLING_NOTICE, "notice", "rumour"),
    (K.REMINDER, "duty", "courtesy"),
    (K.REMINDER, "due", "tomorrow"),
    (K.CORRECTION, "cause", "bad_luck"),
    (K.CORRECTION, "outcomes.0.code", "found_it"),
    (K.CORRECTION, "next_state", "SUN"),
    (K.SPONTANEOUS_INFORMATION, "subject", "weather"),
    (K.SPONTANEOUS_INFORMATION, "transactions.0.type", "gift"),
    (K.DIRECTORY_UPDATE, "contacts.0.languages", ["Portuguese"]),
    (K.DIRECTORY_UPDATE, "holidays", ["new year"]),
    (K.DIRECTORY_UPDATE, "introduces.0.digest", "3F" * 32),
    (K.DIRECTORY_UPDATE, "introduces.0.authority", "NG"),
    (K.DIRECTORY_UPDATE, "introduces.0.country", "SUN"),
    (K.PROFILE_PROPOSAL, "limits.0.clock", "lunch"),
    (K.PROFILE_PROPOSAL, "limits.0.unit", "moons"),
    (K.PROFILE_DECISION, "decision", "maybe"),
    (K.RECONCILIATION, "month", "2026"),
    (K.RECONCILIATION, "month", "2026-11-01"),
]

# kind, member, a value of another JSON type, or of a size nobody takes
MISSHAPEN: list[tuple[Kind, str, Any]] = [
    (K.PROGRESS, "doing", ["searching"]),
    (K.NOT_COMPETENT, "explanation", 1),
    (K.AMENDMENT, "weapon", "a pistol"),
    (K.PRIORITY_CHANGE, "priority", True),
    (K.RESTRICTION_NOTICE, "withheld", "licence"),
    (K.RESTRICTION_NOTICE, "withheld", ["licence"] * 21),
    (K.CLARIFICATION_REQUEST, "about", {"mid": "x"}),
    (K.CLARIFICATION_REPLY, "no_further_explanation", "yes"),
    (K.REFERRAL, "elements", {"mid": "x"}),
    (K.REFERRAL, "elements.0", "outcomes.0"),
    (K.CONSENT_REQUEST, "recipient", "SRB"),
    (K.CONSENT_REQUEST, "elements", [{}] * 201),
    (K.CONSENT_DECISION, "until", 2027),
    (K.HANDLING_NOTICE, "changes", "all"),
    (K.OBJECTION, "reason", "x" * 20_001),
    (K.REMINDER, "count", -1),
    (K.REMINDER, "count", True),
    (K.CORRECTION, "replaces", "outcomes.0"),
    (K.CORRECTION, "outcomes", {}),
    (K.REOPENING, "fact", 5),
    (K.SPONTANEOUS_INFORMATION, "weapon", []),
    (K.DIRECTORY_UPDATE, "contacts", "the desk"),
    (K.PROFILE_PROPOSAL, "limits.0.amount", "20"),
    (K.PROFILE_PROPOSAL, "limits.0.amount", 20.5),
    (K.PROFILE_DECISION, "about", 1),
    (K.RECONCILIATION, "cases", {}),
    (K.RECONCILIATION, "cases.0.messages", -1),
]


def problems(kind: Kind, whole: dict[str, Any]) -> list[tuple[str, str]]:
    """The members our own message is refused for, and the sources of the rules."""
    with pytest.raises(Incomplete) as caught:
        build(kind, whole, today=TODAY)
    return [(one.member, one.source) for one in caught.value.problems]


def lacks(kind: Kind, whole: dict[str, Any]) -> list[tuple[str, str]]:
    """The members a message that arrived is asked for, each with a question."""
    found = parse(BY_KIND[kind].TYPE, whole).lacks()
    assert all(lack.question.endswith("?") for lack in found)
    return [(lack.member, lack.paragraph) for lack in found]


def test_every_kind_but_the_acknowledgement_must_carry_something() -> None:
    assert {kind for kind, *_ in MISSING} == set(Kind) - {K.TRACE_REQUEST, K.ACKNOWLEDGEMENT}


@pytest.mark.parametrize(("kind", "path", "member", "source"), MISSING, ids=[f"{row[0]}-{row[1]}" for row in MISSING])
def test_what_a_message_lacks_stops_ours_and_is_asked_of_theirs(
    kind: Kind, path: str, member: str, source: str
) -> None:
    whole = without(kind, path)
    assert [found for found, _ in problems(kind, whole)] == [member]
    assert lacks(kind, whole) == [(member, source)]


@pytest.mark.parametrize(("kind", "change", "member"), MISSING_THEN)
def test_what_one_content_makes_another_need(kind: Kind, change: dict[str, Any], member: str) -> None:
    whole = body(kind) | change
    assert [found for found, _ in problems(kind, whole)] == [member]
    assert [found for found, _ in lacks(kind, whole)] == [member]


@pytest.mark.parametrize(("kind", "member", "value"), WRONG)
def test_a_word_outside_its_list_stops_ours_and_is_kept_of_theirs(kind: Kind, member: str, value: Any) -> None:
    whole = changed(kind, member, value)
    assert all(found.startswith(member) for found, _ in problems(kind, whole))
    assert parse(BY_KIND[kind].TYPE, whole).to_body() == whole


@pytest.mark.parametrize(("kind", "member", "value"), MISSHAPEN)
def test_a_misshapen_member_is_refused_on_both_ways(kind: Kind, member: str, value: Any) -> None:
    whole = changed(kind, member, value)
    assert problems(kind, whole)[0][0].startswith(member)
    with pytest.raises(SchemaInvalid, match=f"^{member}.*: expected [^']+, got [^']+$"):
        parse(BY_KIND[kind].TYPE, whole)


# ---------------------------------------------------------------- facts for the lifecycle


@pytest.mark.parametrize(
    "kind", [K.CLARIFICATION_REQUEST, K.CLARIFICATION_REPLY, K.CONSENT_DECISION, K.OBJECTION, K.PROFILE_DECISION]
)
def test_a_reply_names_the_message_it_is_about(kind: Kind) -> None:
    assert build(kind, body(kind)).facts() == {f"about:{body(kind)['about']}"}


@pytest.mark.parametrize("about", [None, "", "the first one", "br:1", 'br:0198c5f0-0000-7000-8000-000000000001 "'])
def test_what_is_no_message_id_names_no_message(about: str | None) -> None:
    assert parse(BY_KIND[K.OBJECTION].TYPE, {"about": about}).facts() == frozenset()


@pytest.mark.parametrize(
    ("kind", "change", "facts"),
    [
        (K.PRIORITY_CHANGE, {}, {"priority:urgent"}),
        (K.HANDLING_NOTICE, {}, {"prior_disclosure"}),
        (K.HANDLING_NOTICE, {"notice": "breach"}, set()),
        (K.CLOSURE, {}, set()),
        (K.CLOSURE, {"code": "no_response_lapsed"}, {"lapsed"}),
        (K.AMENDMENT, {}, {"identification"}),
        (K.AMENDMENT, {"weapon": None, "reply_by": "2027-01-01"}, set()),
        (K.RESTRICTION_NOTICE, {}, set()),
        (K.RESTRICTION_NOTICE, {"reason": " "}, {"no_reason"}),
    ],
)
def test_what_the_lifecycle_hears_of_a_message(kind: Kind, change: dict[str, Any], facts: set[str]) -> None:
    assert parse(BY_KIND[kind].TYPE, body(kind) | change).facts() == facts


def test_an_amendment_changes_what_it_names_and_nothing_of_its_own() -> None:
    amended = build(K.AMENDMENT, body(K.AMENDMENT) | {"explanation": "The third digit is 8.", "reply_by": "2027-01-01"})
    assert set(amended.changes()) == {"weapon", "reply_by"}  # type: ignore[attr-defined]


def test_a_change_that_lifts_every_restriction_says_so() -> None:
    element = {"mid": "at:0198c5f0-0000-7000-8000-000000000002", "element": "outcomes.0", "restrictions": []}
    lifted = build(K.HANDLING_NOTICE, {"notice": "restriction_change", "changes": [element]})
    assert lifted.to_body()["changes"] == [element]


def test_a_month_without_open_cases_is_reconciled_too() -> None:
    assert build(K.RECONCILIATION, {"month": "2026-11", "cases": []}).lacks() == ()
