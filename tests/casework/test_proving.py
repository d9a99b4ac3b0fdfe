"""Single elements released as proofs: who may, what leaves, what the trail says, and what cannot be proved."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from keys import proof
from protocol import strictjson
from tests.world import OFFICER, TABLES, World, ask
from tracing.casework.errors import Forbidden, Incomplete, NotFound, NotProvable, Restricted
from tracing.casework.policy import Actor

ANSWER: dict[str, Any] = {
    "outcomes": [
        {"code": "traced_exported", "state": "BRA", "date": "2016-04-02", "licence": "KRONOS-4471"},
        {"code": "manufacture_confirmed_no_further_record", "restrictions": ["no_court_use"]},
    ],
    "completeness": "full", "basis": ["registry"], "restrictions": ["delete_by"],
    "restriction_details": {"delete_by": "2031-01-01"}, "note": "Gorgon told us on the telephone",
    "searched": [{"register": "exports", "from": "1998", "to": "2026", "complete": True}],
}  # fmt: skip
LEAVES = TABLES["leaf"]


@dataclass(frozen=True)
class Answered:
    """A case of br in which at answered; ``mid`` is the answer."""

    case: str
    request: str
    mid: str


async def answered(trio: World) -> Answered:
    asked = await trio["br"].office.request(OFFICER, ask("at"), wait_s=10)
    await trio.reached("at", asked.case, "delivered")
    said = await trio["at"].office.move(OFFICER, asked.case, "answer", ANSWER)
    await trio.reached("br", asked.case, "answered")
    await trio.settled()
    return Answered(asked.case, str(asked.mid), str(said.mid))


async def by_letter(trio: World) -> tuple[str, str]:
    """A case of br with a State that has no node, and the id of its request."""
    if trio["br"].partners.get("xb") is None:
        trio.add_by_letter("br", "xb")
    asked = await trio["br"].office.request(OFFICER, ask("xb"))
    return asked.case, str(asked.mid)


async def replied_by_letter(trio: World) -> tuple[str, str, str]:
    """The same with a reply that an officer entered."""
    case_id, mid = await by_letter(trio)
    reply = {"kind": "acknowledge", "channel": "letter", "received": "2026-01-05", "body": {"reference": "XB-1"}}
    return case_id, mid, str((await trio["br"].office.move(OFFICER, case_id, "record", reply)).mid)


def pins(trio: World, *names: str) -> dict[str, str]:
    return {name: trio[name].trust.digest for name in names or ("br", "at")}


def entered(one: Answered, *elements: str, **more: Any) -> dict[str, Any]:
    return {"mid": one.mid, "elements": list(elements), "to": "ke", "purpose": "third_state", **more}


async def last_leaf(trio: World, authority: str, ref: str) -> dict[str, Any]:
    """The newest entry of a State's own tree about a message or a case."""
    about = (LEAVES.c.tree == "private", LEAVES.c.ref == ref)
    query = select(LEAVES.c.object).where(*about).order_by(LEAVES.c.idx.desc()).limit(1)
    found = await trio[authority].store.read(lambda view: view.conn.execute(query).scalar_one())
    return dict(strictjson.load(found, 1 << 20))


# ---------------------------------------------------------------- what is proved


async def test_one_element_of_an_answer_is_proved_to_a_third_with_the_rest_hidden(trio: World) -> None:
    one = await answered(trio)
    made = await trio["br"].office.release(OFFICER, one.case, entered(one, "outcomes.0"))
    found = proof.verify(made.data, pins(trio))
    shown = {each.name: (each.value, each.restrictions) for each in found.elements}
    assert shown["outcomes.0"] == (ANSWER["outcomes"][0], ("delete_by",))
    assert shown["restriction_details"][0] == {"delete_by": "2031-01-01"}
    assert (found.sender.authority, found.recipient, found.thread, found.mid) == ("at", "br", one.case, one.mid)
    assert found.taken is not None
    assert found.taken.accepted_ms is not None
    assert b"Gorgon" not in made.data


async def test_its_sender_proves_it_by_the_receipts_of_the_other_side(trio: World) -> None:
    one = await answered(trio)
    made = await trio["at"].office.release(OFFICER, one.case, entered(one, "outcomes.1", "outcomes.0"))
    found = proof.verify(made.data, pins(trio))
    assert found.taken is not None
    assert (found.taken.by.authority, None in (found.taken.accepted_ms, found.taken.opened_ms)) == ("br", False)
    assert [each.position for each in found.elements] == [1, 2, 3]


async def test_every_element_of_every_message_of_a_case_is_proved_by_both_sides(trio: World) -> None:
    one = await answered(trio)
    for authority in ("br", "at"):
        for item in await trio[authority].office.elements(OFFICER, one.case):
            for each in item["elements"]:
                body = {"mid": item["mid"], "elements": [each["name"]]}
                made = await trio[authority].office.release(OFFICER, one.case, body)
                found = proof.verify(made.data, pins(trio))
                assert each["value"] in [shown.value for shown in found.elements]


