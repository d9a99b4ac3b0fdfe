"""Filling a home with cases as a node would hold them after years: rows of two real cases, copied with other names.

Rules
- Every copy has ids, times, a serial, a content key, a summary and search tokens of its own. It is copied at the step
  it stands at: most are closed, some are answered, some are open. What took moments takes days in a copy.
- What a copy counts under is counted by the node's own rule, and summed into the tallies.
- Of every ``WHOLE_EVERY`` cases one has its messages, encrypted under its own key, so that it can be opened; the others
  have a stub for them (a million cases would be 40 GB). Left out, because nothing that is measured reads it: the bytes
  of envelopes, receipts, and the leaves of the trees of counterparts. The leaves of messages stand in a tree of their
  own, so that the trees of the node still hold.
- Python makes what is secret or named of each copy; the rows themselves are made by SQLite, pattern by copy.
"""

import random
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from keys.rest import ContentCipher
from protocol import strictjson
from tests.bench.filling import COPIED, SERIAL, Pattern
from tracing.casework.summary import words_of
from tracing.casework.tallies import Mark, counted, marks
from tracing.records.serials import match_key

__all__ = ["STUB", "fill"]

SHARES = (0.15, 0.05, 0.02, 0.02, 0.26, 0.50)  # of cases that stand after the request, the acknowledgement, ...
OPEN_STEPS = 4  # a case at one of these is still open, and young
STATES = 20  # counterparts; the first has a node, and half of all cases
WHOLE_EVERY, WHOLE_AT_FIRST = 500, 150
STUB = b"\x01" + bytes(64)
DAY_MS = 86_400_000
YEARS_MS, YOUNG_MS = 3 * 365 * DAY_MS, 60 * DAY_MS
TALK_MS = 40 * DAY_MS  # the longest a conversation takes
PLAYED_MS = 3_600_000  # what lies further from the beginning of a played case is a date, which nobody waited for
BATCH = 20_000
MOST_BYTES = 1 << 20
LEAVES_FROM = 100_000_000
MESSAGES = 6  # of a whole case
PRAGMAS = (
    "journal_mode = OFF",
    "synchronous = OFF",
    "cache_size = -2000000",
    "foreign_keys = OFF",
    "temp_store = FILE",
)


def fill(
    home: Path,
    to: Path,
    count: int,
    made: Sequence[Pattern],
    cipher: ContentCipher,
    *,
    shares: Sequence[float] = SHARES,
) -> None:
    """A copy of the home at ``to`` with so many cases more. Indexes are made when all rows are there."""
    shutil.copytree(home, to)
    with sqlite3.connect(to / "node.db", isolation_level=None) as db:
        for pragma in PRAGMAS:
            db.execute(f"PRAGMA {pragma}")
        indexes = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL").fetchall()
        for name, _ in indexes:
            db.execute(f"DROP INDEX {name}")
        _add_states(db)
        copier = _Copier(db, made, cipher, int(time.time() * 1000), shares=shares)
        copier.copy(count)
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


# ---------------------------------------------------------------- patterns, as SQLite copies them


class _Step:
    """What one case left after one step, with times since its opening and places for the names of a copy."""

    def __init__(self, pattern: Pattern, number: int) -> None:
        self.lasted_ms = pattern.lasted_ms
        mids = {mid: f"{{{at}}}" for at, mid in enumerate(pattern.inner, 1)}
        rows = dict(pattern.steps[number])
        rows["leaves"] = [pattern.leaves[row["mid"]] for row in rows["messages"]]
        self.rows = {
            table: [_with_places(row, pattern.opened_ms, mids) for row in some] for table, some in rows.items()
        }
        accepted = {row["mid"]: row["accepted_ms"] for row in self.rows["envelopes"]}
        self.case = self.rows["cases"][0]
        self.said = [SimpleNamespace(**row, accepted_ms=accepted.get(row["mid"])) for row in self.rows["messages"]]
        self.limits = [SimpleNamespace(**row) for row in self.rows["deadlines"]]

    def counted(self, copy: "_Copy", now_ms: int) -> str:
        """What a copy counts under; every message of the two real cases took effect."""

        def moved(one: Any, *names: str) -> Any:
            times = {name: copy.at(getattr(one, name), self.lasted_ms) for name in names}
            return SimpleNamespace(**(vars(one) | times))

        history = [moved(one, "iat_ms", "logged_ms", "accepted_ms") for one in self.said]
        limits = [moved(one, "due_ms", "ended_ms") for one in self.limits]
        for one in limits:
            one.passed_told_ms = one.due_ms if one.due_ms <= now_ms else None
        asked = (copy.opened_ms, copy.at(self.case["requested_ms"], self.lasted_ms))
        return counted(self.case["direction"], self.case["state"], *asked, history, limits)


