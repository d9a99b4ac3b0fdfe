"""Contact cards of ITI paras 25 and 31: ours as officers edit it, and what changed on those of counterparts.

Rules
- Ours stands in the settings until somebody edits it here; from then on the edited one counts, until it is dropped.
  Either way it travels in the next keyset, which the node issues by itself.
- Nothing on a counterpart's card is replaced unseen: old and new stand side by side until an officer says that he has
  seen them. Whoever takes over a keyset would change the telephone number first.

    edit_contact(tx, {"name": "Trace desk", "phone": "+43 1 531 26"}, "ada")
    for one in changes_of(view, "at"): print(one.at_ms, one.differences)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import delete, insert, select, update

from keys.keyset import Contact
from protocol import strictjson
from tracing import audit
from tracing.settings import ContactSettings, Settings
from tracing.store import AnyRow, Tx, View
from tracing.store.inserting import insert as insert_or_update
from tracing.tables import ContactChange, OwnContact, table_of
from tracing.trust.alarms import end_alarms, raise_alarm

__all__ = [
    "CHANGED", "Change", "ContactCard", "ContactInvalid", "Edited", "changes_of", "contact_of", "drop_edits",
    "edit_contact", "edited_contact", "note_change", "own_contact", "see_changes",
]  # fmt: skip

CHANGED: Final = "contact-changed"  # the code of an alarm: a counterpart's card is not what it was
MOST_BYTES: Final = 256 * 1024  # of our own card: some twenty points of contact and their texts
MOST_THEIRS: Final = 2 * 1024 * 1024  # of a counterpart's, which came in a keyset of half of that
MOST_SHOWN: Final = 10
_own, _changes = table_of(OwnContact), table_of(ContactChange)


class Point(BaseModel):
    """A further point of contact of ITI para 25."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
    email: Annotated[str, Field(max_length=200)] = ""
    phone: Annotated[str, Field(max_length=80)] = ""
    address: Annotated[str, Field(max_length=500)] = ""
    hours: Annotated[str, Field(max_length=200)] = ""
    languages: Annotated[tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ...], Field(max_length=30)] = ()


class ContactCard(ContactSettings):
    """Our own card as officers write it, stricter than what is taken from others."""

    points: Annotated[tuple[Point, ...], Field(max_length=20)] = ()


class ContactInvalid(Exception):
    """What was entered is no contact card; ``problems`` are (member, what was expected)."""

    def __init__(self, problems: tuple[tuple[str, str], ...]) -> None:
        super().__init__("; ".join(f"{member}: {expected}" for member, expected in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Edited:
    """Our card as it was edited last."""

    card: ContactCard
    at_ms: int
    by: str


# ---------------------------------------------------------------- ours


def contact_of(card: ContactSettings, name: str) -> Contact:
    """The card as it travels. ``name`` is the authority's, for a card that names nobody."""
    members = card.model_dump(mode="json") | {"name": card.name or name}
    points = [_filled(point.model_dump(mode="json")) for point in getattr(card, "points", ())]
    return Contact.model_validate_json(strictjson.dump(_filled(members) | ({"points": points} if points else {})))


def _filled(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in ("", [], ())}


def edited_contact(view: View) -> Edited | None:
    """Our card as officers edited it, None while that in the settings counts."""
    row = view.conn.execute(select(_own)).first()
    return None if row is None else Edited(_read(row.members), row.changed_ms, row.changed_by)


def _read(members: str) -> ContactCard:
    return ContactCard.model_validate_json(members)


def own_contact(view: View, settings: Settings) -> Contact:
    """The card that travels now."""
    edited = edited_contact(view)
    return contact_of(settings.contact if edited is None else edited.card, settings.name)


def edit_contact(tx: Tx, members: Mapping[str, Any], actor: str) -> ContactCard:
    """Let this be our card from now on, or ContactInvalid."""
    card = _judged(members)
    row = {"id": 1, "members": card.model_dump_json(), "changed_ms": tx.now_ms, "changed_by": actor}
    adding = insert_or_update(_own).values(row)
    tx.conn.execute(adding.on_conflict_do_update(index_elements=["id"], set_=row))
    audit.note(tx, "cfg", "contact", {"act": "contact", "actor": actor, "card": card.model_dump(mode="json")})
    return card


def _judged(members: Mapping[str, Any]) -> ContactCard:
    try:
        content = strictjson.dump(dict(members))
        if len(content) > MOST_BYTES:
            raise ContactInvalid((("", f"expected at most {MOST_BYTES} bytes"),))
        return ContactCard.model_validate_json(content)
    except ValidationError as error:
        found = {".".join(map(str, one["loc"])): one["msg"] for one in error.errors()}
        raise ContactInvalid(tuple(found.items())) from error


def drop_edits(tx: Tx, actor: str) -> bool:
    """Let the card in the settings count again; False where it does."""
    dropped = tx.conn.execute(delete(_own)).rowcount > 0
    if dropped:
        audit.note(tx, "cfg", "contact", {"act": "contact-dropped", "actor": actor})
    return dropped


# ---------------------------------------------------------------- counterparts'


@dataclass(frozen=True, slots=True)
class Change:
    """A counterpart's card before and after one of its keysets. ``differences``: (member, before, after) as JSON."""

    id: int
    keyset: int
    at_ms: int
    differences: tuple[tuple[str, Any, Any], ...]
    seen_ms: int | None
    seen_by: str | None


def note_change(tx: Tx, authority: str, ver: int, before: Contact, after: Contact) -> None:
    """Keep both cards for officers to see, and raise the alarm that says so."""
    row = {"authority": authority, "keyset": ver, "before": _json(before), "after": _json(after), "at_ms": tx.now_ms}
    tx.conn.execute(insert(_changes).values(row))
    said = "its contact card has changed: compare the telephone numbers you would use to confirm anything"
    raise_alarm(tx, authority, CHANGED, said)


def _json(contact: Contact) -> str:
    return strictjson.dump(contact.model_dump(mode="json")).decode()


def changes_of(view: View, authority: str) -> tuple[Change, ...]:
    """What changed on its card, the newest first; those nobody has seen come before all others."""
    query = select(_changes).where(_changes.c.authority == authority)
    ordered = query.order_by(_changes.c.seen_ms.is_not(None), _changes.c.id.desc()).limit(MOST_SHOWN)
    return tuple(_change(row) for row in view.conn.execute(ordered))


def _change(row: AnyRow) -> Change:
    before, after = (strictjson.load(text.encode(), MOST_THEIRS) for text in (row.before, row.after))
    names = dict.fromkeys((*before, *after))
    found = tuple((name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name))
    return Change(row.id, row.keyset, row.at_ms, found, row.seen_ms, row.seen_by)


def see_changes(tx: Tx, authority: str, last: int, actor: str) -> int:
    """An officer has seen what changed up to the change ``last``; how many nobody had seen before him."""
    unseen = (_changes.c.authority == authority, _changes.c.seen_ms.is_(None))
    now = {"seen_ms": tx.now_ms, "seen_by": actor}
    count = tx.conn.execute(update(_changes).where(*unseen, _changes.c.id <= last).values(now)).rowcount
    if count:
        audit.note(tx, "op", authority, {"act": "contact-seen", "actor": actor, "changes": count})
    if tx.conn.execute(select(_changes.c.id).where(*unseen).limit(1)).first() is None:
        end_alarms(tx, authority, CHANGED, actor=actor)
    return count
