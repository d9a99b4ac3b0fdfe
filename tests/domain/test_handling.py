"""What may be done with an element that was given under restrictions."""

from datetime import date
from typing import Any

import pytest

from protocol import elements
from protocol.handling import Given, Handling, Passing, Ref
from protocol.lifecycle import Kind
from protocol.messages import BY_KIND
from protocol.vocabulary.handling import RecipientKind

TODAY = date(2026, 11, 26)
PROVIDER, HOLDER = "at", "br"
ANSWER, WISH, DECISION, NOTICE = (f"{who}:0198c5f0-0000-7000-8000-00000000000{n}" for n, who in enumerate("abab"))
FIRST = Ref(ANSWER, "outcomes.0")
TO_SERBIA = Passing("third_state", "SRB", None, "criminal_investigation")


def given(mid: str, sender: str, kind: Kind, body: dict[str, Any]) -> Given:
    """A message as a holder keeps it."""
    message = BY_KIND[kind].model_validate(body)
    return Given(mid, sender, message, elements.split(message.to_elements(), message.SINGLES, message.LISTS, bytes))


def answer(*words: str, **more: Any) -> Given:
    """An answer of one finding under these restrictions."""
    outcome = {"code": "traced_exported", "state": "SRB", "restrictions": list(words)}
    return given(ANSWER, PROVIDER, Kind.FINAL_RESPONSE, {"outcomes": [outcome, {"code": "recorded_lost"}], **more})


def wish(**more: Any) -> Given:
    body = {
        "elements": [{"mid": ANSWER, "element": "outcomes.0"}],
        "recipient": {"kind": "third_state", "state": "SRB"},
        "purpose": "criminal_investigation",
    }
    return given(WISH, HOLDER, Kind.CONSENT_REQUEST, body | more)


def decision(word: str, *, mid: str = DECISION, sender: str = PROVIDER, **more: Any) -> Given:
    return given(mid, sender, Kind.CONSENT_DECISION, {"about": WISH, "decision": word} | more)


def standing(
    *talk: Given, to: Passing = TO_SERBIA, ref: Ref = FIRST, me: str = HOLDER, today: date = TODAY
) -> set[str]:
    """The restrictions in the way."""
    return {one.restriction for one in Handling.of(talk).obstacles(ref, to, me=me, today=today)}


ALL = {str(kind) for kind in RecipientKind}
OUTSIDE = ALL - {"own_authority", "court"}


@pytest.mark.parametrize(
    ("word", "forbidden"),
    [
        ("designated_authorities", ALL),
        ("iti_purposes", {"public"}),
        ("no_onward_without_consent", OUTSIDE),
        ("no_court_use", {"court"}),
        ("no_dissemination", ALL),
        ("text", OUTSIDE),
        ("personal_data", {"public"}),
        ("commercial", {"public", "other"}),
        ("not_to_interpol", {"interpol"}),
        ("not_to_europol", {"europol"}),
        ("no_statistics", set()),
        ("a_newer_word", ALL),
    ],
)
def test_a_restriction_forbids_these_recipients_and_no_other(word: str, forbidden: set[str]) -> None:
    found = {kind for kind in ALL if standing(answer(word), to=Passing(kind, purpose="criminal_investigation"))}
    assert found == forbidden


def test_an_element_without_restrictions_is_free() -> None:
    assert standing(answer(), to=Passing("public")) == set()


def test_what_we_said_ourselves_is_ours() -> None:
    assert standing(answer("no_dissemination"), me=PROVIDER) == set()


def test_a_recipient_this_version_does_not_know_counts_as_any_other() -> None:
    assert standing(answer("commercial"), to=Passing("a_newer_kind")) == {"commercial"}


def test_an_element_nobody_gave_is_none() -> None:
    with pytest.raises(KeyError):
        standing(answer(), ref=Ref(ANSWER, "outcomes.7"))


def test_a_designated_authority_may_have_it() -> None:
    named = answer("designated_authorities", restriction_details={"authorities": ["Customs"]})
    customs, army = Passing("own_authority", name="Customs"), Passing("own_authority", name="Army")
    assert (standing(named, to=customs), standing(named, to=army)) == (set(), {"designated_authorities"})


def test_purposes_outside_the_instrument_are_forbidden_where_only_its_own_are_allowed() -> None:
    assert standing(answer("iti_purposes"), to=Passing("court", purpose="other")) == {"iti_purposes"}


@pytest.mark.parametrize(
    ("last", "found"), [("2026-11-26", set()), ("2026-11-25", {"delete_by"}), ("some day", {"delete_by"})]
)
def test_after_its_last_day_an_element_goes_nowhere(last: str, found: set[str]) -> None:
    kept = answer("delete_by", restriction_details={"delete_by": last})
    assert standing(kept, to=Passing("own_authority")) == found


def test_a_delete_by_without_a_day_forbids_everything() -> None:
    assert standing(answer("delete_by"), to=Passing("own_authority")) == {"delete_by"}


# ---------------------------------------------------------------- counting

COUNTING = Passing("own_authority", is_counting=True)


