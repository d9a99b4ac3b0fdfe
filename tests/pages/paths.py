"""The addresses of pages in every state that a test must look at; names in braces are cases of the scene."""

__all__ = ["PAGES"]

PAGES = (
    "/", "/received", "/received?view=all", "/sent?view=all", "/sent?view=closed", "/sent?view=overdue", "/deadlines",
    "/deadlines?days=month", "/deadlines?days=passed", "/deadlines?month=now", "/deadlines?week=now&with=at",
    "/deadlines?month=2026-12&with=at", "/deadlines?day=2026-12-24", "/feeds",
    "/card", "/card/contact", "/first-contact",
    "/counterparts", "/counterparts/at", "/counterparts/fj.police", "/counterparts/ke?year=2026", "/requests/new",
    "/keys", "/keys/at", "/keys/br", "/bundles",
    "/approvals", "/reminders", "/language",
    "/cases/{delivered}", "/cases/{acknowledged}", "/cases/{answered}?do=close", "/cases/{refused}",
    "/cases/{asked}?do=supply", "/cases/{unreached}", "/cases/{letter}",
    "/cases/{letter}/print", "/cases/{draft}", "/cases/{theirs}?do=answer&use=no-record",
    "/cases/{delivered}?do=amend", "/cases/{answered}?do=consent-request", "/cases/{answered}?do=clarify",
    "/cases/{letter}?do=record-answer", "/cases/{waiting}?do=correct", "/cases/{theirs}?do=notify-restriction-change",
    "/cases/{theirs}?do=ask&use=lacks", "/cases/{hostile}", "/cases/{waiting}",
    "/cases/{answered}/evidence", "/cases/{answered}/evidence?to=Court&purpose=court",
)  # fmt: skip
