"""How authorities come to know each other: two officers, introductions by a third, contact cards that change."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from keys.card import Card, make
from keys.trust import TrustSet
from tests.federation.test_outside_cases import STOLEN, relations
from tests.world import APPROVER, OFFICER, World, world
from tracing.casework.errors import CaseworkError, UnknownCounterpart
from tracing.casework.matters.introducing import introduce
from tracing.node import Node
from tracing.trust import first_contact
from tracing.trust.contacts import changes_of, edit_contact, own_contact, see_changes
from tracing.trust.first_contact import Circle
from tracing.trust.introductions import CONTRADICTED, introductions_of, introductions_of_unknown


@pytest_asyncio.fixture(loop_scope="session")
async def three(tmp_path: Path) -> AsyncIterator[World]:
    """at knows br and ke; br and ke have not met."""
    async with world(tmp_path, "br", "at") as w:
        w.found("ke")
        w.introduce("at", "ke")
        w.introduce("ke", "at")
        await w["ke"].start()
        yield w


def card_of(node: Node) -> Card:
    return Card.read(make(node.trust.root_documents, node.trust.keyset_document or b""))


def circle(node: Node) -> Circle:
    return Circle(node.settings.net, (node.trust, *node.partners.trusts()))


async def confirmed(node: Node, other: Node) -> TrustSet:
    trust = await node.store.write(
        lambda tx: first_contact.confirm(
            tx, other.trust.authority, other.trust.digest, "bea", circle(node), log_origin=node.settings.log_origin
        )
    )
    node.partners.reload()
    return trust


async def introduces(w: World, me: str, whom: str, to: str) -> Any:
    node = w[me]
    contact = await node.store.read(lambda view: own_contact(view, node.settings))
    told = await introduce(relations(w, me), APPROVER, node.partners.get(whom), to=to, contact=contact)
    await w.settled()
    return told


def alarms(node: Node) -> list[tuple[str, str]]:
    node.partners.reload()
    return [(one.authority, one.code) for one in node.partners.alarms]


async def test_nothing_passes_before_the_second_officer_and_everything_after(three: World) -> None:
    br, ke = three["br"], three["ke"]
    three.introduce("ke", "br")
    await br.store.write(lambda tx: first_contact.lay_aside(tx, card_of(ke), ke.trust.digest, "ada", circle(br)))
    early = await relations(three, "ke").say(OFFICER, "br", "inform", STOLEN, wait_s=1.0)
    with pytest.raises(UnknownCounterpart):
        await relations(three, "br").say(OFFICER, "ke", "inform", STOLEN)
    counts = await three.counts("br")
    assert (early.delivery, counts["envelope"], counts["outbox"]) == ("queued", 0, 0)
    await confirmed(br, ke)

    async def has_come() -> bool:
        return await three.count("br", "envelope") == 1

    ke.ring_all()
    await three.until(has_come, "what ke had to say")
    answer = await relations(three, "br").say(OFFICER, "ke", "inform", STOLEN, wait_s=10)
    assert answer.delivery in ("accepted", "opened")
    assert (three.audit("br").ok, three.audit("ke").ok) == (True, True)


async def test_an_introduction_arrives_as_a_hint_and_pins_nobody(three: World) -> None:
    await introduces(three, "at", "ke", "br")
    br, ke = three["br"], three["ke"]
    (heard,) = await br.store.read(introductions_of_unknown)
    assert (heard.introducer, heard.authority, heard.digest) == ("at", "ke", ke.trust.digest)
    assert (br.partners.get("ke"), alarms(br)) == (None, [])
    await br.store.write(lambda tx: first_contact.lay_aside(tx, card_of(ke), ke.trust.digest, "ada", circle(br)))
    await confirmed(br, ke)
    (heard,) = await br.store.read(lambda view: introductions_of(view, "ke"))
    assert (heard.introducer, alarms(br)) == ("at", [])


async def test_an_introduction_by_another_digest_than_the_pinned_one_is_an_alarm(three: World) -> None:
    br = three["br"]
    three.introduce("br", "ke")
    said = {"contacts": [{"name": "Desk"}], "introduces": [{"authority": "ke", "country": "KEN", "digest": "0" * 64}]}
    await relations(three, "at").say(APPROVER, "br", "update-directory", said, wait_s=10)
    await three.settled()
    assert alarms(br) == [("ke", CONTRADICTED)]
    partner = br.partners.get("ke")
    assert (partner.trust.digest if partner and partner.trust else None) == three["ke"].trust.digest


async def test_two_introductions_that_differ_are_an_alarm_before_anybody_is_pinned(three: World) -> None:
    br = three["br"]
    for digest in ("1" * 64, "2" * 64):
        said = {"contacts": [{"name": "Desk"}], "introduces": [{"authority": "zz", "digest": digest}]}
        await relations(three, "at").say(APPROVER, "br", "update-directory", said, wait_s=10)
        await three.settled()
    assert (alarms(br), br.partners.get("zz")) == ([("zz", CONTRADICTED)], None)
    assert [one.digest[0] for one in await br.store.read(introductions_of_unknown)] == ["1", "2"]


async def test_who_is_told_that_he_himself_is_another_is_alarmed(three: World) -> None:
    said = {"contacts": [{"name": "Desk"}], "introduces": [{"authority": "br", "digest": "3" * 64}]}
    await relations(three, "at").say(APPROVER, "br", "update-directory", said, wait_s=10)
    await three.settled()
    assert alarms(three["br"]) == [("br", CONTRADICTED)]


async def test_a_digest_of_our_own_that_is_none_is_refused_before_it_is_sent(three: World) -> None:
    said = {"contacts": [{"name": "Desk"}], "introduces": [{"authority": "ke", "digest": "short"}]}
    await three.settled()  # hellos, and what is cosigned with them
    before = await three.counts("at")
    with pytest.raises(CaseworkError):
        await relations(three, "at").say(APPROVER, "br", "update-directory", said)
    assert await three.counts("at") == before


async def test_a_contact_card_edited_here_is_shown_there_with_old_and_new_until_it_is_seen(three: World) -> None:
    at, br = three["at"], three["br"]
    await at.store.write(lambda tx: edit_contact(tx, {"name": "Night desk", "phone": "+43 1 2"}, "bea"))
    assert await at.keep_keys()

    async def has_come() -> bool:
        return bool(await br.store.read(lambda view: changes_of(view, "at")))

    await three.until(has_come, "the contact card of at")
    (change,) = await br.store.read(lambda view: changes_of(view, "at"))
    assert ("phone", None, "+43 1 2") in change.differences
    assert ("name", "Tracing point of at", "Night desk") in change.differences
    assert (change.seen_by, alarms(br)) == (None, [("at", "contact-changed")])
    assert await br.store.write(lambda tx: see_changes(tx, "at", change.id, "ada")) == 1
    (change,) = await br.store.read(lambda view: changes_of(view, "at"))
    assert (change.seen_by, alarms(br)) == ("ada", [])
    assert await br.store.write(lambda tx: see_changes(tx, "at", change.id, "bea")) == 0
    partner = br.partners.get("at")
    believed = partner.trust.keyset if partner and partner.trust else None
    assert (believed.contact.phone if believed else None) == "+43 1 2"
