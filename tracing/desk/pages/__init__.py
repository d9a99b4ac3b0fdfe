"""The pages of the desk, made on the server: one module per noun, one template each.

Rules
- A page is whole without its script: forms are posted, the answer leads on (303), a filter stands in the URL.
- Handlers are thin: read the form, ask the office, lead on. What is shown is computed by pure functions beside them.
- Text from outside passes ``text.shown`` or ``text.code``; every other value is escaped by the template.
- Whoever reads content leaves one leaf that names the cases (``office.note_read``).

    make_app(desk, install)
"""

import asyncio
from typing import Any

from aiohttp import web

from tracing.desk.app import ERROR_PAGE
from tracing.desk.pages import (
    acquaintance,
    approvals,
    assets,
    boxes,
    bundles,
    case,
    channels,
    compose,
    counterparts,
    deadlines,
    dossiers,
    enquiries,
    erasing,
    evidence,
    feeds,
    firstcontact,
    home,
    insight,
    keys,
    languages,
    matters,
    ourcard,
    owners,
    printable,
    redating,
    reminders,
    reply,
    signin,
    trail,
    webhooks,
)
from tracing.desk.pages.errors import show_problem
from tracing.desk.pages.speaking import answer_in_his_language
from tracing.desk.routes import register

__all__ = ["install"]

ROOMS = (
    signin, reply, home, boxes, printable, enquiries, channels, erasing, evidence, owners, case, compose, counterparts,
    acquaintance, firstcontact, ourcard, keys, languages, bundles, matters, dossiers, deadlines, redating, reminders,
    feeds, approvals, trail, insight, webhooks, assets,
)  # fmt: skip


def install(app: web.Application) -> None:
    """Register every page, and show problems to people as pages."""
    for room in ROOMS:
        register(app, room.ROUTES)
    gates: Any = app.middlewares  # Any: for its types the parameter must be called ``request``
    gates.append(answer_in_his_language)  # the innermost: it is known who asks
    app[trail.VERIFYING] = asyncio.Lock()
    app[ERROR_PAGE] = show_problem
