"""Addresses whose mail came back for good: nothing more is sent there until somebody says they are right."""

from collections.abc import Mapping

import structlog
from sqlalchemy import delete, select, update

from tracing import audit
from tracing.channels.claims import try_parked_again
from tracing.channels.standing import MAIL
from tracing.store import Tx, View
from tracing.store.inserting import insert
from tracing.tables import MailAddress, Notice, ReturnedAddress, table_of

__all__ = ["came_back", "readmit", "reason_of", "whose"]

_addresses, _notices, _returned = map(table_of, (MailAddress, Notice, ReturnedAddress))


def reason_of(view: View, address: str) -> str | None:
    """Why mail to an address comes back; None where it does not."""
    reason: str | None = view.conn.execute(select(_returned.c.said).where(_returned.c.address == address)).scalar()
    return reason


def whose(view: View) -> Mapping[str, str]:
    """The persons whose mail comes back, each with the reason."""
    query = select(_addresses.c.user_name, _returned.c.said).join(
        _returned, _returned.c.address == _addresses.c.address
    )
    return {row.user_name: row.said for row in view.conn.execute(query.order_by(_addresses.c.user_name))}


def came_back(tx: Tx, message_id: str, said: str, teams: Mapping[str, str]) -> bool:
    """A report says that a mail of ours will never arrive; whether it is news. ``teams``: role to address.

    The mail is parked, and so is its address, unless its reader has chosen another since.
    """
    sent = (_notices.c.message_id == message_id, _notices.c.target == MAIL, _notices.c.state == "sent")
    row = tx.conn.execute(select(_notices).where(*sent)).first()
    if row is None:
        return False
    tx.conn.execute(update(_notices).where(_notices.c.id == row.id).values(state="parked", said=said))
    address = teams.get(row.to_role) if row.to_user is None else _unchanged(tx, row.to_user, row.ended_ms)
    if address:
        marked = insert(_returned).values(address=address, said=said, at_ms=tx.now_ms)
        tx.conn.execute(marked.on_conflict_do_nothing())
    what = {"act": "mail-returned", "kind": row.kind, "to": row.to_user or row.to_role, "address_parked": bool(address)}
    audit.note(tx, "op", "mail", what)
    tx.after_commit(lambda: structlog.get_logger().error("mail.returned", notice=row.id))
    return True


def readmit(tx: Tx, address: str, user: str | None, actor: str) -> bool:
    """An address is right: mails go there again, and what was parked for it is tried again."""
    known = tx.conn.execute(delete(_returned).where(_returned.c.address == address)).rowcount == 1
    if known:
        audit.note(tx, "cfg", user or "mail", {"act": "readmit-address", "actor": actor, "user": user})
        try_parked_again(tx, MAIL, user)
    return known


def _unchanged(view: View, name: str, since_ms: int) -> str | None:
    """The address of a person, if it is still the one of then."""
    row = view.conn.execute(select(_addresses).where(_addresses.c.user_name == name)).first()
    return None if row is None or row.set_ms > since_ms else row.address
