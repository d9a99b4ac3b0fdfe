"""Evidence handed out, as the file itself or on paper: for the API and for the page alike.

Rules
- The same act and the same leaf whichever is asked for: on paper stands what is in the file, and the file is in it.
- Whether this machine can print is asked before anything is exported. A paper that fails later is noted as read all the
  same: the content was taken out of the store.
"""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from tracing.casework.evidence import Exported
from tracing.clock import rfc3339
from tracing.desk.accounts import actor_of
from tracing.desk.catalogues import offered
from tracing.desk.context import DESK
from tracing.desk.papers.press import NotPrinted
from tracing.desk.problems import Refused

__all__ = ["FILE", "MEDIA", "PAPER", "PDF", "check_form", "export", "file_name"]

PAPER: Final = "application/pdf"
FILE: Final = "file"
PDF: Final = "pdf"
MEDIA: Final = "application/jsonl"  # protocol/README.md, section 24
FORMS: Final = (FILE, PDF)
CODES: Final = {"too-large": "not-printable", "unprintable": "not-printable"}
MOST_WHY: Final = 200
RETRY: Final = {"Retry-After": "60"}


def check_form(form: str, language: str) -> None:
    """Refused unless this is a form and a language of evidence."""
    if form not in FORMS:
        raise Refused("bad-query", f"as: expected one of {', '.join(FORMS)}, got {form[:40]!r}")
    if language not in offered():
        raise Refused("bad-query", f"language: expected one of {', '.join(offered())}, got {language[:40]!r}")


async def export(
    http_request: web.Request, case_id: str, body: Mapping[str, str], form: str, language: str
) -> web.Response:
    """The evidence asked for as a download. Refused, or a refusal of casework."""
    desk = http_request.app[DESK]
    check_form(form, language)
    try:
        if form == PDF:
            await desk.press.ready()
        made = await desk.office.evidence(actor_of(http_request), case_id, dict(body))
        if form == FILE:
            return _download(made, made.data, file_name(case_id, made), MEDIA)
        paper = await desk.press.paper(made.data, file_name(case_id, made), made.pins, language)
    except NotPrinted as error:
        code = CODES.get(error.code, "unavailable")
        raise Refused(code, str(error), RETRY if code == "unavailable" else None) from error
    return _download(made, paper.data, f"{case_id}-{language}{_lacking(made)}.pdf", PAPER)


def file_name(case_id: str, made: Exported) -> str:
    """What the file of evidence of a case is called; whoever saves it sees that a time-stamp did not come."""
    return f"{case_id}{_lacking(made)}.itx-evidence"


def _lacking(made: Exported) -> str:
    return "" if made.unstamped is None else "-not-stamped"


def _download(made: Exported, data: bytes, name: str, media: str) -> web.Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"', "X-Content-SHA256": made.sha256,
        "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
    }  # fmt: skip
    if made.unstamped is not None:
        headers["X-Timestamp"] = f"not given: {made.unstamped[:MOST_WHY]}"
    if made.found.stamp is not None:
        headers["X-Timestamp"] = f"given: {rfc3339(made.found.stamp.time_ms)}"
    return web.Response(body=data, content_type=media, headers=headers)
