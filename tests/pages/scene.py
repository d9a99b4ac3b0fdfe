"""What the tests of pages look at: two training nodes on loopback, with cases in every state a page must show.

Brazil asks Austria and is asked by it; two persons release in Brazil, one in Austria. A third State is reached by
letter, a fourth has a node that does not answer. Everything was said through the nodes' own offices.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from keys import card
from protocol import messages
from protocol.messages import TraceRequest
from protocol.names import AuthorityId, CaseId
from tracing import partners
from tracing.casework.acts import Act
from tracing.casework.policy import Actor
from tracing.casework.ports import Address
from tracing.casework.writing import store_released
from tracing.clock import Ids, SystemClock
from tracing.desk.passwords import hash_password
from tracing.founding import found_node, log_origin
from tracing.node import Node
from tracing.records.serials import match_key
from tracing.settings import ContactSettings, DeadlineSettings, Mailbox, MailSettings, Settings, Span
from tracing.store import people
from tracing.tables import NationalRecord

__all__ = ["HOSTILE", "PASSWORD", "Scene", "request", "scene"]

PASSWORD = "a long enough password"
HOSTILE = "<script>alert(1)</script> \u202e12-345/67\u202c A\u200bB \u0410BC =cmd|'/c calc'!A1"
OFFICER, APPROVER = Actor("ada", "officer"), Actor("bo", "approver")
STATES = {
    "br": ("BRA", "Brazil: National Tracing Point"),
    "at": ("AUT", "Austria: Federal Bureau"),
    "ke": ("KEN", "Kenya: Firearms Bureau"),
}


@dataclass
class Scene:
    """The nodes and the ids of their cases by what happened to them."""

    nodes: dict[str, Node]
    cases: dict[str, str] = field(default_factory=dict)

    def url(self, authority: str) -> str:
        return f"http://{self.nodes[authority].settings.desk}"


def request(to: str, serial: str | None, **more: Any) -> dict[str, Any]:
    """A whole request; ``more`` replaces members of the weapon that are named in it, else of the request."""
    weapon: dict[str, Any] = {
        "class": "small_arm", "type": "pistol_self_loading", "make": "Glock", "model": "17", "calibre": "9x19 mm",
        "country_of_manufacture": "AUT",
        "serial": {"text": serial, "status": "original" if serial else "obliterated", "component": "frame"},
        "markings": [{"kind": "import_mark", "text": "BRA 2016", "component": "frame", "status": "original"}],
    }  # fmt: skip
    weapon |= {name: more.pop(name) for name in list(more) if name in weapon}
    return {
        "to": to, "weapon": weapon, "priority": "routine",
        "illicit": [{"ground": "domestic_law", "citation": "Lei 10.826/2003, art. 16"}],
        "found": {"mode": "seized", "context": "search", "date": "2021-06-11", "place": "Rio de Janeiro",
            "circumstances": "Search of premises in the port district, with two other weapons and their ammunition."},
        "intended_use": ["criminal_investigation", "trafficking_analysis"],
        "sought": ["export_record", "last_legal_holder"],
        "restrictions": ["no_onward_without_consent", "iti_purposes"], "instruments": ["iti"], "language": "en",
        "checks": [{"register": "national lost and stolen", "date": "2021-06-12", "result": "no hit"}],
    } | more  # fmt: skip


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    """Both nodes running, everything said and arrived."""
    nodes = {name: _node(folder / name, name) for name in STATES}
    for name, node in nodes.items():
        _introduce(node, [other for each, other in nodes.items() if each != name])
    shown = Scene(nodes)
    for name in ("br", "at"):
        await nodes[name].start()
    try:
        await _play(shown)
        yield shown
    finally:
        for name in ("br", "at"):
            await nodes[name].stop()
        for node in nodes.values():
            node.close()


def _node(home: Path, name: str) -> Node:
    clock = SystemClock()
    exchange, desk = _free_port(), _free_port()
    country, words = STATES[name]
    settings = Settings(
        authority=name, country=country, name=words, net="training", exchange=f"127.0.0.1:{exchange}",
        desk=f"127.0.0.1:{desk}",
        exchange_url=f"http://127.0.0.1:{exchange}", release="two" if name == "br" else "one",
        zone="America/Sao_Paulo" if name == "br" else "Europe/Vienna",
        deadlines=DeadlineSettings(info=Span("1 second")) if name == "br" else DeadlineSettings(),
        mail=MailSettings(server="127.0.0.1:9", sender=Mailbox("node@br.example")) if name == "br" else MailSettings(),
        contact=ContactSettings(name="Trace desk", email=f"desk@{name}.example", phone="+00 1 234",
            hours="Mon-Fri 8-16"),
    )  # fmt: skip
    found_node(home, settings, b"passphrase of tests", clock, Ids(clock))
    node = Node.open(home, b"passphrase of tests")
    digest = hash_password(PASSWORD)
    for person, role in (
        ("ada", "officer"),
        ("bo", "approver"),
        ("lee", "liaison"),
        ("ann", "auditor"),
        ("kay", "keyholder"),
    ):
        node.store.write_now(
            lambda tx, person=person, role=role: people.add_user(tx, person, role, digest, "en", "test")
        )  # type: ignore[misc]
    return node


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _introduce(node: Node, others: list[Node]) -> None:
    for other in others:
        data = card.Card.read(card.make(other.trust.root_documents, other.trust.keyset_document or b""))
        node.store.write_now(
            lambda tx, data=data, other=other: partners.pin(
                tx, data, other.trust.digest, "admin", net="training", log_origin=log_origin(node.settings)
            )
        )  # type: ignore[misc]
    node.store.write_now(
        lambda tx: partners.add_off_node(tx, "fj.police", "FJI", "Fiji Police Force, Arms Registry", "admin")
    )
    node.partners.reload()


async def _play(shown: Scene) -> None:
    br, at = shown.nodes["br"], shown.nodes["at"]
    _remember(br)
    for what, body in (
        ("delivered", request("at", "ABC123", reference="BR-2021-0815")),
        ("acknowledged", request("at", None, type="revolver", make="Taurus", model="85", calibre=".38 Special",
                reference="BR-2021-0816")),
        ("answered", request("at", "SD55021", type="assault_rifle", make="Steyr", model="AUG A3",
                calibre="5.56x45 mm")),
        ("refused", request("at", "XK-?91", type="submachine_gun", make="Steyr", model="TMP")),
        ("asked", request("at", "KSB30417", make="Walther", model="P99", priority="urgent",
                justification="Court hearing on Friday.")),
        ("unreached", request("ke", "KDF-1009", type="rifle", make="FN", model="FAL", calibre="7.62x51 mm")),
        ("letter", request("fj.police", "DX-77120", type="assault_rifle", make="Zastava", model="M70",
                calibre="7.62x39 mm", reference="BR-2021-0820")),
    ):  # fmt: skip
        shown.cases[what] = await _ask(br, body)
    shown.cases["draft"] = (
        await br.office.request(OFFICER, request("at", "DRAFT77", make="Beretta", model="92 FS"))
    ).case
    for what, body in (
        ("theirs", request("br", "TDX90210", make="Taurus", model="PT 92", country_of_manufacture="BRA",
                reference="AT-2026-7")),
        ("hostile", request("br", "12-345/67\u202eX\u0410B", make=HOSTILE, model="<b>17</b>", reference=HOSTILE,
                found={"mode": "seized", "date": "2021-06-11", "place": HOSTILE,
            "circumstances": HOSTILE + "\n\n" + "long " * 60})),
        ("waiting", request("br", "TDX11111", make="Taurus", model="G2C", country_of_manufacture="BRA")),
    ):  # fmt: skip
        shown.cases[what] = await _ask(at, body)
    shown.cases["lacking"] = await _ask_with_gaps(at)
    await _reply(shown)


async def _ask_with_gaps(node: Node) -> str:
    """A request that cites no law and says nothing of the find, as a less careful node might send it."""
    body = {name: value for name, value in request("br", "LACK-1").items() if name not in ("to", "found")} | {
        "illicit": [{"ground": "domestic_law"}]
    }
    message = messages.parse(TraceRequest.TYPE, body)
    case_id, house = CaseId.new(AuthorityId("at"), node.ids.uuid7()), node.office.house
    prepared = house.seal.prepare(message, Address(AuthorityId("br"), case_id, (), "routine"), by_letter=False)
    act = Act(case_id, "request", "br", message, body, prepared, None)
    await node.store.write(lambda tx: store_released(tx, house, OFFICER, act))
    return case_id


def _remember(node: Node) -> None:
    """Brazil's own records know one of the weapons it will be asked about."""
    table = NationalRecord.__table__  # type: ignore[attr-defined]
    row = {
        "row_digest": "1", "registry": "exports", "serial_text": "TDX90210", "serial_key": match_key("TDX90210"),
        "make": "Taurus", "make_key": "taurus", "model": "PT 92",
        "calibre": "9x19 mm", "event": "exported", "event_date": "2014-02-11", "state": "KEN",
        "licence": "BR-CII-2014-331", "party": "Licensed dealer", "source": "exports.csv row 2",
    }  # fmt: skip
    node.store.write_now(lambda tx: tx.conn.execute(insert(table).values(row)))


