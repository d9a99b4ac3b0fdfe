"""The officers' API under ``/api/v1``: one module per noun. Every route carries its policy and its description."""

from aiohttp import web

from tracing.attachments.intake import Intake
from tracing.desk import routes
from tracing.desk.api.attachments import ATTACHMENT_ROUTES
from tracing.desk.api.cases import CASE_ROUTES
from tracing.desk.api.channels import CHANNEL_ROUTES
from tracing.desk.api.counterparts import COUNTERPART_ROUTES
from tracing.desk.api.dossiers import DOSSIER_ROUTES
from tracing.desk.api.duties import DEADLINE_ROUTES
from tracing.desk.api.elements import ELEMENT_ROUTES
from tracing.desk.api.enquiries import ENQUIRY_ROUTES
from tracing.desk.api.evidence import EVIDENCE_ROUTES
from tracing.desk.api.feeds import FEED_ROUTES
from tracing.desk.api.insight import INSIGHT_ROUTES
from tracing.desk.api.keyed import TURNS, Turns
from tracing.desk.api.openapi import DOCUMENT, OPENAPI_ROUTES
from tracing.desk.api.owners import OWNER_ROUTES
from tracing.desk.api.relations import RELATION_ROUTES
from tracing.desk.api.reminders import REMINDER_ROUTES
from tracing.desk.api.reports import REPORT_ROUTES
from tracing.desk.api.schemas import SCHEMA_ROUTES
from tracing.desk.api.trail import AUDIT_ROUTES
from tracing.desk.bringing import BRINGING
from tracing.desk.context import DESK

__all__ = ["add_to"]

OF_WORK = (CASE_ROUTES, DOSSIER_ROUTES, DEADLINE_ROUTES, REMINDER_ROUTES, COUNTERPART_ROUTES, RELATION_ROUTES)
OF_AUDIT = (AUDIT_ROUTES, INSIGHT_ROUTES)


def add_to(app: web.Application) -> None:
    """Register every route of the API."""
    app[TURNS] = Turns()
    app[DOCUMENT] = {}
    desk = app[DESK]
    app[BRINGING] = Intake(desk.folder, desk.settings.net, desk.ids)
    # Before verbs, which take any word.
    of_a_case = (CHANNEL_ROUTES, ENQUIRY_ROUTES, ELEMENT_ROUTES, EVIDENCE_ROUTES, ATTACHMENT_ROUTES, OWNER_ROUTES)
    for some in (*of_a_case, *OF_WORK, FEED_ROUTES, REPORT_ROUTES, *OF_AUDIT, SCHEMA_ROUTES, OPENAPI_ROUTES):
        routes.register(app, some)
