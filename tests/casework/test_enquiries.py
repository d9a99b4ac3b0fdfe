"""Domestic enquiries: asked, told only what may be told, answered once, and assembled into an answer."""

from typing import Any

import pytest
from sqlalchemy import select, update

from protocol import strictjson
from tests.casework.voice import Voice
from tests.world import APPROVER, OFFICER, World, ask
from tracing.casework.enquiries import EnquiryFile, EnquiryOutcome
from tracing.casework.enquiries.entered import CAUSES, AddresseeKind
from tracing.casework.errors import Forbidden, IllegalMove, Incomplete, NotFound, Restricted
from tracing.casework.policy import Actor
from tracing.tables import Enquiry, Leaf, table_of

_enquiries, _leaves = table_of(Enquiry), table_of(Leaf)
OPEN = {"restrictions": ["iti_purposes"]}
LIAISON = Actor("lin", "liaison")
BOOKS = {"register": "Sales books", "from": "1990", "to": "2026", "complete": True}
SOLD = {
    "result": "found", "event": "transferred", "date": "2012-04", "party": "Gun shop of the square", "licence": "L-77",
    "searched": [BOOKS],
}  # fmt: skip
NOTHING = {"result": "not_found", "searched": [BOOKS | {"register": "Declarations", "complete": False, "gaps": "1998"}]}


def question(kind: str = "dealer", **more: Any) -> dict[str, Any]:
    return {"addressee": {"kind": kind, "name": f"The {kind}"}, "question": "To whom did it go?"} | more


async def received(w: World, **more: Any) -> str:
    """A case at ``at``, asked by ``br``."""
    asked = await w["br"].office.request(OFFICER, ask("at", **more), wait_s=10)
    await w.reached("at", asked.case, "delivered")
    return asked.case


async def enquire(w: World, case_id: str, **more: Any) -> EnquiryOutcome:
    return await w["at"].office.enquiries.ask(OFFICER, case_id, question(**more))


async def only(w: World, case_id: str) -> EnquiryFile:
    (one,) = await w["at"].office.enquiries.of_case(OFFICER, case_id)
    return one


async def rows(w: World) -> list[tuple[Any, ...]]:
    """Every enquiry of the node and every leaf an act leaves: what a refusal must not change."""
    acts = select(_leaves.c.idx).where(_leaves.c.tree == "private", _leaves.c.kind == "op")

    def look(view: Any) -> list[tuple[Any, ...]]:
        return [tuple(row) for query in (select(_enquiries), acts) for row in view.conn.execute(query)]

    return await w["at"].store.read(look)


async def enquiries_of(w: World) -> list[Any]:
    return await w["at"].store.read(lambda view: list(view.conn.execute(select(_enquiries))))


# ---------------------------------------------------------------- asking


async def test_the_addressee_is_told_the_weapon_and_nothing_of_the_find(trio: World) -> None:
    case_id = await received(trio)
    outcome = await enquire(trio, case_id)
    form = await trio["at"].office.enquiries.by_link(str(outcome.token))
    assert (sorted(form.told), form.question) == (["calibre", "make", "model", "serial"], "To whom did it go?")
    assert "Rio" not in str(form)


async def test_only_what_the_officer_chose_is_told(trio: World) -> None:
    case_id = await received(trio)
    await enquire(trio, case_id, told=["make", "serial", "markings"])
    told = (await only(trio, case_id)).told
    assert told == {"make": "Glock", "serial": {"text": "ABC123", "status": "original", "component": "frame"}}


@pytest.mark.parametrize("place", ["Porto Alegre, Rua 7", "porto\u200balegre - RUA\u00ad7", "\uff30orto Alegre Rua 7"])
async def test_a_question_does_not_tell_what_may_not_be_told(trio: World, place: str) -> None:
    found = ask("at")["found"] | {"place": "Porto Alegre, Rua 7"}
    case_id = await received(trio, found=found, restrictions=["no_onward_without_consent"])
    before, kept = await rows(trio), await enquiries_of(trio)
    with pytest.raises(Restricted, match="found"):
        await enquire(trio, case_id, question=f"Who in {place} bought it?")
    assert (await enquiries_of(trio), len(await rows(trio))) == (kept, len(before) + 1)  # the leaf of the refusal
    await enquire(trio, case_id, question="Who bought the Glock 17 with serial ABC123?")


