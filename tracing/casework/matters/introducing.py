"""Introducing one counterpart to another: an update of the directory that says by which digest we know it.

It is said by whoever may change what is known of us (``update-directory``), and is a hint to those who read it.

    told = await introduce(relations, actor, partners.get("ng"), to="at", contact=own_contact(view, settings))
"""

from typing import Any

from keys.keyset import Contact, ContactPoint
from tracing.casework.errors import UnknownCounterpart
from tracing.casework.matters.relations import Relations, Told
from tracing.casework.policy import Actor
from tracing.partners import Partner

__all__ = ["introduce"]


async def introduce(relations: Relations, actor: Actor, partner: Partner | None, *, to: str, contact: Contact) -> Told:
    """Tell ``to`` by which digest ``partner`` is pinned here. What ``Relations.say`` raises, or UnknownCounterpart."""
    if partner is None or partner.trust is None or partner.authority == to:
        raise UnknownCounterpart("expected a counterpart on a node that is pinned here, and another one to tell")
    root = partner.trust.root
    introduced = {"authority": root.auth, "country": root.country, "name": root.name, "digest": partner.trust.digest}
    contacts = [_point(contact), *map(_point, contact.points)]
    return await relations.say(actor, to, "update-directory", {"contacts": contacts, "introduces": [introduced]})


def _point(point: ContactPoint) -> dict[str, Any]:
    members = {
        "name": point.name, "email": point.email, "telephone": point.phone, "address": point.address,
        "hours": point.hours, "languages": list(point.languages),
    }  # fmt: skip
    return {name: value for name, value in members.items() if value}