def test_what_may_not_be_counted_is_not_counted() -> None:
    found = standing(answer("no_statistics", "no_dissemination"), to=COUNTING)
    assert found == {"no_statistics"}


def test_what_may_not_be_passed_on_may_be_counted() -> None:
    assert standing(answer("no_onward_without_consent"), to=COUNTING) == set()


def test_passing_on_for_statistics_is_counting_too() -> None:
    to = Passing("third_state", "SRB", purpose="statistics")
    assert standing(answer("no_statistics"), to=to) == {"no_statistics"}


# ---------------------------------------------------------------- restrictions that change


def change(words: list[str], sender: str = PROVIDER, **details: Any) -> Given:
    one = {"mid": ANSWER, "element": "outcomes.0", "restrictions": words} | details
    return given(NOTICE, sender, Kind.HANDLING_NOTICE, {"notice": "restriction_change", "changes": [one]})


def test_its_provider_may_tighten_what_lies_on_an_element() -> None:
    assert standing(answer(), change(["no_dissemination"])) == {"no_dissemination"}


def test_its_provider_may_lift_everything() -> None:
    assert standing(answer("no_dissemination"), change([])) == set()


def test_nobody_else_changes_what_lies_on_an_element() -> None:
    assert standing(answer("no_dissemination"), change([], sender=HOLDER)) == {"no_dissemination"}


def test_a_change_brings_the_day_it_needs() -> None:
    dated = change(["delete_by"], details={"delete_by": "2026-11-20"})
    assert standing(answer(), dated, to=Passing("own_authority")) == {"delete_by"}


def test_a_change_of_an_element_nobody_gave_changes_nothing() -> None:
    stray = given(
        NOTICE,
        PROVIDER,
        Kind.HANDLING_NOTICE,
        {"notice": "restriction_change", "changes": [{"mid": "at:nothing", "element": "outcomes.0"}]},
    )
    assert standing(answer("no_dissemination"), stray) == {"no_dissemination"}


def test_another_notice_changes_no_restriction() -> None:
    breach = given(NOTICE, PROVIDER, Kind.HANDLING_NOTICE, {"notice": "breach", "scope": "x", "measures": "y"})
    assert standing(answer("no_dissemination"), breach) == {"no_dissemination"}


# ---------------------------------------------------------------- consent

BOUND = "no_onward_without_consent"


def test_silence_is_no_consent() -> None:
    assert standing(answer(BOUND), wish()) == {BOUND}


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("granted", set()),
        ("granted_with_conditions", set()),
        ("denied", {BOUND}),
        ("revoked", {BOUND}),
        ("a_newer_word", {BOUND}),
    ],
)
def test_only_a_grant_opens_the_gate(word: str, found: set[str]) -> None:
    assert standing(answer(BOUND), wish(), decision(word)) == found


def test_of_several_decisions_the_last_stands() -> None:
    talk = [answer(BOUND), wish(), decision("granted"), decision("revoked", mid=NOTICE)]
    assert (standing(*talk), standing(*talk, decision("granted", mid="at:last"))) == ({BOUND}, set())


def test_a_grant_brings_its_conditions_and_restrictions() -> None:
    talk = [answer(BOUND), wish(), decision("granted", conditions="Orally only.", restrictions=["no_court_use"])]
    grant = Handling.of(talk).grant(FIRST, TO_SERBIA, TODAY)
    assert grant is not None
    assert (grant.by, grant.conditions, grant.restrictions) == (PROVIDER, "Orally only.", ("no_court_use",))


@pytest.mark.parametrize(
    "to",
    [
        Passing("third_state", "HRV", None, "criminal_investigation"),
        Passing("interpol", "SRB", None, "criminal_investigation"),
        Passing("third_state", "SRB", None, "trafficking_analysis"),
    ],
    ids=["another State", "another recipient", "another purpose"],
)
def test_a_grant_is_for_what_was_asked_only(to: Passing) -> None:
    assert standing(answer(BOUND), wish(), decision("granted"), to=to) == {BOUND}


def test_a_grant_to_somebody_by_name_is_for_nobody_else() -> None:
    named = wish(recipient={"kind": "third_state", "state": "SRB", "name": "Directorate"})
    talk = [answer(BOUND), named, decision("granted")]
    to = Passing("third_state", "SRB", "Army", "criminal_investigation")
    assert (standing(*talk, to=to), standing(*talk)) == ({BOUND}, {BOUND})


def test_a_grant_ends_on_its_day() -> None:
    talk = [answer(BOUND), wish(), decision("granted", until="2026-12-01")]
    assert (standing(*talk), standing(*talk, today=date(2026, 12, 2))) == (set(), {BOUND})


def test_a_grant_until_a_day_that_is_none_is_no_grant() -> None:
    assert standing(answer(BOUND), wish(), decision("granted", until="for ever")) == {BOUND}


def test_a_grant_of_fewer_elements_opens_these_only() -> None:
    both = wish(elements=[{"mid": ANSWER, "element": f"outcomes.{n}"} for n in (0, 1)])
    fewer = decision("granted", elements=[{"mid": ANSWER, "element": "outcomes.1"}])
    assert standing(answer(BOUND), both, fewer) == {BOUND}