async def test_what_we_sent_by_letter_is_proved_without_a_carriage(trio: World) -> None:
    case_id, mid = await by_letter(trio)
    made = await trio["br"].office.release(OFFICER, case_id, {"mid": mid, "elements": ["weapon"]})
    assert proof.verify(made.data, pins(trio, "br")).taken is None


# ---------------------------------------------------------------- what is noted


async def test_a_release_is_noted_with_who_what_to_whom_and_for_what(trio: World) -> None:
    one = await answered(trio)
    await trio["br"].office.release(OFFICER, one.case, entered(one, "outcomes.0"))
    leaf = await last_leaf(trio, "br", one.mid)
    named = (leaf["act"], leaf["actor"], leaf["case"], leaf["mid"], leaf["to"], leaf["purpose"])
    assert named == ("release", "ada", one.case, one.mid, "ke", "third_state")
    assert leaf["elements"] == ["restriction_details", "outcomes.0"]
    assert trio.audit("br").ok


async def test_where_nobody_is_named_the_release_is_to_ourselves(trio: World) -> None:
    one = await answered(trio)
    await trio["br"].office.release(OFFICER, one.case, {"mid": one.mid, "elements": ["rest", "outcomes.0"]})
    leaf = await last_leaf(trio, "br", one.mid)
    assert (leaf["to"], leaf["purpose"]) == ("br", "own_authority")


async def test_every_signed_message_of_a_case_is_listed_with_its_elements(trio: World) -> None:
    one = await answered(trio)
    items = await trio["br"].office.elements(OFFICER, one.case)
    names = {item["mid"]: [each["name"] for each in item["elements"]] for item in items}
    assert names[one.mid] == ["restriction_details", "outcomes.0", "outcomes.1", "rest"]
    assert (await last_leaf(trio, "br", one.case))["what"] == "elements"


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("role", ["auditor", "keyholder", "admin"])
async def test_who_may_not_read_a_case_releases_nothing_of_it(trio: World, role: str) -> None:
    one = await answered(trio)
    before = await trio.counts("br")
    with pytest.raises(Forbidden):
        await trio["br"].office.release(Actor("x", role), one.case, entered(one, "outcomes.0"))
    with pytest.raises(Forbidden):
        await trio["br"].office.elements(Actor("x", role), one.case)
    assert await trio.counts("br") == before


@pytest.mark.parametrize(
    ("changed", "member"),
    [
        ({"elements": ["outcomes.7"]}, "elements"),
        ({"elements": []}, "elements"),
        ({"elements": "outcomes.0"}, "elements"),
        ({"elements": [1]}, "elements"),
        ({"mid": None}, "mid"),
        ({"to": " "}, "to"),
        ({"to": "x" * 201}, "to"),
        ({"purpose": "curiosity"}, "purpose"),
        ({"purpose": ["court"]}, "purpose"),
        ({"purposes": "court"}, "purposes"),
    ],
)
async def test_a_release_that_cannot_be_understood_names_the_member(
    trio: World, changed: dict[str, Any], member: str
) -> None:
    one = await answered(trio)
    before = await trio.counts("br")
    with pytest.raises(Incomplete) as refused:
        await trio["br"].office.release(OFFICER, one.case, entered(one, "outcomes.0", **changed))
    assert [problem.member for problem in refused.value.problems] == [member]
    assert await trio.counts("br") == before


async def test_a_message_of_another_case_is_not_found_in_this_one(trio: World) -> None:
    one, other = await answered(trio), await answered(trio)
    for case_id, mid in ((one.case, other.mid), (f"br.{'0' * 12}7000{'8' * 16}", one.mid)):
        with pytest.raises(NotFound):
            await trio["br"].office.release(OFFICER, case_id, entered(one, "rest", mid=mid))


async def test_a_reply_that_was_entered_by_hand_cannot_be_proved(trio: World) -> None:
    case_id, mid, reply = await replied_by_letter(trio)
    with pytest.raises(NotProvable):
        await trio["br"].office.release(OFFICER, case_id, {"mid": reply, "elements": ["rest"]})
    assert [one["mid"] for one in await trio["br"].office.elements(OFFICER, case_id)] == [mid]


@pytest.mark.parametrize(
    ("to", "purpose", "word"),
    [("KEN", "court", "no_court_use"), ("ke", "court", "no_court_use")],
)
async def test_what_a_restriction_forbids_is_not_released_and_the_attempt_is_noted(
    trio: World, to: str, purpose: str, word: str
) -> None:
    one = await answered(trio)
    with pytest.raises(Restricted) as refused:
        await trio["br"].office.release(OFFICER, one.case, entered(one, "outcomes.1", to=to, purpose=purpose))
    assert [(each.ref.element, each.restriction) for each in refused.value.obstacles] == [("outcomes.1", word)]
    leaf = await last_leaf(trio, "br", one.case)
    assert (leaf["act"], leaf["obstacles"]) == ("release-refused", [[one.mid, "outcomes.1", word]])