@pytest.mark.parametrize("element", ["found", "illicit", "requester"])
async def test_circumstances_are_not_told_where_a_restriction_stands_in_the_way(trio: World, element: str) -> None:
    case_id = await received(trio, restrictions=["no_onward_without_consent"])
    before, kept = await rows(trio), await enquiries_of(trio)
    with pytest.raises(Restricted, match="no_onward_without_consent") as refused:
        await enquire(trio, case_id, told=["make", element])
    assert {one.ref.element.partition(".")[0] for one in refused.value.obstacles} == {
        "rest" if element == "requester" else element
    }
    assert (await enquiries_of(trio), len(await rows(trio))) == (kept, len(before) + 1)  # the leaf of the refusal


@pytest.mark.parametrize(
    ("kind", "restriction", "outcome"),
    [
        ("customs", "no_onward_without_consent", "told"),
        ("dealer", "no_onward_without_consent", "refused"),
        ("customs", "no_dissemination", "refused"),
        ("police", "designated_authorities", "refused"),
        ("manufacturer", "commercial", "refused"),
        ("dealer", "no_statistics", "told"),
    ],
)
async def test_an_agency_of_the_state_is_one_of_its_own_and_a_dealer_is_not(
    trio: World, kind: str, restriction: str, outcome: str
) -> None:
    details = {"restriction_details": {"authorities": ["Customs"]}} if restriction == "designated_authorities" else {}
    case_id = await received(trio, restrictions=[restriction], **details)
    try:
        asked = await enquire(trio, case_id, kind=kind, told=["make", "found"])
        came_to = "told" if "found" in asked.file.told else "left out"
    except Restricted:
        came_to = "refused"
    assert came_to == outcome


async def test_circumstances_are_told_when_chosen_and_nothing_forbids_it(trio: World) -> None:
    case_id = await received(trio, **OPEN)
    await enquire(trio, case_id, told=["make", "found", "requester"])
    told = (await only(trio, case_id)).told
    assert (told["requester"], told["found"]["mode"]) == ("br", "seized")


@pytest.mark.parametrize(
    ("changed", "member"),
    [
        ({"question": " "}, "question"),
        ({"question": 7}, "question"),
        ({"addressee": {"kind": "grandmother", "name": "X"}}, "addressee.kind"),
        ({"addressee": "the dealer"}, "addressee"),
        ({"told": ["everything"]}, "told.0"),
        ({"due": "2020-01-01"}, "due"),
        ({"due": "soon"}, "due"),
        ({"colour": "blue"}, "colour"),
    ],
)
async def test_a_question_that_cannot_be_understood_is_refused(
    trio: World, changed: dict[str, Any], member: str
) -> None:
    case_id = await received(trio)
    before = await rows(trio)
    with pytest.raises(Incomplete) as refused:
        await enquire(trio, case_id, **changed)
    assert [one.member for one in refused.value.problems] == [member]
    assert await rows(trio) == before


async def test_nobody_is_asked_at_home_about_a_request_of_ours(trio: World) -> None:
    asked = await trio["at"].office.request(OFFICER, ask("br"), wait_s=10)
    before = await rows(trio)
    with pytest.raises(IllegalMove, match="no answer of ours"):
        await enquire(trio, asked.case)
    assert await rows(trio) == before


async def test_a_role_without_the_verb_neither_asks_nor_sees(trio: World) -> None:
    case_id = await received(trio)
    await enquire(trio, case_id)
    before = await rows(trio)
    with pytest.raises(Forbidden):
        await trio["at"].office.enquiries.ask(LIAISON, case_id, question())
    shown = await trio["at"].office.read_case(LIAISON, case_id)
    assert (shown.enquiries, shown.awaiting, await rows(trio)) == ([], [], before)


async def test_an_enquiry_rests_encrypted_and_its_link_as_a_digest_only(trio: World) -> None:
    case_id = await received(trio)
    outcome = await enquire(trio, case_id)
    await trio["at"].office.enquiries.reply_by_link(str(outcome.token), SOLD)
    stored = repr([row for row in await rows(trio) if case_id in row])
    assert [word for word in (str(outcome.token), "The dealer", "To whom", "Gun shop", "L-77") if word in stored] == []


# ---------------------------------------------------------------- replying


