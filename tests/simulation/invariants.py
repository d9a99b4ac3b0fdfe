"""What must hold, whatever happened: while it happens, and when everything has arrived."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from protocol import receipts, strictjson
from tests.simulation.place import LOOK_S, Place
from tests.talks.standing import standings
from tracing import audit
from tracing.casework import tallies
from tracing.node import Node
from tracing.store import View

__all__ = ["Files", "Violated", "at_the_end", "cases", "promises_are_kept", "receipts_are_durable", "under_way"]

MOST_BYTES = 1 << 24


class Violated(AssertionError):
    """Something that must hold does not."""


# ---------------------------------------------------------------- while it happens


def cases(view: View) -> list[str]:
    """Every case of a node."""
    return list(view.conn.exec_driver_sql("SELECT id FROM cases ORDER BY id").scalars())


class Files:
    """The database of each home as anybody else sees it: what was committed, and nothing more."""

    def __init__(self, homes: Mapping[str, Path]) -> None:
        self._homes = homes
        self._open: dict[str, sqlite3.Connection] = {}

    def rows(self, authority: str, sql: str, *values: str) -> list[Any]:
        """What it holds now."""
        if authority not in self._open:
            self._open[authority] = sqlite3.connect(self._homes[authority] / "node.db")
        return self._open[authority].execute(sql, values).fetchall()

    def close(self) -> None:
        """Let go of all of them."""
        for one in self._open.values():
            one.close()
        self._open.clear()


def receipts_are_durable(files: Files, authority: str, answer: bytes) -> None:
    """What an answer promises is in the file of whoever promised, before anybody can read the answer."""
    try:
        body = strictjson.load(answer, MOST_BYTES)
    except ValueError:
        return
    rids = [receipts.parse(item).receipt.rid for item in body.get("receipts", ())] if isinstance(body, dict) else []
    if missing := [rid for rid in rids if not files.rows(authority, "SELECT 1 FROM receipts WHERE rid = ?", str(rid))]:
        raise Violated(f"{authority} promised {len(missing)} receipts that it does not hold")


def promises_are_kept(files: Files, promised: Mapping[str, set[str]]) -> None:
    """What a node confirmed to its officer is in its file."""
    for authority, mids in promised.items():
        held = {mid for (mid,) in files.rows(authority, "SELECT mid FROM messages WHERE direction = 'out'")}
        if lost := mids - held:
            raise Violated(f"{authority} lost {len(lost)} messages that it had confirmed to its officer")


# ---------------------------------------------------------------- when all is mended

_UNDER_WAY = {
    "to send": "SELECT count(*) FROM outbox",
    "to open": "SELECT count(*) FROM envelopes WHERE direction = 'in' AND stage NOT IN ('opened', 'rejected')",
}


async def under_way(places: Mapping[str, Place]) -> dict[str, int]:
    """What still has to arrive or to be opened, by node; empty when nothing has."""
    found = {}
    for name, place in places.items():
        if place.node is None:
            found[name] = 1
            continue
        for what, sql in _UNDER_WAY.items():
            if count := await place.node.store.read(lambda view, sql=sql: _count(view, sql)):  # type: ignore[misc]
                found[f"{name} {what}"] = count
    return found


async def at_the_end(places: Mapping[str, Place], promised: Mapping[str, set[str]]) -> None:
    """Nothing lost, nothing twice, both sides agree, trees verify, tallies and reminders are right.

    Between two whose wall clocks are not alike the instants of their clocks are not compared: nobody believes a receipt
    of tomorrow.
    """
    nodes = {name: place.node for name, place in places.items() if place.node is not None}
    for name, node in nodes.items():
        for what, sql in _NEVER.items():
            if count := node.store.read_now(lambda view, sql=sql: _count(view, sql)):  # type: ignore[misc]
                raise Violated(f"{name}: {count} {what}")
        _reminded(name, node)
        _trees_verify(name, node)
        if difference := node.store.read_now(tallies.first_difference):
            raise Violated(f"{name}: tallies differ: {difference}")
    _arrived(nodes, promised)
    await _agreed(nodes, {name: place.clock.has_jumped for name, place in places.items()})


_NEVER = {
    "messages were refused": "SELECT count(*) FROM envelopes WHERE stage = 'rejected'",
    "messages of ours are not known to have been opened": (
        "SELECT count(*) FROM envelopes WHERE direction = 'out' AND stage <> 'opened'"
    ),
    "messages were opened and are in no case": (
        "SELECT count(*) FROM envelopes e WHERE direction = 'in' AND NOT EXISTS"
        " (SELECT 1 FROM messages m WHERE m.mid = e.mid)"
        " AND NOT EXISTS (SELECT 1 FROM matter_messages m WHERE m.mid = e.mid)"
    ),
    "messages took effect twice": "SELECT count(*) FROM (SELECT mid FROM messages GROUP BY mid HAVING count(*) > 1)",
    "positions in a case are taken twice": (
        "SELECT count(*) FROM (SELECT 1 FROM messages GROUP BY case_id, position HAVING count(*) > 1)"
    ),
    "numbers to a counterpart were used twice": (
        "SELECT count(*) FROM (SELECT 1 FROM envelopes WHERE direction = 'out' GROUP BY recipient, seq"
        " HAVING count(*) > 1)"
    ),
    "dates passed and nobody was told": (
        "SELECT count(*) FROM deadlines d WHERE passed_told_ms IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM reminders r WHERE r.deadline_id = d.id AND r.event = 'passed')"
    ),
}


def _reminded(name: str, node: Node) -> None:
    """No clock that runs is past its date without a word, two looks later."""
    before_ms = node.clock.now_ms() - int(2 * LOOK_S * 1000)
    sql = f"SELECT count(*) FROM deadlines WHERE ended_ms IS NULL AND passed_told_ms IS NULL AND due_ms < {before_ms}"
    if count := node.store.read_now(lambda view: _count(view, sql)):
        raise Violated(f"{name}: {count} dates passed in silence")


def _trees_verify(name: str, node: Node) -> None:
    result = node.store.read_now(lambda view: audit.verify(view, node.checkpoints.check))
    if not result.ok:
        raise Violated(f"{name}: the trail does not verify: {result}")


def _arrived(nodes: Mapping[str, Node], promised: Mapping[str, set[str]]) -> None:
    """Each message that an officer was promised is at its recipient."""
    held = {name: set(node.store.read_now(_mids)) for name, node in nodes.items()}
    for name, mids in promised.items():
        to = dict(nodes[name].store.read_now(_recipients))
        if lost := [mid for mid in mids if mid not in held[to[mid]]]:
            raise Violated(f"{len(lost)} messages of {name} never came to their recipient")


async def _agreed(nodes: Mapping[str, Node], is_off: Mapping[str, bool]) -> None:
    both: dict[str, list[tuple[str, Any]]] = {}
    for name, node in nodes.items():
        ids = node.store.read_now(cases)
        seen = await standings(SimpleNamespace(node=node), ids)  # type: ignore[arg-type]
        for case_id, standing in zip(ids, seen, strict=True):
            both.setdefault(case_id, []).append((name, standing))
    for case_id, sides in both.items():
        if len(sides) != 2:
            raise Violated(f"{case_id} is known to {[name for name, _ in sides]} alone")
        (one, ours), (other, theirs) = sides
        differ = [key for key in ours.shared if ours.shared[key] != theirs.shared[key]]
        if is_off[one] or is_off[other]:
            differ = [key for key in differ if key != "clocks"]
        if differ:
            raise Violated(f"{one} and {other} differ over {case_id} in {differ}")
        for name, standing in sides:
            if standing.clocks != standing.anew:
                rows = zip(standing.clocks, standing.anew, strict=False)
                first = next(((ours, anew) for ours, anew in rows if ours != anew), "one is missing")
                raise Violated(f"{name}: clocks of {case_id} are not what its messages make: {first}")


def _count(view: View, sql: str) -> int:
    return int(view.conn.exec_driver_sql(sql).scalar_one())


def _mids(view: View) -> list[str]:
    return list(view.conn.exec_driver_sql("SELECT mid FROM envelopes WHERE direction = 'in'").scalars())


def _recipients(view: View) -> list[Any]:
    return list(view.conn.exec_driver_sql("SELECT mid, recipient FROM envelopes WHERE direction = 'out'").all())
