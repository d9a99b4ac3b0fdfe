"""Evidence of a case: what the file holds, who may export it, what the trail says, and what stays hidden."""

import io
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from keys import evidence
from keys.evidence import Evidence, Proved
from tests.casework.test_proving import answered, last_leaf, pins, replied_by_letter
from tests.world import APPROVER, OFFICER, TABLES, World
from tracing.audit.inclusion import find_entry, promised
from tracing.casework.errors import Forbidden, Incomplete, NotFound, NotProvable
from tracing.casework.evidence import Exported
from tracing.casework.policy import Actor
from tracing.store import View

ENVELOPES = TABLES["envelope"]


async def exported(trio: World, authority: str, case_id: str, **body: Any) -> Exported:
    """An export under a head that covers everything."""
    node = trio[authority]
    await node.store.write(node.checkpoints.sign_due)
    return await node.office.evidence(OFFICER, case_id, body)


def proved(data: bytes, known: dict[str, str]) -> tuple[Evidence, list[Proved]]:
    heard: list[Proved] = []
    return evidence.verify(io.BytesIO(data), known, heard.append), heard


@pytest.mark.parametrize("authority", ["br", "at"])
async def test_a_whole_case_is_proved_by_either_side(trio: World, authority: str) -> None:
    one = await answered(trio)
    made = await exported(trio, authority, one.case)
    found, heard = proved(made.data, pins(trio))
    assert (found.exporter.authority, found.case, found.messages, found.absent) == (authority, one.case, 2, ())
    assert [each.mid for each in heard] == [one.request, one.mid]
    assert all(each.accepted_ms and each.opened_ms for each in heard)
    assert found.head is not None
    ways = {"br": ["env.out", "rcpt.in", "rcpt.in"], "at": ["env.in", "rcpt.out", "rcpt.out"]}
    assert list(heard[0].entered) == ways[authority]


async def test_one_message_is_proved_alone(trio: World) -> None:
    one = await answered(trio)
    made = await exported(trio, "br", one.case, message=one.mid)
    found, (answer,) = proved(made.data, pins(trio))
    assert (found.scope, answer.mid, answer.sender, found.absent) == ("message", one.mid, "at", (one.request,))


# ---------------------------------------------------------------- what is withheld


async def test_what_a_restriction_forbids_stays_a_digest_and_its_sealed_copy_stays_here(trio: World) -> None:
    one = await answered(trio)
    made = await exported(trio, "br", one.case, to="Court of Rio", purpose="court")
    _, (request, answer) = proved(made.data, pins(trio))
    assert [each.name for each in answer.elements] == ["restriction_details", "outcomes.0", "rest"]
    assert answer.withheld == ((2, ("no_court_use",)),)
    assert b"manufacture_confirmed" not in made.data
    assert (request.entered[0], answer.entered) == ("env.out", ("rcpt.out", "rcpt.out"))
    assert made.withheld == 1


async def test_another_purpose_shows_what_is_not_forbidden_for_it(trio: World) -> None:
    one = await answered(trio)
    made = await exported(trio, "br", one.case)
    _, (_, answer) = proved(made.data, pins(trio))
    assert (answer.withheld, answer.entered[0]) == ((), "env.in")


async def test_an_element_without_its_conditions_is_withheld_with_them(trio: World) -> None:
    one = await answered(trio)
    other = {"mid": one.mid, "element": "restriction_details", "why": "order 7/2026"}
    await trio["br"].office.erase(APPROVER, one.case, other)
    made = await exported(trio, "br", one.case)
    _, (_, answer) = proved(made.data, pins(trio))
    assert answer.elements == ()
    assert answer.withheld[0] == (0, ("erased",))
    assert {why for _, why in answer.withheld[1:]} == {("delete_by",), ("restriction_details",)}
    assert b"KRONOS" not in made.data