async def test_a_reply_by_the_link_is_in_the_case_with_what_was_searched(trio: World) -> None:
    case_id = await received(trio)
    outcome = await enquire(trio, case_id)
    await trio["at"].office.enquiries.reply_by_link(str(outcome.token), SOLD)
    one = await only(trio, case_id)
    assert (one.state, one.channel, one.replied_by) == ("answered", "form", f"enquiry:{one.enquiry}")
    assert (one.reply or {})["searched"] == [BOOKS]


async def test_a_link_is_used_once(trio: World) -> None:
    case_id = await received(trio)
    token = str((await enquire(trio, case_id)).token)
    await trio["at"].office.enquiries.reply_by_link(token, NOTHING)
    before = await rows(trio)
    with pytest.raises(IllegalMove, match="answered"):
        await trio["at"].office.enquiries.reply_by_link(token, SOLD)
    form = await trio["at"].office.enquiries.by_link(token)
    assert (form.state, form.question, form.told, await rows(trio)) == ("answered", "", {}, before)


async def test_a_new_link_ends_the_old_one(trio: World) -> None:
    case_id, clerk = await received(trio), trio["at"].office.enquiries
    first = await enquire(trio, case_id)
    second = await clerk.renew(OFFICER, first.file.enquiry, {"due": "2030-01-31"})
    with pytest.raises(NotFound):
        await clerk.by_link(str(first.token))
    form = await clerk.by_link(str(second.token))
    assert (form.state, form.due, second.token == first.token) == ("open", second.file.due, False)
    assert second.file.due.startswith("2030-0")


async def test_a_withdrawn_enquiry_takes_no_reply(trio: World) -> None:
    case_id, clerk = await received(trio), trio["at"].office.enquiries
    outcome = await enquire(trio, case_id)
    await clerk.withdraw(APPROVER, outcome.file.enquiry, {"reason": "Found in our own archive."})
    before = await rows(trio)
    with pytest.raises(IllegalMove, match="ended"):
        await clerk.reply_by_link(str(outcome.token), SOLD)
    for act in (clerk.reply, clerk.withdraw, clerk.renew):
        with pytest.raises(IllegalMove, match="withdrawn"):
            await act(OFFICER, outcome.file.enquiry, {})
    one = await only(trio, case_id)
    assert (one.state, one.reply, await rows(trio)) == ("withdrawn", {"reason": "Found in our own archive."}, before)


async def test_a_link_ends_in_time_and_an_enquiry_past_its_date_is_overdue(trio: World) -> None:
    case_id, clerk = await received(trio), trio["at"].office.enquiries
    outcome = await enquire(trio, case_id)
    past = update(_enquiries).where(_enquiries.c.id == outcome.file.enquiry).values(due_ms=1, link_until_ms=2)
    await trio["at"].store.write(lambda tx: tx.conn.execute(past) and None)
    with pytest.raises(IllegalMove, match="ended"):
        await clerk.reply_by_link(str(outcome.token), SOLD)
    one = await only(trio, case_id)
    assert ((await clerk.by_link(str(outcome.token))).state, one.state, one.link_until) == ("ended", "overdue", None)


@pytest.mark.parametrize("token", ["", "A" * 43, "../../etc", "\x00", "é" * 43])
async def test_a_guessed_link_leads_nowhere(trio: World, token: str) -> None:
    before = await rows(trio)
    with pytest.raises(NotFound):
        await trio["at"].office.enquiries.by_link(token)
    with pytest.raises(NotFound):
        await trio["at"].office.enquiries.reply_by_link(token, SOLD)
    assert await rows(trio) == before


@pytest.mark.parametrize(
    ("body", "members"),
    [
        ({}, ["result"]),
        ({"result": "perhaps"}, ["result"]),
        ({"result": "found"}, ["event"]),
        ({"result": "found", "event": "eaten"}, ["event"]),
        ({"result": "not_found"}, ["searched"]),
        ({"result": "not_found", "searched": [{"register": "Books"}]}, ["searched.0.from", "searched.0.to"]),
        ({"result": "unknown", "note": "x" * 20_001}, ["note"]),
        ({"result": "unknown", "state": "XXX"}, ["state"]),
        ({"result": "unknown", "date": "2999-01-01"}, ["date"]),
        ({"result": "unknown", "searched": [{}] * 21}, ["searched"]),
        ({"result": "unknown", "script": "<b>"}, ["script"]),
    ],
)
async def test_a_reply_that_says_nothing_usable_is_refused_and_the_link_lives(
    trio: World, body: dict[str, Any], members: list[str]
) -> None:
    case_id = await received(trio)
    token = str((await enquire(trio, case_id)).token)
    before = await rows(trio)
    with pytest.raises(Incomplete) as refused:
        await trio["at"].office.enquiries.reply_by_link(token, body)
    assert ([one.member for one in refused.value.problems], await rows(trio)) == (members, before)
    assert (await trio["at"].office.enquiries.by_link(token)).state == "open"


