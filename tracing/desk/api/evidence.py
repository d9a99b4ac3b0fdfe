"""The evidence of a case: one file for somebody without a node, or the same on paper; made anew each time, noted."""

from aiohttp import web

from tracing.desk.api.asked import case_of
from tracing.desk.exporting import FILE, MEDIA, PAPER, export
from tracing.desk.reading import read_query
from tracing.desk.routes import Described, route

__all__ = ["EVIDENCE_ROUTES"]

QUERY = ("message", "to", "purpose")


@route(
    "GET",
    "/api/v1/cases/{case}/evidence",
    policy="release",
    opens=True,
    describe=Described(
        tag="evidence",
        summary="Evidence of a case, or of one message of it, that verifies without a node; what a restriction forbids "
        "for whom it is made is withheld and stays a digest. as=pdf: the same for people, PDF/A-3 in a language with "
        "the file in it. X-Content-SHA256 is the digest of the file either way; X-Timestamp says whether a "
        "time-stamp that was asked for was given. It is noted in the audit trail",
        query=(*QUERY, "as", "language"),
        problems=("not-found", "incomplete", "not-provable", "erased", "bad-query", "not-printable"),
        media=MEDIA,
        also=(PAPER,),
    ),
)
async def show_evidence(http_request: web.Request) -> web.StreamResponse:
    asked, case_id = dict(read_query(http_request, *QUERY, "as", "language")), case_of(http_request)
    form, language = asked.pop("as", FILE), asked.pop("language", "en")
    return await export(http_request, case_id, asked, form, language)


EVIDENCE_ROUTES = (show_evidence,)
