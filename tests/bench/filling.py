"""Two real cases, said by real nodes: what each step of them leaves is the pattern of a million copies (``copying``).

Rules
- One case is sent, one received; both go through request, acknowledgement, question, supply, answer and closure.
- What a full case costs is counted on the received one: bytes in its rows, and what the indexes hold of them again.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keys.rest import ContentCipher
from tests.casework.voice import BODIES
from tests.world import OFFICER, World, ask, world
from tracing.audit import PRIVATE
from tracing.audit.marks import catch_up

__all__ = ["SAID", "SERIAL", "Pattern", "patterns"]

SERIAL = "QQ0000000"
STEPS = ("acknowledge", "ask", "supply", "answer", "close")
SAID = {"acknowledge": "acknowledgement", "ask": "information_request", "supply": "information_supply",
    "delay": "delay_notice", "answer": "final_response", "close": "closure"}  # fmt: skip
BY_REQUESTED = {"acknowledge", "ask", "answer"}
COPIED = ("cases", "messages", "deadlines", "envelopes")


@dataclass
class Pattern:
    """What one real case left at br after each step: rows by table; its summary and its messages in clear."""

    case: str
    steps: list[dict[str, list[dict[str, Any]]]] = field(default_factory=list)
    leaves: dict[str, dict[str, Any]] = field(default_factory=dict)  # of messages, by mid
    summary: bytes = b""
    inner: dict[str, bytes] = field(default_factory=dict)
    opened_ms: int = 0
    lasted_ms: int = 1


# ---------------------------------------------------------------- patterns


async def patterns(folder: Path) -> tuple[list[Pattern], ContentCipher, dict[str, int]]:
    """Two real cases at br, the cipher of its home, and the bytes one full case costs by table."""
    async with world(folder, "br", "at") as w:
        made = [await _play(w, "br", "at"), await _play(w, "at", "br")]
        cipher = w["br"].store.cipher
        await catch_up(w["br"].store, PRIVATE)
        return made, cipher, _bytes_of_case(folder / "br" / "node.db", made[1])


async def _play(w: World, requester: str, requested: str) -> Pattern:
    outcome = await w[requester].office.request(OFFICER, ask(requested, SERIAL), wait_s=10)
    pattern, database = Pattern(outcome.case), w["br"].store
    await w.reached(requested, outcome.case, "delivered")
    await w.settled()
    _keep(pattern, w.folder / "br" / "node.db")
    for step in STEPS:
        who = requested if step in BY_REQUESTED else requester
        await w[who].office.move(OFFICER, outcome.case, step, BODIES[SAID[step]], wait_s=10)
        await w.settled()
        _keep(pattern, w.folder / "br" / "node.db")
    _open(pattern, database.cipher)
    return pattern


def _keep(pattern: Pattern, database: Path) -> None:
    with sqlite3.connect(database) as db:
        db.row_factory = sqlite3.Row
        columns = {table: "id" if table == "cases" else "case_id" for table in COPIED}
        rows = {
            table: [dict(row) for row in db.execute(f"SELECT * FROM {table} WHERE {column} = ?", (pattern.case,))]
            for table, column in columns.items()
        }
        pattern.steps.append(rows)
        for message in rows["messages"]:
            found = db.execute("SELECT * FROM leaves WHERE tree = 'private' AND idx = ?", (message["leaf"],)).fetchone()
            pattern.leaves[message["mid"]] = dict(found)


def _open(pattern: Pattern, cipher: ContentCipher) -> None:
    last = pattern.steps[-1]
    (case,) = last["cases"]
    key = cipher.unwrap(case["content_key"])
    pattern.opened_ms = case["opened_ms"]
    pattern.lasted_ms = case["updated_ms"] - case["opened_ms"] + 1
    pattern.summary = cipher.decrypt(key, case["summary"], f"{pattern.case}\x1fsummary")
    for message in last["messages"]:
        place = f"{pattern.case}\x1fmessage\x1f{message['mid']}"
        pattern.inner[message["mid"]] = cipher.decrypt(key, message["inner"], place)


def _bytes_of_case(database: Path, pattern: Pattern) -> dict[str, int]:
    """Bytes in the rows of one full case, by table; what is a message or an envelope is told apart by the caller."""
    mids = [message["mid"] for message in pattern.steps[-1]["messages"]]
    marks = ", ".join("?" * len(mids))
    where = {
        "cases": ("id = ?", [pattern.case]), "messages": ("case_id = ?", [pattern.case]),
        "deadlines": ("case_id = ?", [pattern.case]), "reminders": ("case_id = ?", [pattern.case]),
        "search_tokens": ("case_id = ?", [pattern.case]), "envelopes": (f"mid IN ({marks})", mids),
        "receipts": (f"mid IN ({marks})", mids),
        "leaves": (f"ref IN ({marks}) OR ref = ? OR ref IN (SELECT rid FROM receipts WHERE mid IN ({marks}))",
            [*mids, pattern.case, *mids]),
        "leaf_marks": (f"idx IN (SELECT idx FROM leaves WHERE tree = 'private' AND (ref IN ({marks}) OR ref = ?))",
            [*mids, pattern.case]),
    }  # fmt: skip
    with sqlite3.connect(database) as db:
        return {table: _row_bytes(db, table, *condition) for table, condition in where.items()}


def _row_bytes(db: sqlite3.Connection, table: str, where: str, values: Sequence[Any]) -> int:
    """Bytes of values, and of what the indexes hold of them again."""
    width = {
        row[1]: f"coalesce(length(CAST({row[1]} AS BLOB)), 0)" for row in db.execute(f"PRAGMA table_info({table})")
    }
    indexed = [
        width.get(column[2], "8")  # an expression here is over an instant
        for index in db.execute(f"PRAGMA index_list({table})").fetchall()
        for column in db.execute(f"PRAGMA index_info({index[1]})")
    ]
    columns = " + ".join([*width.values(), *indexed])
    return int(db.execute(f"SELECT coalesce(sum({columns}), 0) FROM {table} WHERE {where}", values).fetchone()[0])