async def test_what_was_corrected_is_shown_beside_its_correction_and_not_alone(trio: World) -> None:
    one = await answered(trio)
    new = {
        "replaces": ["outcomes.0"],
        "outcomes": [{"code": "traced_exported", "state": "KEN"}],
        "reason": "another State",
    }
    said = await trio["at"].office.move(OFFICER, one.case, "correct", new)
    await trio.settled()
    whole = await exported(trio, "br", one.case)
    _, (_, answer, correction) = proved(whole.data, pins(trio))
    assert (answer.withheld, correction.mid) == ((), said.mid)
    alone = await exported(trio, "br", one.case, message=one.mid)
    _, (answer,) = proved(alone.data, pins(trio))
    assert answer.withheld == ((1, ("superseded",)),)


# ---------------------------------------------------------------- what is noted, and left out


async def test_an_export_is_noted_with_who_what_for_whom_and_the_digest_of_the_file(trio: World) -> None:
    one = await answered(trio)
    made = await exported(trio, "br", one.case, to="Court of Rio", purpose="court")
    leaf = await last_leaf(trio, "br", one.case)
    assert (leaf["what"], leaf["actor"], leaf["cases"], leaf["mids"]) == (
        "evidence", "ada", [one.case], [one.request, one.mid],
    )  # fmt: skip
    assert (leaf["to"], leaf["purpose"], leaf["withheld"], leaf["file"]) == ("Court of Rio", "court", 1, made.sha256)
    assert trio.audit("br").ok


async def test_a_reply_that_was_entered_by_hand_is_left_out_and_named(trio: World) -> None:
    case_id, mid, reply = await replied_by_letter(trio)
    made = await exported(trio, "br", case_id)
    found, (request,) = proved(made.data, pins(trio, "br"))
    assert ([(one.mid, one.why) for one in found.left_out], request.mid) == ([(reply, "recorded")], mid)
    assert (found.other, found.head, request.accepted_ms) == (None, None, None)


async def test_a_case_of_which_nothing_was_signed_cannot_be_proved(trio: World) -> None:
    case_id, _, reply = await replied_by_letter(trio)
    before = await trio.counts("br")
    with pytest.raises(NotProvable):
        await trio["br"].office.evidence(OFFICER, case_id, {"message": reply})
    assert await trio.counts("br") == before


@pytest.mark.parametrize("role", ["auditor", "keyholder", "admin", "liaison"])
async def test_who_may_not_release_exports_nothing(trio: World, role: str) -> None:
    one = await answered(trio)
    before = await trio.counts("br")
    with pytest.raises(Forbidden):
        await trio["br"].office.evidence(Actor("x", role), one.case, {})
    assert await trio.counts("br") == before


@pytest.mark.parametrize(
    ("body", "member"),
    [({"message": 7}, "message"), ({"message": ""}, "message"), ({"to": None}, "to"), ({"purpose": []}, "purpose"),
     ({"note": "x"}, "note")],
)  # fmt: skip
async def test_an_export_that_cannot_be_understood_names_the_member(
    trio: World, body: dict[str, Any], member: str
) -> None:
    one = await answered(trio)
    with pytest.raises(Incomplete) as refused:
        await trio["br"].office.evidence(OFFICER, one.case, body)
    assert [each.member for each in refused.value.problems] == [member]


async def test_a_message_of_another_case_is_not_found_in_this_one(trio: World) -> None:
    one, other = await answered(trio), await answered(trio)
    for case_id, mid in ((one.case, other.mid), (f"br.{'0' * 12}7000{'8' * 16}", one.mid), ("br.nothing", one.mid)):
        with pytest.raises(NotFound):
            await trio["br"].office.evidence(OFFICER, case_id, {"message": mid})


async def test_what_is_newer_than_the_signed_head_has_no_entry_under_it(trio: World) -> None:
    one = await answered(trio)
    await exported(trio, "br", one.case)
    (wire,) = await trio["br"].store.read(lambda view: view.conn.execute(
        select(ENVELOPES.c.wire).where(ENVELOPES.c.mid == one.request)).scalars().all())  # fmt: skip

    def look(view: View) -> tuple[Any, Any]:
        under = promised(view, "at", [one.request])
        assert under is not None
        found = find_entry(view, under, "env.out", one.request, wire)
        assert found is not None
        return found, find_entry(view, replace(under, size=found.index), "env.out", one.request, wire)

    found, newer = await trio["br"].store.read(look)
    assert (found.kind, newer) == ("env.out", None)
