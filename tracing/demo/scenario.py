"""What happens in the demonstration: requests asked, acknowledged, answered, refused, asked about and left open.

Each step is an officer's act through the node's office, over real sockets; nothing is written into a database directly.
"""

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy import select

from tracing.casework.policy import Actor
from tracing.demo.sample import DOSSIER, LETTER, REQUESTS
from tracing.node import Node
from tracing.tables import Case, table_of

__all__ = ["OFFICER", "Stuck", "play"]

OFFICER = Actor("officer", "officer")
PATIENCE_S = 30.0  # for one message to cross the loopback and be opened; it takes some 20 ms
LOOK_EVERY_S = 0.02
_cases = table_of(Case)

Say = Callable[[str], None]


class Stuck(Exception):
    """A message of the demonstration did not arrive in time; the log of the nodes says why."""


async def play(nodes: dict[str, Node], say: Say) -> None:
    """Ask everything, then let each request become what ``sample`` says of it."""
    for what, body in REQUESTS:
        asked = {name: value for name, value in body.items() if name != "from"}
        outcome = await nodes[body["from"]].office.request(OFFICER, asked)
        weapon = f"{asked['weapon']['make']} {asked['weapon']['model']}"
        say(f"{body['from']} asks {asked['to']}: {weapon} ({what.replace('_', ' ')})")
        await _ENDINGS[what](nodes[body["from"]], nodes[asked["to"]], outcome.case)
    await _dossier(nodes, say)
    await _letter(nodes["ke"], say)


async def reached(node: Node, case_id: str, *states: str) -> None:
    """Wait until the case stands in one of these states at this node."""
    query = select(_cases.c.state).where(_cases.c.id == case_id)

    async def is_there() -> bool:
        return await node.store.read(lambda view: view.conn.execute(query).scalar()) in states

    await _until(is_there, f"case {case_id} at {node.settings.authority} to be {' or '.join(states)}")


async def _until(is_so: Callable[[], Awaitable[bool]], what: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not await is_so():  # noqa: ASYNC110 - the databases are the truth, and have no event
                await asyncio.sleep(LOOK_EVERY_S)
    except TimeoutError as late:
        raise Stuck(f"waited {PATIENCE_S:.0f} s for {what}") from late


# ---------------------------------------------------------------- what becomes of a request


async def _answer_from_records(asks: Node, asked: Node, case_id: str) -> None:
    await _acknowledge(asks, asked, case_id)
    file = await asked.office.read_case(OFFICER, case_id)
    if file.proposal is None:
        raise Stuck(f"{asked.settings.authority} found nothing in its records for {case_id}")
    await asked.office.move(OFFICER, case_id, "answer", file.proposal["answer"])
    await reached(asks, case_id, "answered")
    feedback = {"code": "last_legal_holder_established", "usefulness": "useful", "disposition": "retained_as_evidence"}
    await asks.office.move(OFFICER, case_id, "close", feedback)
    await reached(asked, case_id, "closed")


async def _answer_no_record(asks: Node, asked: Node, case_id: str) -> None:
    await _acknowledge(asks, asked, case_id)
    searched = [{"register": "manufacture and export", "from": "1996", "to": "2026", "complete": True}]
    outcome = {"code": "no_record", "reason": "never_recorded"}
    await asked.office.move(
        OFFICER,
        case_id,
        "answer",
        {"outcomes": [outcome], "completeness": "full", "basis": ["registry"], "searched": searched},
    )
    await reached(asks, case_id, "answered")


async def _refuse(asks: Node, asked: Node, case_id: str) -> None:
    await reached(asked, case_id, "delivered")
    reason = "A court has sealed the file of an investigation into the same consignment until it ends."
    await asked.office.move(OFFICER, case_id, "refuse", {"ground": "ongoing_investigation", "reason": reason})
    await reached(asks, case_id, "refused")


async def _ask_and_supply(asks: Node, asked: Node, case_id: str) -> None:
    await _acknowledge(asks, asked, case_id)
    question = {
        "code": "serial",
        "question": "Is the last digit of the serial 0 or 1? A photograph would help.",
        "blocking": True,
    }
    await asked.office.move(OFFICER, case_id, "ask", {"items": [question]})
    await _answered(asks, case_id, "information_pending", is_running=True)
    await asks.office.move(
        OFFICER,
        case_id,
        "supply",
        {"answers": [{"code": "serial", "answer": "Restored in the laboratory: the last digit is 1."}]},
    )
    await _answered(asked, case_id, "information_pending", is_running=False)
    outcome = {"code": "recorded_stolen", "date": "2018-07-30"}
    await asked.office.move(
        OFFICER, case_id, "answer", {"outcomes": [outcome], "completeness": "full", "basis": ["registry"]}
    )
    await reached(asks, case_id, "answered")


async def _only_acknowledge(asks: Node, asked: Node, case_id: str) -> None:
    await _acknowledge(asks, asked, case_id)


async def _leave_open(asks: Node, asked: Node, case_id: str) -> None:
    await reached(asked, case_id, "delivered")
    await reached(asks, case_id, "delivered")


_ENDINGS: dict[str, Callable[[Node, Node, str], Awaitable[None]]] = {
    "answer_from_records": _answer_from_records,
    "answer_no_record": _answer_no_record,
    "refuse": _refuse,
    "ask_and_supply": _ask_and_supply,
    "leave_open": _leave_open,
    "only_acknowledge": _only_acknowledge,
}


async def _acknowledge(asks: Node, asked: Node, case_id: str) -> None:
    await reached(asked, case_id, "delivered")
    reference = f"{asked.settings.authority.upper()}-T-{case_id[-4:]}"
    await asked.office.move(OFFICER, case_id, "acknowledge", {"reference": reference, "unit": "trace desk"})
    await reached(asks, case_id, "acknowledged")


async def _answered(node: Node, case_id: str, overlay: str, *, is_running: bool) -> None:
    async def is_there() -> bool:
        return (overlay in (await node.office.read_case(OFFICER, case_id)).overlays) is is_running

    await _until(is_there, f"{overlay} of {case_id} at {node.settings.authority} to {'begin' if is_running else 'end'}")


# ---------------------------------------------------------------- dossier and letter


async def _dossier(nodes: dict[str, Node], say: Say) -> None:
    asks, asked = nodes[DOSSIER["from"]], nodes[DOSSIER["to"]]
    outcome = await asks.office.dossier(OFFICER, {name: value for name, value in DOSSIER.items() if name != "from"})
    say(f"{DOSSIER['from']} asks {DOSSIER['to']}: a dossier of {len(outcome.cases)} weapons")
    for case_id in outcome.cases:
        await reached(asked, case_id, "delivered")
    await asked.office.dossier_move(OFFICER, outcome.dossier, "acknowledge", {"reference": "KE-D-1"})
    for case_id in outcome.cases:
        await reached(asks, case_id, "acknowledged")


async def _letter(node: Node, say: Say) -> None:
    outcome = await node.office.request(OFFICER, LETTER)
    say(f"{node.settings.authority} asks {LETTER['to']} by letter, and records the reply")
    reply = {
        "kind": "acknowledge",
        "channel": "note_verbale",
        "body": {"reference": "XB/2026/88"},
        "note": "Received at the embassy.",
    }
    await node.office.move(OFFICER, outcome.case, "record", reply)
