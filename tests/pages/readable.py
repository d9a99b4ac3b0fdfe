"""Every route of a node, by whether it shows something of a case; a test holds the live table to this one.

A route that is in neither table fails it: whoever makes one says which it is, and where it shows something, that the
leaf of the reading is found when it is called.
"""

from tracing.casework.office import DOSSIER_VERBS
from tracing.casework.verbs import VERBS
from tracing.desk.routes import Route

__all__ = ["SHOWS", "SHOWS_NOTHING", "Key", "key_of", "unsaid"]

Key = tuple[str, str]

# What is said in a case, or what is known of it: weapon, find, dates, state, messages, files, enquiries.
SHOWS: frozenset[Key] = frozenset(
    {("GET", path) for path in (
        "/", "/approvals", "/received", "/sent", "/dossiers", "/dossiers/{dossier}", "/dossiers/{dossier}/print",
        "/deadlines", "/reminders", "/matters/{matter}", "/counterparts/{authority}", "/cases/{case}",
        "/cases/{case}/print", "/cases/{case}/evidence", "/cases/{case}/erase", "/reply/{token}",
        "/api/v1/cases", "/api/v1/cases/{case}", "/api/v1/cases/{case}/route", "/api/v1/cases/{case}/elements",
        "/api/v1/cases/{case}/enquiries", "/api/v1/cases/{case}/evidence",
        "/api/v1/cases/{case}/attachments/{mid}/{n}", "/api/v1/cases/{case}/drafts/{draft}/attachments/{n}",
        "/api/v1/dossiers", "/api/v1/dossiers/{dossier}", "/api/v1/deadlines", "/api/v1/reminders",
        "/api/v1/reports/outcomes", "/api/v1/matters/{matter}", "/api/v1/counterparts/{authority}/reconciliation",
    )}
    | {("POST", path) for path in (
        # The page once more, with what was wrong.
        "/cases/{case}/{verb}", "/cases/{case}/attachments", "/cases/{case}/channels", "/cases/{case}/enquiries",
        "/cases/{case}/erase", "/enquiries/{enquiry}/{verb}", "/dossiers/{dossier}/{verb}", "/matters/{matter}",
        "/reply/{token}",
        # What is handed out, or listed after the act.
        "/cases/{case}/evidence", "/api/v1/cases/{case}/elements/proof", "/api/v1/cases/{case}/elements/erase",
        "/api/v1/cases/{case}/channels", "/api/v1/cases/{case}/enquiries", "/api/v1/enquiries/{enquiry}/reply",
        "/api/v1/enquiries/{enquiry}/renew", "/api/v1/enquiries/{enquiry}/withdraw",
    )}
)  # fmt: skip

_OF_THE_ACT = "answers with case, state and delivery of the act it did, whose own leaf names the case"
_OF_THE_PERSON = "what the person himself typed, brought in or chose; an act leads on to a page that is noted"
_OF_MACHINES = "of the node, its people or its programs: no case is in it"
_OF_COUNTERPARTS = "of a counterpart: cards, keys, contacts, agreements, counts; of a case its number at most"
_OF_THE_TRAIL = "acts, not content: who did what in which case, and digests"
_BY_ITS_END = "a case by the end of its number and a day; or leads on to the page of the case"

