"""The officers' API under ``/api/v1``: one module per noun. Every route carries its policy and its description."""

from aiohttp import web

from tracing.attachments.intake import Intake
from tracing.desk import routes
from tracing.desk.api.attachments import ATTACHMENT_ROUTES, INTAKE
from tracing.desk.api.cases import CASE_ROUTES
from tracing.desk.api.counterparts import COUNTERPART_ROUTES
from tracing.desk.api.dossiers import DOSSIER_ROUTES
from tracing.desk.api.duties import DEADLINE_ROUTES
from tracing.desk.api.keyed import TURNS, Turns
from tracing.desk.api.openapi import DOCUMENT, OPENAPI_ROUTES
from tracing.desk.api.trail import AUDIT_ROUTES
from tracing.desk.context import DESK

__all__ = ["add_to"]


def add_to(app: web.Application) -> None:
    """Register every route of the API."""
    app[TURNS] = Turns()
    app[DOCUMENT] = {}
    desk = app[DESK]
    app[INTAKE] = Intake(desk.folder, desk.settings.net, desk.ids)
    for some in (CASE_ROUTES, ATTACHMENT_ROUTES, DOSSIER_ROUTES, DEADLINE_ROUTES, COUNTERPART_ROUTES, AUDIT_ROUTES):
        routes.register(app, some)
    routes.register(app, OPENAPI_ROUTES)
