"""What machines ask the desk: alive, ready, and figures for Prometheus. No case, no person, no counterpart's content.

- ``/livez``    the process answers.
- ``/readyz``   the database can be read and the node has started; otherwise 503 and what it waits for. It says
                who it is: ``run`` stands in the file ``running`` of the home too, for ``tracing doctor``.
- ``/metrics``  HTTP requests by route and status, their seconds, commits, what waits in the outbox, deadlines passed,
                mails and calls of webhooks that wait or were refused, the mail server, webhooks.
"""

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from sqlalchemy import func, literal, select

from tracing.casework.tallies import overdue
from tracing.channels.standing import MAIL, Standing, standing_of
from tracing.channels.webhooks.hooks import all_hooks
from tracing.desk.answers import answer
from tracing.desk.context import DESK
from tracing.desk.routes import PUBLIC, route
from tracing.store import StoreUnavailable, View
from tracing.tables import Outbox, table_of

__all__ = ["FIGURES", "HEALTH_ROUTES", "Figures"]

_outbox = table_of(Outbox)


class Figures:
    """The figures of one desk, in a registry of their own: several nodes may live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "tracing_desk_http_requests_total",
            "HTTP requests of the desk",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "tracing_desk_http_seconds", "Time to answer", ("method", "route"), registry=self.registry
        )
        self.commits = Gauge("tracing_store_commits", "Commits since start", registry=self.registry)
        self.units = Gauge("tracing_store_units", "Units of work committed since start", registry=self.registry)
        self.outbox = Gauge(
            "tracing_outbox_rows", "Envelopes and receipts not yet answered for", registry=self.registry
        )
        self.overdue = Gauge(
            "tracing_deadlines_passed", "Open deadlines that have passed", ("owed_by",), registry=self.registry
        )
        self.mails = Gauge(
            "tracing_mails", "Mails that wait, or were refused for good", ("state",), registry=self.registry
        )
        self.calls = Gauge(
            "tracing_webhook_calls",
            "Calls of webhooks that wait, or were not taken",
            ("state",),
            registry=self.registry,
        )
        self.webhooks_failing = Gauge("tracing_webhooks_failing", "Webhooks that take nothing", registry=self.registry)
        self.mail_server = Gauge(
            "tracing_mail_server_failing", "1 while the mail server takes nothing", registry=self.registry
        )


FIGURES: web.AppKey[Figures] = web.AppKey("figures", Figures)


@route("GET", "/livez", policy=PUBLIC)
async def livez(_http_request: web.Request) -> web.StreamResponse:
    return answer({"alive": True})


@route("GET", "/readyz", policy=PUBLIC)
async def readyz(http_request: web.Request) -> web.StreamResponse:
    desk = http_request.app[DESK]
    waits_for = list(desk.waits_for())
    try:
        await desk.store.read(lambda view: view.conn.execute(select(literal(1))).scalar())
    except StoreUnavailable:
        waits_for.append("database")
    who = {"authority": desk.settings.authority, "run": desk.run}
    return answer({"ready": not waits_for, "waits_for": waits_for} | who, status=503 if waits_for else 200)


@route("GET", "/metrics", policy=PUBLIC)
async def metrics(http_request: web.Request) -> web.StreamResponse:
    desk, figures = http_request.app[DESK], http_request.app[FIGURES]
    now_ms = desk.clock.now_ms()
    waiting, passed, mail, webhooks = await desk.store.read(lambda view: _look(view, now_ms))
    figures.commits.set(desk.store.commits)
    figures.units.set(desk.store.units)
    figures.outbox.set(waiting)
    for owed_by in ("us", "them"):
        figures.overdue.labels(owed_by).set(passed.get(owed_by, 0))
    figures.mails.labels("waiting").set(mail.waiting)
    figures.mails.labels("parked").set(mail.parked)
    figures.mail_server.set(mail.failing_ms is not None)
    figures.calls.labels("waiting").set(sum(one.waiting for one in webhooks))
    figures.calls.labels("parked").set(sum(one.parked for one in webhooks))
    figures.webhooks_failing.set(sum(one.failing_ms is not None for one in webhooks))
    return web.Response(
        body=generate_latest(figures.registry), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
    )


def _look(view: View, now_ms: int) -> tuple[int, dict[str, int], Standing, list[Standing]]:
    waiting = view.conn.execute(select(func.count()).select_from(_outbox)).scalar_one()
    webhooks = [standing_of(view, hook.target) for hook in all_hooks(view)]
    return waiting, overdue(view, now_ms), standing_of(view, MAIL), webhooks


HEALTH_ROUTES = (livez, readyz, metrics)
