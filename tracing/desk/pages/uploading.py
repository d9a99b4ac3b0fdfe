"""Files an officer attaches on a page: the field that offers them, the form they come with, and what stands in the way.

Rules
- The button "Attach" sends the whole form with its files; the page comes back with what was typed and the files ticked.
- What waits is offered in every form of the officer who brought it, ticked only where it was attached: an act in
  another case must not carry it off unseen.
- A file chosen and not attached stops the act: a browser sends only its name with the other buttons.
- After the first file that cannot be taken no further one is; the fields are still read, so nothing typed is lost.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from aiohttp import web

from protocol.attachments import MAX_ATTACHMENTS, MAX_BYTES, named_like
from tracing.attachments import TooLong, uploads
from tracing.attachments.photographs import NotAPhotograph
from tracing.attachments.uploads import LyingAround, Upload
from tracing.casework.errors import Incomplete, Problem
from tracing.desk.accounts import actor_of
from tracing.desk.bringing import bring
from tracing.desk.context import DESK
from tracing.desk.pages.failures import Failure, Wrong
from tracing.desk.pages.figures import size_of
from tracing.desk.pages.forms import Field
from tracing.desk.pages.posted import Posted, posted_of
from tracing.desk.pages.tongue import N_, _
from tracing.desk.parts import Picked, Written, parts_of
from tracing.desk.problems import Refused

__all__ = ["Files", "Waiting", "attached_to", "files_field", "receive", "unattachable", "waiting_of"]

MEMBER, PICKED, KEEP = "attachments", "file", "keep-original"  # names of fields; the first is the member of the body


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that waits for a message, as a page names it."""

    id: str
    name: str
    kind: str
    size: str
    notice: str
    removed: str


@dataclass(frozen=True, slots=True)
class Files(Field):
    """The field for attachments. ``action`` takes the form with its files."""

    action: str = ""
    waiting: tuple[Waiting, ...] = ()


class Empty(Exception):
    """A file without a byte."""


async def waiting_of(http_request: web.Request) -> tuple[Waiting, ...]:
    """What whoever asks has brought in and can still attach."""
    name = actor_of(http_request).name
    found = await http_request.app[DESK].store.read(lambda view: uploads.waiting(view, name))
    return tuple(_named(one) for one in found)


def files_field(waiting: Sequence[Waiting], action: str, *, fold: bool = True) -> Files:
    """The field with what waits."""
    hint = N_("A photograph leaves its metadata here; whatever is attached is sealed for the counterpart.")
    return Files(MEMBER, N_("Attachments"), "files", hint, fold=fold, action=action, waiting=tuple(waiting))


def _named(upload: Upload) -> Waiting:
    one, removed = upload.attachments[-1], ", ".join(upload.removed)
    return Waiting(upload.id, one.name, one.type, size_of(one.length), upload.notice, removed)


# ---------------------------------------------------------------- an act that bears them


async def attached_to(http_request: web.Request, posted: Posted) -> dict[str, list[str]]:
    """The member ``attachments`` of a body, or nothing. Incomplete."""
    if problems := unattachable(posted, await waiting_of(http_request)):
        raise Incomplete(problems)
    ids = list(posted.fields.get(MEMBER, ()))
    return {MEMBER: ids} if ids else {}


def unattachable(posted: Posted, waiting: Sequence[Waiting]) -> tuple[Problem, ...]:
    """A file that was chosen only, and ticks that are not of this officer's files."""
    mine = {one.id for one in waiting}
    found = [Problem(MEMBER, _("a file that you attached and no message bears yet"), one[:40])
        for one in posted.fields.get(MEMBER, ()) if one not in mine]  # fmt: skip
    if picked := posted.first(PICKED):
        found.append(Problem(MEMBER, _("the chosen file to be attached first, with its own button"), picked[:200]))
    return tuple(found)


# ---------------------------------------------------------------- a form with files


async def receive(http_request: web.Request) -> tuple[Posted, Failure | None]:
    """The form as it was typed, its files kept and ticked; and in one sentence why one was not. Refused."""
    found: dict[str, list[str]] = {MEMBER: []}
    wrong, count = "", 0
    async for part in parts_of(http_request):
        if isinstance(part, Written):
            found.setdefault(part.name, []).append(part.text)
        elif part.name != PICKED:
            raise Refused("bad-body", "expected files in the field for attachments only", {"Connection": "close"})
        elif part.file_name and not wrong:
            count += 1
            wrong = await _take(http_request, part, found)
    if not count:
        wrong = _("Choose a file first, then attach it.")
    return posted_of(found), _failure(wrong) if wrong else None


async def _take(http_request: web.Request, part: Picked, found: dict[str, list[str]]) -> str:
    """Keep one file and tick it; or say why not."""
    name, keep = named_like(part.file_name), KEEP in found
    if len(found[MEMBER]) >= MAX_ATTACHMENTS:
        return _("%(name)s is one too many: at most %(most)s go with one message.") % {
            "name": name, "most": MAX_ATTACHMENTS}  # fmt: skip
    try:
        upload = await bring(
            http_request, _filled(part.pieces), name=name, media_type=part.media_type, keep_original=keep
        )
    except (TooLong, NotAPhotograph, LyingAround, Empty, OSError) as error:
        return _why_not(error) % {"name": name, "why": error, "most": MAX_BYTES >> 20}
    found[MEMBER].append(upload.id)
    return ""


async def _filled(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same, if there are any. Empty."""
    length = 0
    async for piece in pieces:
        length += len(piece)
        yield piece
    if not length:
        raise Empty


def _why_not(error: Exception) -> str:
    if isinstance(error, NotAPhotograph):
        return _("%(name)s cannot be cleaned as a photograph (%(why)s); with “Keep the original” it is taken as it is.")
    if isinstance(error, TooLong):
        return _("%(name)s is too long: an attachment has at most %(most)s MiB.")
    if isinstance(error, LyingAround):
        return _("%(name)s was not kept: too much of yours waits for a message; use it, or let a day pass.")
    return _("%(name)s is empty.") if isinstance(error, Empty) else _("The disk of this node takes no more.")


def _failure(words: str) -> Failure:
    return Failure(_("There is something to mend"), words, (Wrong(MEMBER, words, ""),))
