"""The request as a letter, for a State without a node: in the order of ITI 17, with the digest of what was signed.

GET /cases/{case}/print
"""

from typing import Any

from aiohttp import web

from tracing.casework.casefile import CaseFile
from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import case_of
from tracing.desk.context import DESK
from tracing.desk.pages.asked import request_of
from tracing.desk.pages.content import Piece, country_name, describe
from tracing.desk.pages.frame import frame_of, page
from tracing.desk.pages.tongue import N_, _
from tracing.desk.problems import Refused
from tracing.desk.reading import read_query
from tracing.desk.routes import route

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


@route("GET", "/cases/{case}/print", policy="read")
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


ROUTES = [show_letter]


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
