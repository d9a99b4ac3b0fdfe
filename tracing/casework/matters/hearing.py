"""What a counterpart says outside any case: the effect of one verified statement, in the caller's transaction.

Rules
- A matter is between the one that began it, whose name it bears, and one other. Only the kinds that may be said outside
  cases are taken there; anything else is refused: ``policy``.
- Any of them may come first: there is no request that it would have to wait for. A decision whose proposal has not come
  is kept without effect and judged anew when it comes.
- Attachments are of cases: a statement that bears any is refused here, ``policy``.
- Proposals of deadlines that wait for a decision here are bounded: one more is refused, ``policy``. Its sender sees
  that, and proposes anew once some were decided.
- A reconciliation is compared with what this node sees at that moment.
- Whom an update of the directory introduces is kept as a hint (``trust/introductions.py``).
- What came waits on Home until somebody reads it; a reconciliation only where something differs.
"""

from typing import Any

from protocol.envelope import Verified
from protocol.errors import PolicyRefused
from protocol.lifecycle import OUTSIDE_CASES, Kind
from protocol.messages import DirectoryUpdate, Reconciliation
from protocol.messages.directory_update import Introduction
from tracing.casework.acts import House
from tracing.casework.errors import NotFound
from tracing.casework.matters.agreed import MOST_OPEN, open_of
from tracing.casework.matters.reconciling import compare
from tracing.casework.matters.rows import MatterThread, add_message, load_matter, mark_unread, open_matter
from tracing.store import Tx
from tracing.trust.introductions import Introduced, hear_introductions

__all__ = ["MOST_MESSAGES", "hear", "row_of"]

MOST_MESSAGES = 300  # of one thread: a fold of 300 takes some 50 ms, and nobody honest comes near it


def hear(tx: Tx, house: House, verified: Verified) -> None:
    """Take one statement into its matter. PolicyRefused for what has no place there."""
    statement, message = verified.statement, verified.message
    matter, sender = str(statement.thread), str(statement.from_)
    if message.KIND not in OUTSIDE_CASES:
        msg = f"{message.KIND} is said in a case, and {matter} is a matter outside cases"
        raise PolicyRefused(msg)
    thread = _thread(tx, matter, sender, str(house.authority))
    if thread is not None and any(one.mid == statement.mid for one in thread.said):
        return
    if statement.att:
        msg = f"attachments travel with what is said in a case, and {matter} is a matter outside cases"
        raise PolicyRefused(msg)
    if message.KIND is Kind.PROFILE_PROPOSAL and (held := open_of(tx, sender, sender)) >= MOST_OPEN:
        msg = f"{held} proposals of {sender} wait for a decision; no more are taken until some are decided or ended"
        raise PolicyRefused(msg)
    if thread is None:
        open_matter(tx, matter, sender, direction="received", kind=str(message.KIND))
    compared = compare(tx, sender, message) if isinstance(message, Reconciliation) else None
    shown = compared.as_json() if compared else None
    add_message(tx, matter, row_of(verified), verified.inner, {"act": "receive"}, shown)
    if compared is None or not compared.agrees:
        mark_unread(tx, matter)
    if isinstance(message, DirectoryUpdate):
        said = [_introduced(one) for one in message.introduces]
        hear_introductions(tx, sender, str(statement.mid), said, statement.iat)


def _introduced(one: Introduction) -> Introduced:
    return Introduced(one.authority or "", (one.country or "")[:3], (one.name or "")[:200], one.digest or "")


def _thread(tx: Tx, matter: str, sender: str, me: str) -> MatterThread | None:
    """The matter, None where this statement begins it. Who asks learns nothing of another's matter."""
    begun_by = matter.rpartition(".")[0]
    try:
        thread = load_matter(tx, matter)
    except NotFound:
        if begun_by != sender:
            msg = f"no matter {matter} between {sender} and {me} was begun here"
            raise PolicyRefused(msg) from None
        return None
    if thread.row.counterpart != sender:
        msg = f"the matter {matter} is not one with {sender}"
        raise PolicyRefused(msg)
    if len(thread.said) >= MOST_MESSAGES:
        msg = f"the matter {matter} holds {len(thread.said)} statements; no more are taken"
        raise PolicyRefused(msg)
    return thread


def row_of(verified: Verified) -> dict[str, Any]:
    """A verified statement as the row of a message."""
    statement = verified.statement
    return {
        "mid": str(statement.mid),
        "direction": "in",
        "sender": str(statement.from_),
        "kind": str(verified.message.KIND),
        "effect": "effective",
        "re": " ".join(statement.re),
        "facts": " ".join(sorted(verified.message.facts())),
        "iat_ms": statement.iat,
        "statement_digest": verified.statement_digest,
        "actor": None,
    }