def _with_places(row: dict[str, Any], opened_ms: int, mids: dict[str, str]) -> dict[str, Any]:
    changed = dict(row)
    for name, value in row.items():
        if value is not None and name.endswith("_ms"):
            changed[name] = value - opened_ms
        elif value is not None and name in NAMES_OF_MESSAGES:
            changed[name] = " ".join(mids.get(one, one) for one in value.split())
    return changed


NAMES_OF_MESSAGES = {"mid", "re", "started_by", "ended_by", "counted_by", "ref"}
OWN = {
    "messages": {"inner": f"x'{STUB.hex()}'", "leaf": f"{LEAVES_FROM} + c.number * {MESSAGES} + p.at"},
    "leaves": {"tree": "'of the past'", "idx": f"{LEAVES_FROM} + c.number * {MESSAGES} + p.at"},
    "envelopes": {"wire": "x''", "digest": "printf('%064x', c.number)"},
    "cases": {"content_key": "c.content_key", "summary": "c.summary", "counted": "c.counted"},
    "deadlines": {"id": "NULL"},
}
TOLD = {"near_told_ms": "near_ms", "passed_told_ms": "due_ms"}  # what a running node would have told


def _spelt(table: str, name: str) -> str:
    """How a column of a copy follows from the pattern ``p`` and the copy ``c``."""
    if (own := OWN[table].get(name)) is not None:
        return own
    if name in TOLD:
        at = _spelt(table, TOLD[name])
        return f"CASE WHEN {at} <= c.now THEN {at} END"
    if name.endswith("_ms"):
        spoken = f"p.{name} * c.took / p.lasted"
        return f"c.opened + CASE WHEN p.{name} BETWEEN 0 AND {PLAYED_MS} THEN {spoken} ELSE p.{name} END"
    if name in {"counterpart", "sender", "recipient"}:
        return f"CASE p.{name} WHEN 'at' THEN c.counterpart ELSE p.{name} END"
    if name in {"id", "case_id"}:
        return "c.case_id"
    spelt = f"p.{name}"
    for at in range(1, MESSAGES + 1) if name in NAMES_OF_MESSAGES else ():
        spelt = f"replace({spelt}, '{{{at}}}', c.m{at})"
    return spelt


# ---------------------------------------------------------------- copies


