"""What pages say of dates, deadlines, messages and cases, in words fit for their basis."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from protocol.lifecycle import VERBS, Kind, Overlay, State
from protocol.messages import BY_KIND
from protocol.messages.part import Part
from protocol.vocabulary import LISTS
from tracing.desk.pages import tongue
from tracing.desk.pages.content import describe
from tracing.desk.pages.counterparts import ledger_rows
from tracing.desk.pages.countries import country_name
from tracing.desk.pages.members import ELSEWHERE, MEMBERS
from tracing.desk.pages.moments import Here, standing_badge
from tracing.desk.pages.steps import step_of
from tracing.desk.pages.words import WORDS, words


def every_part(part: type[Part]) -> Iterator[type[Part]]:
    for each in part.__subclasses__():
        yield each
        yield from every_part(each)


NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
RIO = Here(NOW, ZoneInfo("America/Sao_Paulo"))


@pytest.mark.parametrize(
    ("after", "standing", "basis", "said"),
    [
        (timedelta(days=9), "on_time", "internal", "9 days left"),
        (timedelta(days=1), "due_soon", "agreed", "1 day left"),
        (timedelta(hours=3), "due_soon", "treaty", "Due today"),
        (timedelta(days=-3), "overdue", "treaty", "3 days late"),
        (timedelta(days=-1), "overdue", "agreed", "1 day late"),
        (timedelta(minutes=-5), "overdue", "agreed", "Late"),
        (timedelta(days=-3), "overdue", "internal", "3 days beyond our own target"),
        (timedelta(minutes=-5), "overdue", "internal", "Beyond our own target"),
        (timedelta(days=-3), "overdue", None, "3 days beyond our own target"),
    ],
)
def test_late_is_said_only_against_what_binds_both_sides(
    after: timedelta, standing: str, basis: str | None, said: str
) -> None:
    assert standing_badge(RIO, NOW + after, standing, basis).words == said


def test_a_case_without_a_date_says_so() -> None:
    assert standing_badge(RIO, None, None, None).words == "No date"


def test_a_limit_that_ends_at_midnight_belongs_to_the_day_it_closes() -> None:
    assert "26 Nov 2026" in RIO.due(datetime(2026, 11, 27, 3, 0, tzinfo=UTC))


def test_a_time_is_shown_in_the_zone_of_the_node_and_kept_exact() -> None:
    assert (
        RIO.moment("2026-11-23T15:04:05.123Z")
        == '<time datetime="2026-11-23T15:04:05.123000+00:00" class="nowrap">23 Nov 2026, 12:04</time>'
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("2021-06-11", "11 Jun 2021"),
        (date(2021, 6, 11), "11 Jun 2021"),
        (1_790_000_000_000, "21 Sep 2026"),
        ("2016", "2016"),
        (None, ""),
    ],
)
def test_a_day_is_written_as_no_two_countries_read_differently(value: Any, said: str) -> None:
    assert RIO.day(value).striptags() == said


@pytest.mark.parametrize(("value", "said"), [("no time", "no time"), ("2026-99-99T00", "2026-99-99T00"), (None, "")])
def test_what_is_no_instant_is_shown_as_it_is(value: Any, said: str) -> None:
    assert RIO.moment(value) == said


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=5), "5 days ago"),
    ],
)
def test_how_long_ago_is_said_in_the_largest_unit_that_says_enough(before: timedelta, said: str) -> None:
    assert RIO.ago(NOW - before) == said


def test_never_is_said_of_what_did_not_happen() -> None:
    assert RIO.ago(None) == "never"


def test_an_instant_without_a_zone_is_taken_as_utc() -> None:
    assert "12:00" in RIO.moment(datetime(2026, 11, 23, 15, 0)) and "12:00" in RIO.moment("2026-11-23T15:00:00")  # noqa: DTZ001, PT018 - what is tested


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(("of", "wires"), [("state", State), ("kind", Kind)])
def test_every_state_and_kind_has_words_of_its_own(of: str, wires: type[State] | type[Kind]) -> None:
    assert {one.value for one in wires} - WORDS[of].keys() == set()


@pytest.mark.parametrize("name", sorted(LISTS))
def test_every_word_of_every_list_is_worded_under_its_list(name: str) -> None:
    assert {word.value for word in LISTS[name]} == WORDS[name].keys()


def test_every_overlay_and_verb_has_words_of_its_own() -> None:
    assert ({one.value for one in Overlay} - WORDS["overlay"].keys(), VERBS.keys() - WORDS["verb"].keys()) == (
        set(),
        set(),
    )


def test_a_word_of_two_lists_is_said_as_its_list_says_it() -> None:
    assert (words("lost", "outcomes.stock"), words("personal_data", "withheld"), words("personal_data")) == (
        "Lost from State stock",
        "Personal data",
        "Holds personal data",
    )


def test_a_word_nobody_knows_yet_is_shown_with_its_blanks() -> None:
    assert words("some_newer_word") == "Some newer word"


@pytest.mark.parametrize("direction", ["sent", "received"])
@pytest.mark.parametrize("state", [state.value for state in State if state is not State.DRAFT])
def test_every_state_has_a_reason_and_a_next_step(direction: str, state: str) -> None:
    step = step_of(direction, state, (), "us")
    assert step.why and step.next  # noqa: PT018 - both or nothing


def test_a_question_that_waits_comes_before_everything_else() -> None:
    assert step_of("sent", "acknowledged", ("information_pending",), "us").verb == "supply"


def test_a_question_of_ours_is_awaited() -> None:
    assert (
        step_of("received", "acknowledged", ("information_pending",), "them").why
        == "We asked for information; it is awaited"
    )


def test_an_announced_delay_is_the_reason() -> None:
    assert step_of("sent", "acknowledged", ("delayed",), "them").why == "They announced a delay"


# ---------------------------------------------------------------- content


def labels(body: dict[str, Any]) -> list[str]:
    return [piece.label for piece in describe(body)]


def test_a_member_of_a_newer_version_is_shown_and_marked() -> None:
    assert [(one.label, one.value, one.known) for one in describe({"telepathy": {"strength": 3}})] == [
        ("telepathy", '{"strength": 3}', False)
    ]


def test_null_is_said_to_be_not_known() -> None:
    assert describe({"model": None})[0].value == "not known"


def test_an_empty_list_is_said_to_be_none() -> None:
    assert describe({"markings": []})[0].value == "none"


def test_what_a_group_is_about_comes_first() -> None:
    outcome = describe({"outcomes": [{"date": "2012", "code": "traced_exported"}]})[0].value[0].value
    assert [piece.label for piece in outcome] == ["Finding", "Date"]


def test_a_country_is_named() -> None:
    assert country_name("AUT") == "Austria"


def test_a_code_of_no_country_is_shown_as_it_is() -> None:
    assert country_name("QQQ") == "QQQ"


def test_the_reason_inside_an_outcome_is_a_word_and_that_of_a_refusal_a_text() -> None:
    inside = describe({"outcomes": [{"reason": "never_recorded"}]})[0].value[0].value[0]
    assert (inside.value, describe({"reason": "never_recorded"})[0].value) == ("Never recorded", "never_recorded")


@pytest.mark.parametrize(("inside", "label"), [("closure", "Result"), ("items", "Item"), ("outcomes", "Finding")])
def test_a_code_is_called_by_what_it_stands_in(inside: str, label: str) -> None:
    assert describe({"code": "other"}, inside)[0].label == label


def test_a_list_where_one_value_was_expected_is_still_shown() -> None:
    assert describe({"intended_use": [["a", "b"]]})[0].value[0].value == '["a", "b"]'


def test_what_lies_deeper_than_any_message_is_shown_as_json() -> None:
    deep: Any = "end"
    for _ in range(9):
        deep = {"weapon": deep}
    assert '{"weapon": "end"}' in str(describe(deep))


def members_of(part: Any) -> set[str]:
    """Every member a message of this class may have, those of its parts included."""
    found: set[str] = set()
    for name, member in part.model_fields.items():
        found.add(member.alias or name)
        for inner in re.findall(r"protocol\.messages\.\w+\.(\w+)", str(member.annotation)):
            found |= members_of(PARTS_BY_NAME[inner])
    return found


PARTS_BY_NAME = {each.__name__: each for each in every_part(Part)}


@pytest.mark.parametrize("of", sorted({of for *_, of in (*MEMBERS.values(), *ELSEWHERE.values()) if of}))
def test_every_list_a_member_names_is_one(of: str) -> None:
    assert of in WORDS


@pytest.mark.parametrize("kind", list(BY_KIND), ids=str)
def test_every_member_a_message_may_have_is_worded(kind: Kind) -> None:
    assert members_of(BY_KIND[kind]) - MEMBERS.keys() - {"photos", "photo", "mid", "element"} == set()


def test_every_member_of_the_table_is_shown_as_a_kind_the_template_knows() -> None:
    assert {kind for _label, kind, _of in (*MEMBERS.values(), *ELSEWHERE.values())} <= {
        "message",
        "text",
        "code",
        "day",
        "words",
        "country",
        "group",
        "groups",
        "line",
        "lines",
        "truth",
    }


# ---------------------------------------------------------------- languages, ledger


def test_languages_written_from_right_to_left_say_so() -> None:
    assert (tongue.direction("ar"), tongue.direction("ru")) == ("rtl", "ltr")


def side(**more: Any) -> dict[str, Any]:
    none = {"median": None, "p90": None, "longest": None}
    counts = dict.fromkeys(
        ("requests", "acknowledged", "answered", "refused", "delayed", "no_reason_given", "withdrawn", "open"), 0
    )
    return counts | {"by_channel": {}, "days": none, "open_days": none, "late": None} | more


def test_the_ledger_says_nothing_of_lateness_where_no_limit_binds() -> None:
    rows = ledger_rows({"sent": side(), "received": side(beyond_own_target=2), "as_of": "2026-11-23T15:00:00Z"})["rows"]
    assert [what for what, _ours, _theirs in rows if "Late" in what] == []


def test_the_ledger_counts_lateness_where_a_limit_binds() -> None:
    rows = ledger_rows({"sent": side(late=3), "received": side(), "as_of": "2026-11-23T15:00:00Z"})["rows"]
    assert ("Late against a treaty or an agreement", "3", "—") in rows


def test_the_bar_of_the_ledger_is_never_longer_than_its_frame() -> None:
    bars = ledger_rows({"sent": side(requests=1, answered=1, refused=1, open=1), "received": side(), "as_of": ""})[
        "bars"
    ]
    assert sum(float(part["width"]) for part in bars[0]) <= 100