async def test_an_officer_records_a_reply_that_came_by_letter(trio: World) -> None:
    case_id, clerk = await received(trio), trio["at"].office.enquiries
    enquiry = (await enquire(trio, case_id)).file.enquiry
    by_letter = SOLD | {"channel": "letter", "received": "2026-01-02"}
    recorded = (await clerk.reply(OFFICER, enquiry, by_letter)).file
    assert (recorded.channel, recorded.replied, recorded.replied_by) == ("letter", "2026-01-02T00:00:00.000Z", "ada")


async def test_a_recorded_reply_names_its_channel(trio: World) -> None:
    case_id, clerk = await received(trio), trio["at"].office.enquiries
    enquiry = (await enquire(trio, case_id)).file.enquiry
    before = await rows(trio)
    with pytest.raises(Incomplete, match="channel"):
        await clerk.reply(OFFICER, enquiry, SOLD)
    assert await rows(trio) == before


async def test_every_act_has_its_leaf_and_the_trail_holds(trio: World) -> None:
    case_id, clerk = await received(trio), trio["at"].office.enquiries
    first, second = await enquire(trio, case_id), await enquire(trio, case_id, kind="customs")
    renewed = await clerk.renew(OFFICER, first.file.enquiry, {})
    await clerk.reply_by_link(str(renewed.token), SOLD)
    await clerk.withdraw(OFFICER, second.file.enquiry, {})
    wanted = select(_leaves.c.object).where(_leaves.c.ref == case_id, _leaves.c.kind == "op")
    objects = await trio["at"].store.read(
        lambda view: view.conn.execute(wanted.order_by(_leaves.c.idx)).scalars().all()
    )
    acts = [
        (one["act"], one["actor"]) for one in (strictjson.load(each, 10_000) for each in objects) if "enquiry" in one
    ]
    by_form = ("enquiry-reply", f"enquiry:{first.file.enquiry}")
    assert acts == [
        ("enquire", "ada"), ("enquire", "ada"), ("enquiry-renew", "ada"), by_form, ("enquiry-withdraw", "ada"),
    ]  # fmt: skip
    assert trio.audit("at").ok


async def test_an_enquiry_changes_the_version_of_its_case(trio: World) -> None:
    case_id = await received(trio)
    before = (await trio.case("at", case_id)).version
    await enquire(trio, case_id)
    assert (await trio.case("at", case_id)).version == before + 1


