"""Bringing a file in, from a page or by the API: sealed as it comes, then its row and its leaf in one transaction.

upload = await bring(http_request, pieces, name="weapon.jpg", media_type="image/jpeg", keep_original=False)
"""

from collections.abc import AsyncIterator

from aiohttp import web

from tracing import audit
from tracing.attachments import uploads
from tracing.attachments.intake import Brought, Intake
from tracing.attachments.uploads import LyingAround, Upload
from tracing.casework.policy import Actor
from tracing.desk.accounts import actor_of
from tracing.desk.context import DESK
from tracing.store import Tx

__all__ = ["BRINGING", "bring"]

BRINGING: web.AppKey[Intake] = web.AppKey("bringing", Intake)


async def bring(
    http_request: web.Request, pieces: AsyncIterator[bytes], *, name: str, media_type: str, keep_original: bool
) -> Upload:
    """Keep the file for an act to come. TooLong, NotAPhotograph, LyingAround, OSError; then nothing was kept."""
    desk, actor, intake = http_request.app[DESK], actor_of(http_request), http_request.app[BRINGING]
    brought = await intake.take(pieces, name=name, media_type=media_type, keep_original=keep_original)
    most_bytes = desk.settings.attachments.officer.in_bytes
    try:
        return await desk.store.write(lambda tx: _keep(tx, actor, brought, most_bytes))
    except LyingAround:
        await intake.forget([one.ct_sha256 for one in brought.attachments])
        raise


def _keep(tx: Tx, actor: Actor, brought: Brought, most_bytes: int) -> Upload:
    upload = uploads.add(tx, actor.name, brought.attachments, most_bytes, brought.removed, brought.notice)
    digests = [one.ct_sha256 for one in brought.attachments]
    audit.note(tx, "op", upload.id, {"act": "bring in", "actor": actor.name, "digests": digests})
    return upload