@dataclass(slots=True)
class _Copy:
    """Names, times and serial of one copy."""

    number: int
    which: int
    step: int
    counterpart: str
    opened_ms: int
    took_ms: int

    @property
    def serial(self) -> str:
        return f"QQ{self.number:07d}"

    @property
    def is_whole(self) -> bool:
        return self.number % WHOLE_EVERY in {0, 1} or self.number <= WHOLE_AT_FIRST

    def at(self, since_ms: int | None, lasted_ms: int) -> int | None:
        """When it was in this copy: what was said is drawn out to the time it took, a date only moves."""
        if since_ms is None:
            return None
        is_spoken = 0 <= since_ms <= PLAYED_MS
        return self.opened_ms + (since_ms * self.took_ms // lasted_ms if is_spoken else since_ms)

    def id(self, at: int) -> str:
        """The 32 digits of a UUID of version 7."""
        return f"{self.opened_ms:012x}7{at:03x}8{self.number:015x}"

    def named(self, authority: str) -> str:
        """The counterpart of this copy for that of the pattern."""
        return self.counterpart if authority == "at" else authority


class _Copier:
    """Copies of the patterns, in the order in which they were opened."""

    def __init__(
        self,
        db: sqlite3.Connection,
        made: Sequence[Pattern],
        cipher: ContentCipher,
        now_ms: int,
        *,
        shares: Sequence[float],
    ) -> None:
        self._db = db
        self._made = made
        self._cipher = cipher
        self._now_ms = now_ms
        self._shares = shares
        self._chance = random.Random(7)
        self._steps = [[_Step(one, step) for step in range(len(SHARES))] for one in made]
        self._words = [words_of(strictjson.load(one.summary, MOST_BYTES)) for one in made]
        self._tokens: dict[str, str] = {}
        self._sums: Counter[tuple[str, str, Mark]] = Counter()
        self._tables = self._prepare()

    def copy(self, count: int) -> None:
        """So many copies, their search tokens and tallies."""
        copies = self._copies(count)
        for size in (min(BATCH, count - done) for done in range(0, count, BATCH)):
            self._db.execute("BEGIN")
            self._write([next(copies) for _ in range(size)])
            self._db.execute("COMMIT")
        self._db.execute("INSERT INTO search_tokens SELECT * FROM found ORDER BY token, case_id")
        rows = [(counterpart, direction, *mark, n) for (counterpart, direction, mark), n in self._sums.items()]
        self._db.executemany(
            "INSERT INTO tallies (counterpart, direction, level, what, place, year, n) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET n = n + excluded.n", rows
        )  # fmt: skip

    def _prepare(self) -> dict[str, str]:
        """The patterns as temporary tables; the statement that copies each."""
        mids = ", ".join(f"m{at}" for at in range(1, MESSAGES + 1))
        self._db.execute("CREATE TEMP TABLE found (token TEXT, case_id TEXT)")
        self._db.execute(
            "CREATE TEMP TABLE copies (number INTEGER PRIMARY KEY, which, step, counterpart, case_id, opened, took,"
            f" now, content_key, summary, counted, {mids})"
        )
        return {table: self._prepare_table(table) for table in (*COPIED, "leaves")}

    def _prepare_table(self, table: str) -> str:
        names = list(self._steps[0][0].rows[table][0])
        self._db.execute(f"CREATE TEMP TABLE p_{table} (which, step, at, lasted, {', '.join(names)})")
        marks_ = ", ".join("?" * (len(names) + 4))
        for which, steps in enumerate(self._steps):
            for step, one in enumerate(steps):
                rows = [(which, step, at, one.lasted_ms, *row.values()) for at, row in enumerate(one.rows[table], 1)]
                self._db.executemany(f"INSERT INTO p_{table} VALUES ({marks_})", rows)
        spelt = ", ".join(_spelt(table, name) for name in names)
        joined = f"copies c JOIN p_{table} p ON p.which = c.which AND p.step = c.step"
        return f"INSERT INTO main.{table} ({', '.join(names)}) SELECT {spelt} FROM {joined} ORDER BY c.number, p.at"

    def _copies(self, count: int) -> Iterator[_Copy]:
        steps = range(len(self._shares))
        drawn = [(self._chance.choices(steps, self._shares)[0], self._chance.randrange(2)) for _ in range(count)]
        aged = sorted(((self._age_ms(step), step, which) for step, which in drawn), reverse=True)
        for number, (age_ms, step, which) in enumerate(aged, 1):
            state = number // 2 % (STATES - 1)
            counterpart = "at" if number % 2 else f"s{state + 1:02d}"
            took_ms = self._chance.randrange(min(age_ms, TALK_MS) + 1)
            yield _Copy(number, which, step, counterpart, self._now_ms - age_ms, took_ms)

    def _age_ms(self, step: int) -> int:
        return self._chance.randrange(YOUNG_MS if step < OPEN_STEPS else YEARS_MS)

    def _write(self, copies: Sequence[_Copy]) -> None:
        self._db.execute("DELETE FROM copies")
        whole: list[tuple[bytes, str]] = []
        found: list[tuple[str, str]] = []
        rows = [self._row(copy, found, whole) for copy in copies]
        self._db.executemany(f"INSERT INTO copies VALUES ({', '.join('?' * len(rows[0]))})", rows)
        self._db.executemany("INSERT INTO found VALUES (?, ?)", found)
        for statement in self._tables.values():
            self._db.execute(statement)
        self._db.executemany("UPDATE messages SET inner = ? WHERE mid = ?", whole)

    def _row(self, copy: _Copy, found: list[tuple[str, str]], whole: list[tuple[bytes, str]]) -> tuple[Any, ...]:
        pattern, step = self._made[copy.which], self._steps[copy.which][copy.step]
        case = f"{copy.named(pattern.case.partition('.')[0])}.{copy.id(0)}"
        mids = [
            f"{copy.named(mid.partition(':')[0])}:{_dashed(copy.id(at))}" for at, mid in enumerate(pattern.inner, 1)
        ]
        wrapped, key = self._cipher.new_key()
        said = pattern.summary.replace(SERIAL.encode(), copy.serial.encode())
        summary = self._cipher.encrypt(key, said, f"{case}\x1fsummary")
        if copy.is_whole:
            inners = zip(mids, pattern.inner.values(), strict=True)
            whole += [(self._cipher.encrypt(key, inner, f"{case}\x1fmessage\x1f{mid}"), mid) for mid, inner in inners]
        found += [(self._token(word, copy.serial), case) for word in self._words[copy.which]]
        words = step.counted(copy, self._now_ms)
        self._sums.update((copy.counterpart, step.case["direction"], mark) for mark in marks(words))
        at = (copy.counterpart, case, copy.opened_ms, copy.took_ms, self._now_ms)
        return (copy.number, copy.which, copy.step, *at, wrapped, summary, words, *mids)

    def _token(self, word: str, serial: str) -> str:
        if word.startswith("serial:"):
            return self._cipher.token(f"serial:{match_key(serial)}")
        own = word.replace(SERIAL, serial).replace(SERIAL.lower(), serial.lower())
        if own != word:
            return self._cipher.token(own)
        if word not in self._tokens:
            self._tokens[word] = self._cipher.token(word)
        return self._tokens[word]


def _dashed(digits: str) -> str:
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
