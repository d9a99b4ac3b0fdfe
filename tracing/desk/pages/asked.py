"""What was asked: the request as it stands after amendments and changes of priority, and as it was first made."""

from collections.abc import Iterator, Mapping
from typing import Any

from protocol.lifecycle import Kind
from protocol.messages import AMENDABLE
from tracing.casework.casefile import CaseFile
from tracing.desk.pages.content import Around, Link, Mark, Piece, describe
from tracing.desk.pages.elements import body_shown, href_of, is_effective, message_words
from tracing.desk.pages.moments import Here
from tracing.desk.pages.tongue import _

__all__ = ["asked_view", "drafted_view", "request_of"]


def request_of(file: CaseFile) -> dict[str, Any] | None:
    """The tracing request itself, as it was made, when it is here."""
    return next((one for one in file.messages if one["kind"] == Kind.TRACE_REQUEST), None)


def asked_view(
    file: CaseFile, request: Mapping[str, Any], arounds: Mapping[str, Around], here: Here
) -> dict[str, Any] | None:
    """The request as it stands, each member that changed linked to what changed it; None when it is not here.

    ``request``: the body as amendments left it (``casework.asked``).
    """
    first = request_of(file)
    if first is None:
        return None
    amendments = [one for one in file.messages if one["kind"] == Kind.AMENDMENT and is_effective(one)]
    changes = dict(_changes(file, here))
    around = arounds[first["mid"]]
    now = body_shown({**first, "body": {**(request or first["body"])}}) | (
        {"priority": file.priority} if "priority" in changes else {}
    )
    standing = Around({**around.marks, **changes}, around.messages, around.elements)
    return {
        "sent": first["sent"], "body": describe(now, Kind.TRACE_REQUEST, standing),
        "amendments": [Link(href_of(one["mid"]), message_words(one, here)) for one in amendments],
        "first": describe(body_shown(first), Kind.TRACE_REQUEST) if amendments else None,
    }  # fmt: skip


def _changes(file: CaseFile, here: Here) -> Iterator[tuple[str, Mark]]:
    """The members that are not as they were made, with a link to the last message that changed each."""
    for one in file.messages:
        day = {"day": here.day(one["sent"]).striptags()}
        if one["kind"] == Kind.AMENDMENT and is_effective(one):
            mark = Mark(links=(Link(href_of(one["mid"]), _("amended %(day)s") % day),))
            yield from ((member, mark) for member in one["body"] if member in AMENDABLE)
        elif one["kind"] == Kind.PRIORITY_CHANGE and is_effective(one):
            yield "priority", Mark(links=(Link(href_of(one["mid"]), _("changed %(day)s") % day),))


def drafted_view(file: CaseFile) -> list[Piece] | None:
    """The request that waits for a second person, while it is a draft."""
    draft = next((one["body"] for one in file.drafts if one["verb"] == "request"), None)
    if draft is None:
        return None
    return describe({name: value for name, value in draft.items() if name not in ("to", "attachments")})
