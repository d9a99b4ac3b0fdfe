"""Reports: figures counted from cases, under the restrictions of what they are counted from."""

from aiohttp import web

from tracing.desk.accounts import actor_of
from tracing.desk.answers import answer
from tracing.desk.api.asked import authority_asked, number_of
from tracing.desk.api.counterparts import FIRST_YEAR, LAST_YEAR
from tracing.desk.api.said import OutcomesSaid
from tracing.desk.context import DESK
from tracing.desk.reading import read_query
from tracing.desk.routes import Described, route

__all__ = ["REPORT_ROUTES"]


@route(
    "GET",
    "/api/v1/reports/outcomes",
    policy="report",
    describe=Described(
        tag="reports",
        summary="What answers brought, by kind of finding; the reading is noted in the audit trail",
        answer=OutcomesSaid,
        query=("year", "with"),
        problems=("bad-query",),
    ),
)
async def show_outcomes(http_request: web.Request) -> web.StreamResponse:
    desk, query = http_request.app[DESK], read_query(http_request, "year", "with")
    year, counterpart = number_of(query, "year", FIRST_YEAR, LAST_YEAR), authority_asked(query, "with")
    today = desk.office.today()
    found = await desk.store.read(lambda view: desk.outcomes(view, year, counterpart, today))
    await desk.office.note_read(actor_of(http_request), found.cases, "outcomes")
    return answer({"year": year, "counterpart": counterpart, "rows": found.rows, "left_out": found.left_out})


REPORT_ROUTES = (show_outcomes,)