_BY_REASON: dict[str, tuple[Key, ...]] = {
    _OF_THE_ACT: (
        *(("POST", f"/api/v1/cases/{{case}}/{verb}") for verb in sorted({*VERBS, "approve", "record"} - {"request"})),
        *(("POST", f"/api/v1/dossiers/{{dossier}}/{verb}") for verb in DOSSIER_VERBS),
        ("POST", "/api/v1/cases/{case}/{verb}"), ("POST", "/api/v1/dossiers/{dossier}/{verb}"),
        ("POST", "/api/v1/cases/{case}/owner"), ("POST", "/api/v1/cases/{case}/attachments/{mid}/{n}"),
        ("POST", "/api/v1/dossiers"), ("POST", "/api/v1/requests"),
        *(("POST", f"/api/v1/counterparts/{{authority}}/{verb}")
            for verb in ("inform", "propose-profile", "decide-profile", "reconcile", "update-directory")),
    ),
    _OF_THE_PERSON: (
        ("POST", "/cases/{case}/owner"), ("POST", "/cases/{case}/attachments/{mid}/{n}"),
        ("GET", "/requests/new"), ("POST", "/requests"), ("POST", "/requests/check"),
        ("POST", "/requests/attachments"), ("POST", "/api/v1/attachments"),
        ("POST", "/api/v1/reminders/{reminder}/snooze"), ("POST", "/reminders/{reminder}"),
        ("POST", "/reminders/hours"), ("POST", "/reminders/mail"), ("POST", "/reminders/webhooks/{hook}"),
        ("POST", "/deadlines/{deadline}"),
    ),
    _OF_MACHINES: (
        ("GET", "/api/openapi.json"), ("GET", "/api/schemas/{name}"), ("GET", "/api/schemas/wire/{name}"),
        ("GET", "/livez"), ("GET", "/readyz"), ("GET", "/metrics"), ("GET", "/static/{digest}/{name}"),
        ("GET", "/sign-in"), ("POST", "/sign-in"), ("POST", "/sign-out"), ("GET", "/language"), ("POST", "/language"),
        ("GET", "/webhooks"), ("POST", "/webhooks"), ("POST", "/webhooks/{hook}"),
        ("GET", "/feeds"), ("POST", "/feeds"), ("POST", "/feeds/{feed}"),
        ("GET", "/api/v1/feeds"), ("POST", "/api/v1/feeds"), ("DELETE", "/api/v1/feeds/{feed}"),
    ),
    _OF_COUNTERPARTS: (
        ("GET", "/counterparts"), ("GET", "/api/v1/counterparts"), ("GET", "/api/v1/counterparts/{authority}"),
        ("GET", "/api/v1/counterparts/{authority}/directory"), ("GET", "/api/v1/counterparts/{authority}/ledger"),
        ("GET", "/api/v1/counterparts/{authority}/matters"), ("GET", "/api/v1/counterparts/{authority}/profiles"),
        ("GET", "/keys"), ("GET", "/keys/{authority}"), ("POST", "/keys/{authority}/alarms"),
        ("POST", "/keys/{authority}/status"), ("POST", "/keys/{authority}/messages"),
        ("GET", "/card"), ("GET", "/card/file"), ("GET", "/card/contact"), ("POST", "/card/contact"),
        ("GET", "/first-contact"), ("POST", "/first-contact"), ("GET", "/first-contact/{authority}"),
        ("POST", "/first-contact/{authority}"), ("POST", "/first-contact/{authority}/drop"),
        ("POST", "/counterparts/{authority}/contact-seen"), ("POST", "/counterparts/{authority}/introduce"),
        ("GET", "/counterparts/{authority}/tell/inform"), ("POST", "/counterparts/{authority}/tell/inform"),
        ("GET", "/counterparts/{authority}/tell/propose-profile"),
        ("POST", "/counterparts/{authority}/tell/propose-profile"),
        ("GET", "/bundles"), ("POST", "/bundles"), ("POST", "/bundles/{authority}"),
    ),
    _OF_THE_TRAIL: (
        ("GET", "/audit"), ("GET", "/audit/file"), ("POST", "/audit/verify"), ("GET", "/audit/releases"),
        ("POST", "/audit/releases"), ("POST", "/audit/releases/{release}"),
        ("GET", "/api/v1/audit/entries"), ("GET", "/api/v1/audit/entries/file"), ("GET", "/api/v1/audit/readers"),
        ("GET", "/api/v1/audit/checkpoint"), ("GET", "/api/v1/audit/witnesses"), ("GET", "/api/v1/audit/releases"),
        ("POST", "/api/v1/audit/releases"),
        *(("POST", f"/api/v1/audit/releases/{{release}}/{verb}") for verb in ("give", "refuse", "end")),
    ),
    _BY_ITS_END: (
        ("GET", "/calendar/{token}.ics"), ("GET", "/deadlines/{deadline}-{end}"),
        ("GET", "/reminders/{reminder}-{end}"),
    ),
}  # fmt: skip
SHOWS_NOTHING: dict[Key, str] = {key: reason for reason, keys in _BY_REASON.items() for key in keys}


def key_of(route: Route) -> Key:
    """How a route stands in the tables."""
    return route.method, route.path


def unsaid(routes: list[Route]) -> set[Key]:
    """The routes of which nothing is said, and those said both ways."""
    live = {key_of(one) for one in routes}
    return (live - SHOWS - SHOWS_NOTHING.keys()) | (SHOWS & SHOWS_NOTHING.keys())
