"""Filling a home with cases as a node would hold them after years: rows of two real cases, copied with other names.

Rules
- The two cases (one sent, one received) are said by real nodes; what each of their six steps leaves is the pattern.
- Every copy has ids, times, a serial, a content key, a summary and search tokens of its own. It is copied at the step
  it stands at: most are closed, some are answered, some are open.
- Of every ``WHOLE_EVERY`` cases one has its messages, encrypted under its own key, so that it can be opened; the others
  have a stub for them (a million cases would be 40 GB). Left out, because nothing that is measured reads it: the bytes
  of envelopes, receipts, and the leaves of the trees of counterparts. The leaves of messages stand in a tree of their
  own, so that the trees of the node still hold.
"""

import itertools
import random
import shutil
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any

from keys.rest import ContentCipher
from protocol import strictjson
from tests.casework.voice import BODIES
from tests.world import OFFICER, World, ask, world
from tracing.casework.summary import words_of

__all__ = ["Pattern", "fill", "patterns"]

SERIAL = "QQ0000000"
STEPS = ("acknowledge", "ask", "supply", "answer", "close")
SAID = {"acknowledge": "acknowledgement", "ask": "information_request", "supply": "information_supply",
    "delay": "delay_notice", "answer": "final_response", "close": "closure"}  # fmt: skip
BY_REQUESTED = {"acknowledge", "ask", "answer"}
SHARES = (0.15, 0.05, 0.02, 0.02, 0.26, 0.50)  # of cases that stand after the request, the acknowledgement, ...
OPEN_STEPS = 4  # a case at one of these is still open, and young
COPIED = ("cases", "messages", "deadlines", "envelopes")
STATES = 20  # counterparts; the first has a node, and half of all cases
WHOLE_EVERY, WHOLE_AT_FIRST = 500, 150
STUB = b"\x01" + bytes(64)
DAY_MS = 86_400_000
YEARS_MS, YOUNG_MS = 3 * 365 * DAY_MS, 60 * DAY_MS
BATCH = 20_000
MOST_BYTES = 1 << 20
LEAVES_FROM = 100_000_000


Change = Callable[["_Copy", Any], Any]
Changes = list[tuple[str, Change]]


@dataclass
class Pattern:
    """What one real case left at br after each step: rows by table; its summary and its messages in clear."""

    case: str
    steps: list[dict[str, list[dict[str, Any]]]] = field(default_factory=list)
    leaves: dict[str, dict[str, Any]] = field(default_factory=dict)  # of messages, by mid
    summary: bytes = b""
    inner: dict[str, bytes] = field(default_factory=dict)
    changes: dict[int, Changes] = field(default_factory=dict, repr=False)


# ---------------------------------------------------------------- patterns


async def patterns(folder: Path) -> tuple[list[Pattern], ContentCipher, dict[str, int]]:
    """Two real cases at br, the cipher of its home, and the bytes one full case costs by table."""
    async with world(folder, "br", "at") as w:
        made = [await _play(w, "br", "at"), await _play(w, "at", "br")]
        cipher = w["br"].store.cipher
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


# ---------------------------------------------------------------- copies


def fill(home: Path, to: Path, count: int, made: Sequence[Pattern], cipher: ContentCipher) -> None:
    """A copy of the home at ``to`` with so many cases more. Indexes are made when all rows are there."""
    shutil.copytree(home, to)
    with sqlite3.connect(to / "node.db", isolation_level=None) as db:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -1000000", "foreign_keys = OFF"):
            db.execute(f"PRAGMA {pragma}")
        indexes = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL").fetchall()
        for name, _ in indexes:
            db.execute(f"DROP INDEX {name}")
        db.execute("CREATE TEMP TABLE found (token TEXT, case_id TEXT)")
        _add_states(db)
        copier = _Copier(made, cipher, int(time.time() * 1000))
        for size in (min(BATCH, count - done) for done in range(0, count, BATCH)):
            db.execute("BEGIN")
            _write(db, copier.some(size))
            db.execute("COMMIT")
        db.execute("INSERT INTO search_tokens SELECT * FROM found ORDER BY token, case_id")
        for _, sql in indexes:
            db.execute(sql)
        db.execute("PRAGMA journal_mode = WAL")


def _add_states(db: sqlite3.Connection) -> None:
    """Counterparts reached by letter, which need no card."""
    for number in range(1, STATES):
        db.execute(
            "INSERT INTO counterparts (authority, country, name, on_node, status, pinned_ms, pinned_by, out_seq, in_hi)"
            " VALUES (?, 'FJI', ?, 0, 'active', 0, 'bench', 0, 0)",
            (f"s{number:02d}", f"State {number}"),
        )


Rows = dict[str, list[dict[str, Any]]]


def _write(db: sqlite3.Connection, rows: Rows) -> None:
    for table, some in rows.items():
        names = tuple(some[0])
        marks, values_of = ", ".join("?" * len(names)), itemgetter(*names)
        db.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", map(values_of, some))