def test_a_grant_never_opens_more_than_was_asked() -> None:
    more = decision("granted", elements=[{"mid": ANSWER, "element": f"outcomes.{n}"} for n in (0, 1)])
    talk = [answer(BOUND, restrictions=[BOUND]), wish(), more]
    assert standing(*talk, ref=Ref(ANSWER, "outcomes.1")) == {BOUND}


def test_who_gave_nothing_grants_nothing() -> None:
    assert standing(answer(BOUND), wish(), decision("granted", sender=HOLDER)) == {BOUND}


def test_a_decision_about_nothing_that_was_asked_grants_nothing() -> None:
    assert standing(answer(BOUND), decision("granted")) == {BOUND}


def test_a_wish_that_names_no_recipient_is_granted_to_nobody() -> None:
    bare = given(WISH, HOLDER, Kind.CONSENT_REQUEST, {"elements": [{"mid": ANSWER, "element": "outcomes.0"}]})
    assert standing(answer(BOUND), bare, decision("granted")) == {BOUND}


@pytest.mark.parametrize("word", ["delete_by", "no_statistics"])
def test_no_consent_lifts_what_ends_or_counts(word: str) -> None:
    kept = answer(word, restriction_details={"delete_by": "2026-11-01"})
    to = Passing("third_state", "SRB", None, "statistics")
    found = Handling.of([kept, wish(purpose="statistics"), decision("granted")])
    assert [one.can_ask for one in found.obstacles(FIRST, to, me=HOLDER, today=TODAY)] == [False]


# ---------------------------------------------------------------- referrals and corrections


def referral(**more: Any) -> Given:
    body = {"state": "SRB", "consent": "granted", "elements": [{"mid": ANSWER, "element": "outcomes.0"}]}
    return given(NOTICE, PROVIDER, Kind.REFERRAL, body | more)


def test_a_referral_may_consent_in_advance() -> None:
    assert standing(answer(BOUND), referral()) == set()


@pytest.mark.parametrize("more", [{"consent": "denied"}, {"consent": None}, {"state": None}, {"state": "HRV"}])
def test_a_referral_that_does_not_say_so_consents_to_nothing(more: dict[str, Any]) -> None:
    assert standing(answer(BOUND), referral(**more)) == {BOUND}


def correction(sender: str = PROVIDER) -> Given:
    body = {"replaces": [{"mid": ANSWER, "element": "outcomes.0"}], "reason": "Wrong weapon."}
    return given(NOTICE, sender, Kind.CORRECTION, body)


def test_a_corrected_element_goes_no_further() -> None:
    found = Handling.of([answer(), correction()]).obstacles(FIRST, TO_SERBIA, me=HOLDER, today=TODAY)
    assert [(one.restriction, one.can_ask) for one in found] == [("superseded", False)]


def test_nobody_corrects_what_another_said() -> None:
    assert standing(answer(), correction(sender=HOLDER)) == set()


def test_a_correction_of_nothing_corrects_nothing() -> None:
    assert Handling.of([correction()]).superseded == {}


def test_a_corrected_element_may_still_be_counted_out() -> None:
    assert standing(answer(), correction(), to=COUNTING) == set()


def test_a_later_refusal_ends_the_consent_of_a_referral() -> None:
    denied = given("at:later", PROVIDER, Kind.REFERRAL, {"state": "SRB", "consent": "denied"})
    assert standing(answer(BOUND), referral(), denied) == {BOUND}


def test_what_is_tightened_after_a_consent_is_not_covered_by_it() -> None:
    tightened = change(["no_dissemination"])
    assert standing(answer(BOUND), wish(), decision("granted"), tightened) == {"no_dissemination"}


# ---------------------------------------------------------------- what was carried here

CARRIED = Ref(ANSWER, "passed_on.0")


def carried(*words: str, **details: Any) -> Given:
    """A request that carries an element of a third authority."""
    part = {"provider": "xb", "mid": "xb:1", "element": "outcomes.0", "restrictions": list(words)} | details
    return given(ANSWER, PROVIDER, Kind.TRACE_REQUEST, {"passed_on": [part]})


def test_a_carrier_lifts_nothing_of_what_he_carried() -> None:
    lifted = given(
        NOTICE,
        PROVIDER,
        Kind.HANDLING_NOTICE,
        {"notice": "restriction_change", "changes": [{"mid": ANSWER, "element": "passed_on.0", "restrictions": []}]},
    )
    assert standing(carried(BOUND), lifted, ref=CARRIED) == {BOUND}


def test_a_carrier_consents_to_nothing_about_what_he_carried() -> None:
    asked = wish(elements=[{"mid": ANSWER, "element": "passed_on.0"}])
    assert standing(carried(BOUND), asked, decision("granted"), ref=CARRIED) == {BOUND}


def test_a_carried_element_brings_its_own_day() -> None:
    dated = carried("delete_by", restriction_details={"delete_by": "2026-11-01"})
    assert standing(dated, ref=CARRIED, to=Passing("own_authority")) == {"delete_by"}
