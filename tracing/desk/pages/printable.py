"""The request as a letter, for a State without a node: in the order of ITI 17, with the digest of what was signed.

GET /cases/{case}/print
GET /dossiers/{dossier}/print     all requests of a dossier as one letter
"""

from typing import Any

from aiohttp import web

from tracing.casework.casefile import CaseFile
from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import case_of, dossier_of
from tracing.desk.context import DESK
from tracing.desk.pages.asked import request_of
from tracing.desk.pages.content import Piece, describe
from tracing.desk.pages.countries import country_name
from tracing.desk.pages.frame import frame_of, page
from tracing.desk.pages.tongue import N_, _
from tracing.desk.problems import Refused
from tracing.desk.reading import read_query
from tracing.desk.routes import route
from tracing.store.dossiers import dossiers_of

__all__ = ["ROUTES"]

LETTER: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (N_("The weapon and its markings"), "ITI 17(b)", ("weapon",)),
    (N_("Why it is considered illicit"), "ITI 6, 17(a)", ("illicit",)),
    (N_("Circumstances in which it was found"), "ITI 17(a)", ("found", "checks", "exceptions")),
    (N_("Information sought, and its intended use"), "ITI 17(c)",
        ("sought", "sought_note", "intended_use", "intended_use_note")),
    (N_("Confidentiality and restrictions"), "ITI 15",
        ("confidentiality", "confidentiality_scope", "confidentiality_cause", "restrictions", "restriction_details",
        "classification")),
    (N_("Reply"), "ITI 18, 19", ("priority", "justification", "reply_by", "language", "contact", "instruments",
            "note")),
)  # fmt: skip
HEAD = frozenset({"reference", "dossier", "parent", "their_reference"})


@route("GET", "/cases/{case}/print", policy="read", opens=True)
async def show_letter(http_request: web.Request) -> web.Response:
    """The letter of one request of ours."""
    read_query(http_request)
    frame, desk = frame_of(http_request), http_request.app[DESK]
    file = await desk.office.read_case(actor_of(http_request), case_of(http_request))
    request = request_of(file)
    if request is None or file.direction != "sent":
        raise Refused("not-found", "there is no request of ours in this case to print")
    to = desk.partners.get(file.counterpart)
    return page(
        "print.html", frame, file=file, request=request,
        to_country=country_name(to.country) if to else file.counterpart, to_name=to.name if to else "",
        sections=_sections(request["body"]), contact=desk.settings.contact, by_letter=to is None or not to.on_node,
        proof=_proof(file, request),
    )  # fmt: skip


@route("GET", "/dossiers/{dossier}/print", policy="read")
async def show_dossier_letter(http_request: web.Request) -> web.Response:
    """One letter for a whole dossier of ours: what is alike in all requests once, then weapon by weapon."""
    read_query(http_request)
    frame, desk, name = frame_of(http_request), http_request.app[DESK], dossier_of(http_request)
    cases = await desk.store.read(lambda view: dossiers_of(view, name).get(name, []))
    files = await desk.office.read_cases(actor_of(http_request), tuple(cases), "dossier")
    asked = [(file, request) for file in files if (request := request_of(file)) and file.direction == "sent"]
    if not asked:
        raise Refused("not-found", "there is no request of ours in this dossier to print")
    to = desk.partners.get(asked[0][0].counterpart)
    alike = _alike([request["body"] for _, request in asked])
    return page(
        "printdossier.html", frame, name=name, sent=asked[0][1]["sent"], left_out=len(cases) - len(asked),
        to_country=country_name(to.country) if to else asked[0][0].counterpart, to_name=to.name if to else "",
        sections=_sections(alike), contact=desk.settings.contact,
        weapons=[
            (file, _sections(_without(request["body"], alike)), _proof(file, request)) for file, request in asked
        ],
    )  # fmt: skip


ROUTES = [show_letter, show_dossier_letter]


def _alike(bodies: list[dict[str, Any]]) -> dict[str, Any]:
    """The members that every request of the dossier has with one and the same value; of one request not its weapon."""
    first, *rest = bodies
    same = {name: value for name, value in first.items() if all(body.get(name) == value for body in rest)}
    return {name: value for name, value in same.items() if name not in ("weapon", *HEAD)}


def _without(body: dict[str, Any], alike: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in alike}


def _sections(body: dict[str, Any]) -> list[tuple[str, str, list[Piece]]]:
    """The members of the request in their sections; members of no section stand at the end, so that none is lost."""
    placed = {member for _title, _source, members in LETTER for member in members} | HEAD
    sections = [
        (_(title), source, _flat(describe({name: body[name] for name in members if name in body})))
        for title, source, members in LETTER
    ]
    rest = describe({name: value for name, value in body.items() if name not in placed})
    return [section for section in [*sections, (_("Further particulars"), "", rest)] if section[2]]


def _flat(pieces: list[Piece]) -> list[Piece]:
    """A section about one thing shows its members, not once more its name."""
    return [inner for piece in pieces for inner in (piece.value if piece.kind == "group" else [piece])]


def _proof(file: CaseFile, request: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (_("Case"), file.case),
        (_("Message"), request["mid"]),
        (_("SHA-256 of the signed statement"), request["statement"] or "—"),
    ]
