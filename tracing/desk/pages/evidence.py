"""Evidence of a case for somebody without a node: what would be withheld is shown before anything leaves.

GET  /cases/{case}/evidence    for whom and for what; what the file would show, and what not
POST /cases/{case}/evidence    the file itself, or the document for people, as a download; noted in the audit trail
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from protocol.evidence import Withheld
from tracing.casework.elements.proving import PURPOSES
from tracing.casework.errors import CaseworkError, Incomplete
from tracing.casework.evidence import Preview, enter_export, preview_evidence
from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import case_of
from tracing.desk.context import DESK
from tracing.desk.exporting import export
from tracing.desk.pages.failures import Failure, failure_of
from tracing.desk.pages.forms import Field, Form
from tracing.desk.pages.frame import frame_of, page
from tracing.desk.pages.posted import read_posted
from tracing.desk.pages.tongue import N_, _, language, ngettext
from tracing.desk.pages.words import words
from tracing.desk.papers.values import kind_of, why_withheld
from tracing.desk.problems import Refused
from tracing.desk.reading import read_query
from tracing.desk.routes import route

__all__ = ["ROUTES"]

MEMBERS: Final = ("to", "purpose", "message")
TO: Final = Field(
    "to", N_("Made for"), "text", N_("An authority by its id, or in words who receives it."), required=True
)


@route("GET", "/cases/{case}/evidence", policy="release", opens=True)
async def show_choice(http_request: web.Request) -> web.Response:
    """The form, and what an export would hold as things stand."""
    return await _shown(http_request, dict(read_query(http_request, *MEMBERS)), None)


@route("POST", "/cases/{case}/evidence", policy="release", opens=True)
async def hand_out(http_request: web.Request) -> web.StreamResponse:
    """The download; or the page again with why not."""
    posted = await read_posted(http_request)
    body = {name: value for name in MEMBERS if (value := posted.first(name))}
    try:
        return await export(
            http_request, case_of(http_request), body, posted.first("as"), posted.first("language") or language()
        )
    except CaseworkError as error:
        if error.status in (403, 404) and not isinstance(error, Incomplete):
            raise
        return await _shown(http_request, body, failure_of(error, {}), error.status)
    except Refused as error:
        if error.problem.code not in ("unavailable", "not-printable"):
            raise
        failure = Failure(_("The document cannot be made."), error.problem.detail)
        return await _shown(http_request, body, failure, error.problem.status)


ROUTES = [show_choice, hand_out]


async def _shown(
    http_request: web.Request, body: dict[str, str], failure: Failure | None, status: int = 200
) -> web.Response:
    desk, case_id, me = http_request.app[DESK], case_of(http_request), http_request.app[DESK].settings.authority
    preview: Preview | None = None
    try:
        asked = enter_export(case_id, dict(body), me)
        now = desk.clock.now()
        preview = await desk.store.read(lambda view: preview_evidence(view, desk.office.house, asked, now))
        await desk.office.note_read(actor_of(http_request), (case_id,), "evidence-preview")
    except CaseworkError as error:
        if error.status == 404:
            raise
        failure, status = failure or failure_of(error, {}), error.status
    values = {"to": [body.get("to", me)], "purpose": [body.get("purpose", "own_authority")]}
    purpose = Field("purpose", N_("Purpose"), "select", options=PURPOSES, of="recipient.kind", required=True)
    form = Form((TO, purpose), values, failure.by_field if failure else {})
    return page(
        "evidence.html", frame_of(http_request), status=status, case=case_id, form=form, body=body,
        stamps=bool(desk.settings.evidence.timestamp_url),
        rows=None if preview is None else [_row(one) for one in preview.messages],
        left_out=[] if preview is None else preview.left_out,
        failure=failure.placed(form, "") if failure else None,
    )  # fmt: skip


def _row(one: Any) -> Mapping[str, Any]:
    shown = one.total - len(one.withheld)
    return {
        "mid": one.mid, "kind": words(kind_of(one.type), "kind"), "said": one.said_ms,
        "shown": ngettext("%(num)d element shown", "%(num)d elements shown", shown) % {"num": shown},
        "withheld": _grouped(one.withheld),
    }  # fmt: skip


def _grouped(some: Sequence[Withheld]) -> list[str]:
    """How many are withheld for the same reasons."""
    counts: dict[tuple[str, ...], int] = {}
    for one in some:
        counts[one.why] = counts.get(one.why, 0) + 1
    return [
        ngettext("%(num)d element withheld: %(why)s", "%(num)d elements withheld: %(why)s", count)
        % {"num": count, "why": why_withheld(why)}
        for why, count in counts.items()
    ]
