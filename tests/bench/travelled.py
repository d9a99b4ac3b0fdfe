"""A trail of envelopes and receipts as they travel: two real ones of each, said anew under other names and numbers.

Their signatures no longer hold; a verification of the trail looks at none. Their bytes are as many as ever.
"""

import asyncio
import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from protocol import base64url, strictjson
from tests.bench.filling import patterns
from tests.given import new_store
from tracing import audit
from tracing.store import Store, Tx
from tracing.tables import Envelope, Receipt, table_of

__all__ = ["travelled"]

AT_ONCE = 200  # envelopes in a unit
MOST = 1 << 23
_envelopes, _receipts = map(table_of, (Envelope, Receipt))
Row = dict[str, Any]


def travelled(folder: Path, count: int) -> Store:
    """A store with so many envelopes that came, the receipts they were given, and an officer's look at each."""
    asyncio.run(patterns(folder / "real"))
    envelope, receipts = _real(folder / "real" / "br" / "node.db")
    (folder / "copied").mkdir()
    store = new_store(folder / "copied")
    store.write_now(lambda tx: [audit.open_tree(tx, name, f"itx.training/br/{name}") for name in ("private", "at")])
    for first in range(0, count, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, count))
        store.write_now(lambda tx, numbers=numbers: [_one(tx, number, envelope, receipts) for number in numbers])  # type: ignore[misc]
    return store


def _real(database: Path) -> tuple[Row, list[Row]]:
    """An envelope that came, and what was receipted for it."""
    with closing(sqlite3.connect(database)) as db:
        db.row_factory = sqlite3.Row
        envelope = dict(db.execute("SELECT * FROM envelopes WHERE direction = 'in' LIMIT 1").fetchone())
        given = db.execute("SELECT * FROM receipts WHERE direction = 'out' AND mid = ?", (envelope["mid"],)).fetchall()
    return envelope, [dict(row) for row in given]


def _one(tx: Tx, number: int, envelope: Row, receipts: list[Row]) -> None:
    mid = f"at:{tx.ids.uuid7()}"
    wire, digest = _retold(envelope["wire"], {"mid": mid, "seq": number + 1})
    names = {"mid": mid, "seq": number + 1, "wire": wire, "digest": digest}
    tx.conn.execute(insert(_envelopes).values(**(envelope | names)))
    audit.append(tx, "at", "env.in", mid, h=hashlib.sha256(wire).hexdigest())
    for receipt in receipts:
        rid = f"br:{tx.ids.uuid7()}"
        wire, _ = _retold(receipt["wire"], {"rid": rid, "for": {"mid": mid, "env": digest}})
        tx.conn.execute(insert(_receipts).values(**(receipt | {"rid": rid, "mid": mid, "env": digest, "wire": wire})))
        audit.append(tx, "at", "rcpt.out", rid, h=hashlib.sha256(wire).hexdigest())
    audit.note(tx, "read", mid, {"actor": "ada", "what": "message", "cases": [envelope["case_id"]]})


def _retold(wire: bytes, changed: Row) -> tuple[bytes, str]:
    """A signed object that says something else, and the digest of what it says."""
    item = strictjson.load(wire, MOST)
    payload = strictjson.dump(strictjson.load(base64url.decode(item["payload"]), MOST) | changed)
    return strictjson.dump(item | {"payload": base64url.encode(payload)}), hashlib.sha256(payload).hexdigest()