async def _ask(node: Node, body: dict[str, Any]) -> str:
    outcome = await node.office.request(OFFICER, body)
    if outcome.delivery == "draft":
        await node.office.move(APPROVER, outcome.case, "approve", {})
    return outcome.case


EXPORTED = {
    "code": "traced_exported", "state": "BRA", "date": "2012-09-18", "licence": "AT-EX-2012-0711",
    "consignee": "Federal Police",
}  # fmt: skip
SEARCHED = [{"register": "exports", "from": "1998", "to": "2026", "complete": True}]
WHOLE = {"completeness": "full", "basis": ["registry"], "searched": SEARCHED}
ANSWER = WHOLE | {"outcomes": [EXPORTED], "restrictions": ["no_onward_without_consent"], "next_state": "BRA"}
NO_RECORD = WHOLE | {"outcomes": [{"code": "no_record", "reason": "never_recorded"}]}
REFUSAL = {
    "ground": "ongoing_investigation",
    "reason": "A court sealed the file of the same consignment until it ends.",
}
QUESTION = {
    "code": "photograph", "question": "Is the fourth character 3 or 8? A photograph of the slide would settle it.",
    "blocking": True,
}  # fmt: skip
BY_NOTE = {
    "kind": "acknowledge", "channel": "note_verbale", "body": {"reference": "FJ/26/88"},
    "note": "Original in the registry, folio 12.",
}  # fmt: skip


