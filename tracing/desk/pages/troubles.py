"""What administrators must mend about the ways of reminders: the mail server, addresses, receivers of webhooks."""

from collections.abc import Iterator

from tracing.channels.mail.returned import whose
from tracing.channels.standing import MAIL, Standing, standing_of
from tracing.channels.webhooks.hooks import all_hooks
from tracing.desk.context import Desk
from tracing.desk.pages.tongue import _
from tracing.store import View

__all__ = ["mail_trouble", "troubles_of"]

MOST_NAMED = 5


def troubles_of(view: View, desk: Desk) -> list[str]:
    """One sentence each, nothing while all is well."""
    return [one for one in _all(view, desk) if one is not None]


def mail_trouble(view: View, desk: Desk) -> str | None:
    """Of the mail server alone."""
    standing = standing_of(view, MAIL) if desk.settings.mail.server else None
    if standing is None or not standing.is_alarmed:
        return None
    words = _(
        "The mail server takes nothing (%(said)s); reminders wait and are shown here. Mails that wait: %(count)d."
    )
    return words % {"said": standing.said, "count": standing.waiting}


def _all(view: View, desk: Desk) -> Iterator[str | None]:
    yield mail_trouble(view, desk)
    yield _returned(view)
    for hook in all_hooks(view):
        yield _of_hook(hook.name, standing_of(view, hook.target))


def _returned(view: View) -> str | None:
    names = list(whose(view))
    if not names:
        return None
    named = ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")
    return _("Mails come back from the addresses of %(names)s: nothing more is sent there.") % {"names": named}


def _of_hook(name: str, standing: Standing) -> str | None:
    if standing.is_alarmed:
        words = _("The webhook %(name)s takes nothing (%(said)s); what waits for it: %(count)d.")
        return words % {"name": name, "said": standing.said, "count": standing.waiting}
    if standing.parked:
        words = _("The webhook %(name)s did not take in time: %(count)d. These are not tried again by themselves.")
        return words % {"name": name, "count": standing.parked}
    return None