class _Copier:
    """Copies of the patterns, in the order in which they were opened."""

    def __init__(self, made: Sequence[Pattern], cipher: ContentCipher, now_ms: int) -> None:
        self._made = made
        self._cipher = cipher
        self._now_ms = now_ms
        self._chance = random.Random(7)
        self._numbers = itertools.count(1)
        self._leaves = itertools.count(LEAVES_FROM)
        self._words = [words_of(strictjson.load(one.summary, MOST_BYTES)) for one in made]
        self._tokens: dict[str, str] = {}

    def some(self, count: int) -> Rows:
        """The rows of so many cases."""
        rows: Rows = {table: [] for table in (*COPIED, "leaves", "found")}
        for _ in range(count):
            self._copy(rows)
        return rows

    def _copy(self, rows: Rows) -> None:
        number, which = next(self._numbers), self._chance.randrange(2)
        step = self._chance.choices(range(len(SHARES)), SHARES)[0]
        pattern, state = self._made[which], number // 2 % (STATES - 1)
        copy = _Copy(pattern, self._now_ms - self._age_ms(step), "at" if number % 2 else f"s{state + 1:02d}", number)
        self._add_case(rows, copy, step, which)
        for message in pattern.steps[step]["messages"]:
            self._add_message(rows, copy, message)
        rows["deadlines"] += [copy.deadline(row, self._now_ms) for row in pattern.steps[step]["deadlines"]]
        rows["envelopes"] += [
            copy.row(row) | {"wire": b"", "digest": f"{number:064x}"} for row in pattern.steps[step]["envelopes"]
        ]

    def _age_ms(self, step: int) -> int:
        return self._chance.randrange(YOUNG_MS if step < OPEN_STEPS else YEARS_MS)

    def _add_case(self, rows: Rows, copy: "_Copy", step: int, which: int) -> None:
        wrapped, copy.key = self._cipher.new_key()
        summary = self._cipher.encrypt(
            copy.key, copy.pattern.summary.replace(SERIAL.encode(), copy.serial.encode()), f"{copy.case}\x1fsummary"
        )
        (row,) = copy.pattern.steps[step]["cases"]
        rows["cases"].append(copy.row(row) | {"content_key": wrapped, "summary": summary})
        own = {
            word.replace(SERIAL, copy.serial).replace(SERIAL.lower(), copy.serial.lower())
            for word in self._words[which]
        }
        rows["found"] += [{"token": self._token(word, copy.serial), "case_id": copy.case} for word in own]

    def _token(self, word: str, serial: str) -> str:
        if serial.lower() in word.lower():
            return self._cipher.token(word)
        if word not in self._tokens:
            self._tokens[word] = self._cipher.token(word)
        return self._tokens[word]

    def _add_message(self, rows: Rows, copy: "_Copy", message: dict[str, Any]) -> None:
        mid, leaf = copy.mids[message["mid"]], next(self._leaves)
        is_whole = copy.number % WHOLE_EVERY in {0, 1} or copy.number <= WHOLE_AT_FIRST
        place = f"{copy.case}\x1fmessage\x1f{mid}"
        inner = self._cipher.encrypt(copy.key, copy.pattern.inner[message["mid"]], place) if is_whole else STUB
        rows["messages"].append(copy.row(message) | {"inner": inner, "leaf": leaf})
        entry = copy.pattern.leaves[message["mid"]]
        rows["leaves"].append(
            entry | {"tree": "of the past", "idx": leaf, "ref": mid, "at_ms": entry["at_ms"] + copy.shift_ms}
        )


class _Copy:
    """Names, times and serial of one copy."""

    def __init__(self, pattern: Pattern, opened_ms: int, counterpart: str, number: int) -> None:
        self.pattern = pattern
        self.counterpart = counterpart
        self.number = number
        self.serial = f"QQ{number:07d}"
        self.key = b""
        first = pattern.steps[0]["cases"][0]
        self.shift_ms = opened_ms - first["opened_ms"]
        self.case = f"{self.named(pattern.case.partition('.')[0])}.{_hex7(opened_ms, number, 0)}"
        self.mids = {
            mid: f"{self.named(mid.partition(':')[0])}:{_dashed(_hex7(opened_ms, number, at))}"
            for at, mid in enumerate(pattern.inner, 1)
        }

    def row(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row under other names and times."""
        copied = dict(row)
        for name, change in self._changes_of(row):
            copied[name] = change(self, copied[name])
        return copied

    def _changes_of(self, row: dict[str, Any]) -> Changes:
        """What differs from copy to copy; looked up once for each row of the pattern."""
        known = self.pattern.changes.get(id(row))
        if known is None:
            known = [(name, change) for name, value in row.items() if value is not None and (change := _change(name))]
            self.pattern.changes[id(row)] = known
        return known

    def deadline(self, row: dict[str, Any], now_ms: int) -> dict[str, Any]:
        """A deadline of which was told what a running node would have told."""
        copied = self.row(row) | {"id": None}
        told = {"near_told_ms": "near_ms", "passed_told_ms": "due_ms"}
        return copied | {name: copied[of] for name, of in told.items() if copied[of] <= now_ms}

    def named(self, authority: str) -> str:
        """The counterpart of this copy for that of the pattern."""
        return self.counterpart if authority == "at" else authority


def _change(name: str) -> Change | None:
    """How a column of that name is copied; None for one that stays."""
    if name.endswith("_ms"):
        return lambda copy, value: value + copy.shift_ms
    if name in {"counterpart", "sender", "recipient"}:
        return lambda copy, value: copy.named(value)
    if name in {"id", "case_id"}:
        return lambda copy, _: copy.case
    if name in {"mid", "re", "started_by", "counted_by", "ended_by"}:
        return lambda copy, value: " ".join([copy.mids[one] for one in value.split()])
    return None


def _hex7(at_ms: int, number: int, at: int) -> str:
    """32 digits of a UUID of version 7."""
    return f"{at_ms:012x}7{at:03x}8{number:015x}"


def _dashed(digits: str) -> str:
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
