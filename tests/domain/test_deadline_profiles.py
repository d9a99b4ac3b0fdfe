"""Whose number a limit is, and what it is."""

import pytest

from protocol.deadlines import ECOWAS_19, EU_2023_977, POLICY, PROFILES, TREATIES, Basis, Clock_, ClockName, Profile


@pytest.mark.parametrize(
    ("clock", "priority", "expected"),
    [
        (ClockName.ACK, "routine", "3 working days"),
        (ClockName.ACK, "urgent", "1 working day"),
        (ClockName.ANSWER, "routine", "30 calendar days"),
        (ClockName.ANSWER, "low", "30 calendar days"),
        (ClockName.ANSWER, "urgent", "2 calendar days"),
        (ClockName.INFO, "routine", "14 calendar days"),
        (ClockName.ANSWER, "a newer word", "30 calendar days"),
    ],
)
def test_the_policy_of_the_node_gives_its_number(clock: ClockName, priority: str, expected: str) -> None:
    assert str(POLICY.limit(clock, priority)) == expected


def test_a_lapse_and_the_end_of_keeping_are_dates_to_act_and_nobodys_duty() -> None:
    assert [one for one in ClockName if not one.is_duty] == [ClockName.LAPSE, ClockName.RETENTION]


def test_a_named_date_has_no_number_in_any_profile() -> None:
    assert {profile.limit(ClockName.REVISED, "routine") for profile in PROFILES.values()} == {None}


def test_the_policy_says_that_the_instrument_sets_no_number() -> None:
    assert (POLICY.basis, POLICY.source) == (Basis.INTERNAL, "policy of this node; ITI 18-19 set no number")


def test_the_directive_gives_eight_hours_or_seven_days() -> None:
    limits = [str(EU_2023_977.limit(ClockName.ANSWER, priority)) for priority in ("urgent", "routine")]
    assert limits == ["8 hours", "7 calendar days"]


@pytest.mark.parametrize(("access", "expected"), [("directly", "8 hours"), ("indirectly", "3 calendar days")])
def test_the_directive_gives_urgent_requests_longer_where_others_must_be_asked(access: str, expected: str) -> None:
    assert str(EU_2023_977.limit(ClockName.ANSWER, "urgent", access)) == expected


def test_how_the_answer_is_reached_does_not_matter_to_other_requests() -> None:
    assert str(EU_2023_977.limit(ClockName.ANSWER, "routine", "indirectly")) == "7 calendar days"


def test_what_was_not_verified_is_marked_so_and_makes_nobody_late() -> None:
    assert "not verified" in ECOWAS_19.source
    assert (ECOWAS_19.basis, ECOWAS_19.basis.makes_late) == (Basis.UNVERIFIED, False)


@pytest.mark.parametrize(
    ("carried", "countries", "binds"),
    [
        ({"eu_2023_977"}, {"AUT", "DEU"}, True),
        ({"iti", "eu_2023_977"}, {"AUT"}, True),
        ({"iti"}, {"AUT", "DEU"}, False),
        ({"eu_2023_977"}, {"AUT", "BRA"}, False),
        ({"eu_2023_977"}, {"AUT", "DNK"}, False),
        ({"ecowas_convention"}, {"AUT", "DEU"}, False),
    ],
)
def test_a_treaty_binds_in_cases_carried_under_it_between_parties(
    carried: set[str], countries: set[str], *, binds: bool
) -> None:
    directive = next(one for one in TREATIES if one.profile is EU_2023_977)
    assert directive.binds(frozenset(carried), frozenset(countries)) is binds


@pytest.mark.parametrize(
    ("after", "circle"),
    [
        ({ClockName.ANSWER: ClockName.ACK, ClockName.ACK: ClockName.ANSWER}, "answer after ack after answer"),
        ({ClockName.INFO: ClockName.INFO}, "info after info"),
    ],
)
def test_clocks_that_wait_for_each_other_are_refused(after: dict[ClockName, ClockName], circle: str) -> None:
    with pytest.raises(ValueError, match=f"got a circle: {circle}"):
        Profile("circle", Basis.INTERNAL, "nobody", {}, after)


@pytest.mark.parametrize(("basis", "late"), [(Basis.TREATY, True), (Basis.AGREED, True), (Basis.INTERNAL, False)])
def test_only_a_treaty_or_an_agreement_makes_a_counterpart_late(basis: Basis, *, late: bool) -> None:
    assert basis.makes_late is late


def test_the_clocks_have_one_table_under_both_names() -> None:
    assert Clock_ is ClockName