async def _reply(shown: Scene) -> None:
    """What both sides answer to what was asked."""
    br, at, cases = shown.nodes["br"], shown.nodes["at"], shown.cases
    for what in ("delivered", "acknowledged", "answered", "refused", "asked"):
        await reached(at, cases[what], "delivered")
    for what in ("acknowledged", "answered", "asked"):
        said = {"reference": f"AT-77/{what}", "unit": "Trace desk", "expected_date": "2099-01-01"}
        await at.office.move(OFFICER, cases[what], "acknowledge", said)
    await at.office.move(OFFICER, cases["answered"], "answer", ANSWER)
    await at.office.move(OFFICER, cases["refused"], "refuse", REFUSAL)
    await at.office.move(OFFICER, cases["asked"], "ask", {"items": [QUESTION], "needed_by": "2099-01-01"})
    await br.office.move(OFFICER, cases["letter"], "record", BY_NOTE)
    for what in ("answered", "refused", "acknowledged"):
        await reached(br, cases[what], what)
    for what in ("delivered", "theirs", "hostile", "waiting", "lacking"):
        await reached(br, cases[what], "delivered")
    await br.office.move(OFFICER, cases["waiting"], "acknowledge", {"reference": "BR-T-9"})
    await br.office.move(OFFICER, cases["waiting"], "answer", NO_RECORD)
    await until(lambda: _is_asked(br, cases["asked"]))


async def _is_asked(node: Node, case_id: str) -> bool:
    return "information_pending" in (await node.office.read_case(OFFICER, case_id)).overlays


async def reached(node: Node, case_id: str, state: str) -> None:
    """Wait until a case stands in this state at this node."""

    async def is_there() -> bool:
        try:
            return (await node.office.read_case(OFFICER, case_id)).state == state
        except Exception:  # noqa: BLE001 - not there yet
            return False

    await until(is_there)


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Look again until it is so; gives up after a minute."""
    async with asyncio.timeout(60):
        while not await is_so():
            await asyncio.sleep(0.02)