async def test_a_case_has_a_bounded_number_of_enquiries(trio: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id = await received(trio)
    monkeypatch.setattr("tracing.casework.enquiries.tasks.MOST_IN_A_CASE", 2)
    await enquire(trio, case_id)
    await enquire(trio, case_id)
    before = await rows(trio)
    with pytest.raises(IllegalMove, match="no more are opened"):
        await enquire(trio, case_id)
    assert await rows(trio) == before


# ---------------------------------------------------------------- what follows from them


async def test_what_was_erased_of_a_request_is_erased_from_its_enquiries_too(trio: World) -> None:
    case_id = await received(trio, **OPEN)
    outcome = await enquire(trio, case_id, told=["make", "found"])
    (request,) = (await trio.case("at", case_id)).messages
    erasure = {"mid": request["mid"], "element": "found", "why": "A data protection order."}
    await trio["at"].office.erase(APPROVER, case_id, erasure)
    told = (await only(trio, case_id)).told
    form = await trio["at"].office.enquiries.by_link(str(outcome.token))
    assert (told, form.told) == ({"make": "Glock"}, {"make": "Glock"})
    assert trio.audit("at").ok


async def test_what_is_open_gives_the_cause_of_a_delay(trio: World) -> None:
    case_id = await received(trio)
    await enquire(trio, case_id, kind="dealer", due="2030-01-01")
    await enquire(trio, case_id, kind="military", due="2030-03-01")
    dealer_last = await enquire(trio, case_id, kind="manufacturer", due="2030-02-01")
    await trio["at"].office.enquiries.withdraw(OFFICER, dealer_last.file.enquiry, {})
    assert (await trio.case("at", case_id)).awaiting == ["awaiting_other_agency", "awaiting_dealer"]


def test_every_addressee_gives_an_operational_cause_and_never_a_ground() -> None:
    assert (CAUSES.keys(), {cause.value.partition("_")[0] for cause in CAUSES.values()}) == (
        set(AddresseeKind), {"awaiting"},
    )  # fmt: skip


async def test_the_answer_is_assembled_from_the_replies_and_can_be_sent(trio: World) -> None:
    case_id, clerk = await received(trio), trio["at"].office.enquiries
    maker, dealer = await enquire(trio, case_id, kind="manufacturer"), await enquire(trio, case_id, kind="dealer")
    made = {
        "result": "found",
        "event": "manufactured",
        "date": "2011",
        "searched": [BOOKS | {"register": "Production"}],
    }
    await clerk.reply_by_link(str(dealer.token), SOLD)
    await clerk.reply_by_link(str(maker.token), made)
    proposal = (await trio.case("at", case_id)).proposal or {}
    answer = proposal["answer"]
    assert answer["outcomes"] == [
        {"code": "traced_last_legal_holder", "holder": "Gun shop of the square", "date": "2012-04", "licence": "L-77",
         "restrictions": ["personal_data", "no_onward_without_consent", "commercial"]},
    ]  # fmt: skip
    assert (answer["basis"], answer["completeness"]) == (["maker_record", "dealer_record"], "full")
    assert [one["register"] for one in answer["searched"]] == ["Production", "Sales books"]
    assert [one["type"] for one in answer["transactions"]] == ["manufacture", "transfer"]
    await trio["at"].office.move(OFFICER, case_id, "answer", answer)
    await trio.reached("br", case_id, "answered")


async def test_nothing_found_anywhere_is_no_record_with_its_coverage_and_gaps(trio: World) -> None:
    case_id, clerk = await received(trio), trio["at"].office.enquiries
    await clerk.reply_by_link(str((await enquire(trio, case_id, kind="customs")).token), NOTHING)
    answer = ((await trio.case("at", case_id)).proposal or {})["answer"]
    assert (answer["outcomes"], answer["basis"]) == ([{"code": "no_record"}], ["customs"])
    assert (answer["searched"], answer["completeness"]) == (NOTHING["searched"], "full")


async def test_an_answer_is_partial_while_an_enquiry_is_open(trio: World) -> None:
    case_id, clerk = await received(trio), trio["at"].office.enquiries
    await clerk.reply_by_link(str((await enquire(trio, case_id)).token), SOLD)
    await enquire(trio, case_id, kind="customs")
    proposal = (await trio.case("at", case_id)).proposal or {}
    assert proposal["answer"]["completeness"] == "partial"
    assert any(reason.startswith("Still open: the enquiry to customs") for reason in proposal["reasons"])


async def test_somebody_who_does_not_know_proves_no_record(trio: World) -> None:
    case_id, clerk = await received(trio), trio["at"].office.enquiries
    await clerk.reply_by_link(str((await enquire(trio, case_id)).token), {"result": "unknown", "note": "Books burnt."})
    proposal = (await trio.case("at", case_id)).proposal or {}
    assert (proposal["answer"], "must be worded" in proposal["reasons"][-1]) == (None, True)


async def test_the_state_it_was_exported_to_is_the_one_to_ask_next(trio: World) -> None:
    case_id, clerk = await received(trio), trio["at"].office.enquiries
    exported = {"result": "found", "event": "exported", "date": "2013-05-06", "state": "KEN", "searched": [BOOKS]}
    await clerk.reply_by_link(str((await enquire(trio, case_id, kind="customs")).token), exported)
    answer = ((await trio.case("at", case_id)).proposal or {})["answer"]
    assert (answer["next_state"], answer["outcomes"][0]["code"]) == ("KEN", "traced_exported")


async def test_enquiries_of_one_case_say_nothing_of_those_of_another(trio: World, ke: Voice) -> None:
    case_id, (other, _) = await received(trio), await ke.asks()
    await trio.reached("at", str(other), "delivered")
    await enquire(trio, case_id)
    asked = await trio["at"].office.enquiries.ask(OFFICER, str(other), question(kind="customs"))
    form = await trio["at"].office.enquiries.by_link(str(asked.token))
    assert ([one.case for one in await trio["at"].office.enquiries.of_case(OFFICER, case_id)], form.addressee) == (
        [case_id], "The customs",
    )  # fmt: skip
