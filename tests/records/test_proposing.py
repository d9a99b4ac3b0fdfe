"""A proposal answers only what the records show, says why, and leaves the rest to the officer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from protocol.lifecycle import Kind
from protocol.messages import build
from protocol.vocabulary.calibres import alike
from tests.given import new_store
from tests.records.register import filled_store
from tracing.records.national import Register
from tracing.records.proposing import Proposed, propose
from tracing.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with filled_store(tmp_path_factory.mktemp("register")) as filled:
        yield filled


def asked(store: Store, text: str | None, make: str | None = "Glock", **more: Any) -> Proposed:
    weapon = {"serial": {"text": text, "status": "original" if text else "obliterated"}, "make": make} | more
    return store.read_now(lambda view: propose(view, weapon))


def outcomes(proposed: Proposed) -> list[str]:
    return [each["code"] for each in (proposed.body or {}).get("outcomes", ())]


def test_an_exported_weapon_is_traced_to_the_state_it_went_to(store: Store) -> None:
    body = asked(store, "KXH411").body or {}
    assert (body["outcomes"], body["completeness"], body["next_state"]) == (
        [
            {
                "code": "traced_exported",
                "state": "BRA",
                "consignee": "Ministry of Interior",
                "date": "2016-04-02",
                "licence": "EX-1",
                "restrictions": ["personal_data", "no_onward_without_consent"],
            }
        ],
        "full",
        "BRA",
    )


def test_every_event_is_told_as_a_transaction(store: Store) -> None:
    assert (asked(store, "KXH411").body or {})["transactions"] == [
        {"type": "manufacture", "date": "2015-11-30", "precision": "day"},
        {"type": "export", "date": "2016-04-02", "precision": "day", "licence": "EX-1", "to_state": "BRA"},
    ]


def test_the_reasons_name_the_record_they_rest_on(store: Store) -> None:
    reasons = asked(store, "KXH411").reasons
    assert "Exported on 2016-04-02 to BRA under licence EX-1 (exports; register.csv, row 2)." in reasons


@pytest.mark.parametrize(
    ("serial", "make", "codes"),
    [
        ("TDX9021", "Taurus", ["recorded_stolen"]),
        ("TDX9022", "Taurus", ["traced_last_legal_holder"]),
        ("ARM1009", "FN Herstal", ["traced_state_stock"]),
        ("MAN3131", "Glock", ["manufacture_confirmed_no_further_record"]),
        ("NONE123", "Glock", ["no_record"]),
        (None, "Glock", ["insufficient_identification"]),
    ],
)
def test_what_the_records_show_decides_the_outcome(
    store: Store, serial: str | None, make: str, codes: list[str]
) -> None:
    assert outcomes(asked(store, serial, make)) == codes


@pytest.mark.parametrize("serial", ["KXH411", "TDX9021", "NONE123", None, "SAME99", "E12963", "SD55000", "OLD4455"])
def test_every_proposal_is_an_answer_our_node_may_give(store: Store, serial: str | None) -> None:
    body = asked(store, serial, None).body or {}
    assert build(Kind.FINAL_RESPONSE, body).KIND is Kind.FINAL_RESPONSE


@pytest.mark.parametrize("serial", ["KXH411", "NONE123", None, "SAME99", "IMP777"])
def test_no_proposal_is_without_reasons(store: Store, serial: str | None) -> None:
    assert asked(store, serial, None).reasons


def test_no_record_is_said_with_every_register_and_its_years(store: Store) -> None:
    searched = (asked(store, "NONE123").body or {})["searched"]
    assert {"register": "exports", "from": "1988", "to": "2016", "complete": False} in searched


def test_coverage_that_people_declared_stands_before_what_was_counted(store: Store) -> None:
    weapon = {"serial": {"text": "NONE123"}}
    known = (Register("exports", "1970", "2026", 10, complete=True),)
    body = store.read_now(lambda view: propose(view, weapon, known)).body or {}
    assert body["searched"] == [{"register": "exports", "from": "1970", "to": "2026", "complete": True}]


def test_a_register_without_dates_is_told_but_never_given_as_searched(store: Store) -> None:
    known = (Register("old cards", "", "", 10),)
    proposed = store.read_now(lambda view: propose(view, {"serial": {"text": "NONE123"}}, known))
    assert (proposed.body, "no dates" in proposed.reasons[-1]) == (None, True)


def test_where_no_records_are_held_nothing_is_proposed(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    proposed = asked(store, "KXH411")
    assert (proposed.body, proposed.reasons) == (
        None,
        ("No national records are held at this node; nothing could be searched.",),
    )
    store.close()


def test_several_weapons_are_all_listed_and_none_is_chosen(store: Store) -> None:
    proposed = asked(store, "TDX902?", "Taurus")
    listed = ["TDX9021 (Taurus PT 92 9x19 mm)", "TDX9022 (Taurus PT 92 9x19 mm)", "TDX9023 (Taurus PT 92 9x19 mm)"]
    assert (proposed.body or {})["outcomes"] == [{"code": "multiple_candidates", "candidates": listed}]


def test_two_makers_of_one_serial_are_two_candidates_where_the_make_is_unknown(store: Store) -> None:
    assert [each.make for each in asked(store, "SAME99", None).candidates] == ["Glock", "Steyr"]


def test_the_make_that_was_asked_about_decides_between_them(store: Store) -> None:
    proposed = asked(store, "SAME99", "Steyr")
    assert (
        [each.make for each in proposed.candidates],
        any("the make does not" in each for each in proposed.reasons),
    ) == (["Steyr"], True)


def test_another_make_with_the_same_serial_is_no_record_and_is_told(store: Store) -> None:
    proposed = asked(store, "KXH411", "Colt")
    assert (outcomes(proposed), "Left out KXH411" in proposed.reasons[1]) == (["no_record"], True)


def test_a_folded_match_is_only_a_partial_answer(store: Store) -> None:
    proposed = asked(store, "SD55000", "Steyr")
    assert ((proposed.body or {})["completeness"], any("compare the marks" in each for each in proposed.reasons)) == (
        "partial",
        True,
    )


def test_an_exact_match_stands_before_a_partial_one(tmp_path: Path) -> None:
    with filled_store(
        tmp_path, ("m,AB1234,Glock,17,,manufactured,2010,,,", "m,AB123?,Glock,17,,manufactured,2011,,,")
    ) as store:
        proposed = asked(store, "AB1234")
    assert (
        [each.serial for each in proposed.candidates],
        any("agrees less well" in each for each in proposed.reasons),
    ) == (["AB1234"], True)


@pytest.mark.parametrize(("member", "value"), [("model", "Model 500"), ("calibre", ".45 ACP")])
def test_what_differs_from_the_record_is_told_and_makes_the_answer_partial(
    store: Store, member: str, value: str
) -> None:
    proposed = asked(store, "KXH411", **{member: value})
    assert (
        (proposed.body or {})["completeness"],
        any(f"The {member} differs" in each for each in proposed.reasons),
    ) == ("partial", True)


def test_two_names_of_one_cartridge_are_told_as_a_hint(store: Store) -> None:
    recorded = asked(store, "KXH411").candidates[0].calibre
    name = next(name for one in alike(recorded) for name in one.aliases)
    told = [each for each in asked(store, "KXH411", calibre=name).reasons if "calibre differs" in each]
    assert [each.endswith("Both are names of 9x19.") for each in told] == [True]


def test_a_serial_on_another_part_is_sought_too(store: Store) -> None:
    weapon = {
        "serial": {"text": None, "status": "obliterated"},
        "make": "Glock",
        "markings": [{"kind": "serial", "text": "KXH411"}],
    }
    assert outcomes(store.read_now(lambda view: propose(view, weapon))) == ["traced_exported"]


def test_events_without_dates_are_told_as_a_doubt(tmp_path: Path) -> None:
    with filled_store(
        tmp_path, ("m,AB1234,Glock,17,,manufactured,,,,", "e,AB1234,Glock,17,,exported,2011,BRA,,")
    ) as store:
        assert "Some events bear no date: which came last is not certain." in asked(store, "AB1234").reasons


def test_a_state_that_is_gone_is_not_named_as_the_next_to_ask(store: Store) -> None:
    assert "next_state" not in (asked(store, "OLD4455", "CZ").body or {})


def test_an_import_to_nobody_named_is_left_to_the_officer(store: Store) -> None:
    proposed = asked(store, "IMP777", "Beretta")
    assert (proposed.body, "Imported on 2001-02-03 from ITA" in " ".join(proposed.reasons)) == (None, True)
