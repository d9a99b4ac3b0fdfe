"""The officers' API under ``/api/v1``: one module per noun. Every route carries its policy and its description."""

from aiohttp import web

from tracing.desk import routes
from tracing.desk.api.cases import CASE_ROUTES
from tracing.desk.api.counterparts import COUNTERPART_ROUTES
from tracing.desk.api.dossiers import DOSSIER_ROUTES
from tracing.desk.api.duties import DEADLINE_ROUTES
from tracing.desk.api.elements import ELEMENT_ROUTES
from tracing.desk.api.enquiries import ENQUIRY_ROUTES
from tracing.desk.api.keyed import TURNS, Turns
from tracing.desk.api.openapi import DOCUMENT, OPENAPI_ROUTES
from tracing.desk.api.reports import REPORT_ROUTES
from tracing.desk.api.trail import AUDIT_ROUTES

__all__ = ["add_to"]


def add_to(app: web.Application) -> None:
    """Register every route of the API."""
    app[TURNS] = Turns()
    app[DOCUMENT] = {}
    rooms = (DOSSIER_ROUTES, DEADLINE_ROUTES, COUNTERPART_ROUTES, REPORT_ROUTES, AUDIT_ROUTES, OPENAPI_ROUTES)
    of_a_case = (ENQUIRY_ROUTES, ELEMENT_ROUTES)  # before the verbs of a case, which take any word
    for some in (*of_a_case, CASE_ROUTES, *rooms):
        routes.register(app, some)
