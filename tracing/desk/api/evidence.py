"""The evidence of a case: one file for somebody without a node. It is made anew each time, and noted."""

from aiohttp import web

from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import case_of
from tracing.desk.context import DESK
from tracing.desk.reading import read_query
from tracing.desk.routes import Described, route

__all__ = ["EVIDENCE_ROUTES"]

MEDIA = "application/jsonl"  # protocol/README.md, section 24
QUERY = ("message", "to", "purpose")


@route(
    "GET",
    "/api/v1/cases/{case}/evidence",
    policy="release",
    describe=Described(
        tag="evidence",
        summary="Evidence of a case, or of one message of it, that verifies without a node; what a restriction forbids "
        "for whom it is made is withheld and stays a digest. The reading is noted in the audit trail",
        query=QUERY,
        problems=("not-found", "incomplete", "not-provable", "erased", "bad-query"),
        media=MEDIA,
    ),
)
async def export(http_request: web.Request) -> web.StreamResponse:
    asked, case_id = read_query(http_request, *QUERY), case_of(http_request)
    made = await http_request.app[DESK].office.evidence(actor_of(http_request), case_id, dict(asked))
    name = f"{case_id}.itx-evidence"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-SHA256": made.sha256}
    return web.Response(body=made.data, content_type=MEDIA, headers=headers)


EVIDENCE_ROUTES = (export,)
