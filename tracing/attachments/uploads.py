"""What officers brought in and no message bears yet: one document, or a photograph with its review copy.

Rules
- An upload is of the officer who brought it in: ``waiting`` lists what he can still name.
- An upload goes with one message and is gone then; what it is rests in the message. Its keys rest encrypted.
- One that nobody used is forgotten after a day, one that a draft names after ninety.
- What one officer may leave lying is bounded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from protocol import base64url, strictjson
from protocol.attachments import MAX_ATTACHMENTS, Attachment
from tracing import tables
from tracing.store import AnyRow, Tx, View

__all__ = ["LyingAround", "Upload", "add", "forget", "keep_for_draft", "read", "take", "unused_digests", "waiting"]

DAY_MS = 86_400_000
UNUSED_MS, DRAFTED_MS = DAY_MS, 90 * DAY_MS
MOST_BYTES = 64 * 1024
_uploads = tables.table_of(tables.Upload)


class LyingAround(Exception):
    """An officer has brought in more than may wait for a message."""


@dataclass(frozen=True, slots=True)
class Upload:
    """An id, and the attachments it stands for; places in ``copy_of`` count within the upload.

    ``removed`` and ``notice``: what its officer was told when he brought it in.
    """

    id: str
    attachments: tuple[Attachment, ...]
    removed: tuple[str, ...] = ()
    notice: str = ""


def add(  # noqa: PLR0917 - whose, what, what he was told, and the bound
    tx: Tx, user_name: str, some: Sequence[Attachment], most_bytes: int, removed: Sequence[str] = (), notice: str = ""
) -> Upload:
    """Keep what was sealed until a message takes it. LyingAround."""
    size = sum(one.sealed["ct_len"] for one in some)
    lying = select(func.coalesce(func.sum(_uploads.c.ct_len), 0)).where(_uploads.c.user_name == user_name)
    if tx.conn.execute(lying).scalar_one() + size > most_bytes:
        raise LyingAround(f"{user_name} has more than {most_bytes} bytes waiting for a message")
    upload = Upload(tx.ids.uuid7().hex, tuple(some), tuple(removed), notice)
    wrapped, key = tx.cipher.new_key()
    about = tx.cipher.encrypt(key, strictjson.dump(_about(upload)), f"upload/{upload.id}")
    row = {
        "id": upload.id, "user_name": user_name, "digests": " ".join(one.ct_sha256 for one in some), "ct_len": size,
        "content_key": wrapped, "about": about, "added_ms": tx.now_ms,
    }  # fmt: skip
    tx.conn.execute(insert(_uploads).values(row))
    return upload


def read(view: View, upload_id: str) -> Upload | None:
    """The upload of this id, None if there is none or a message took it."""
    row = view.conn.execute(select(_uploads).where(_uploads.c.id == upload_id)).first()
    return None if row is None else _upload(view, row)


def waiting(view: View, user_name: str) -> tuple[Upload, ...]:
    """What this officer brought in and neither message nor draft names, the oldest first; the last 64 of it."""
    mine = select(_uploads).where(_uploads.c.user_name == user_name, _uploads.c.drafted_ms.is_(None))
    latest = view.conn.execute(mine.order_by(_uploads.c.added_ms.desc(), _uploads.c.id.desc()).limit(MAX_ATTACHMENTS))
    return tuple(_upload(view, row) for row in reversed(latest.all()))


def take(tx: Tx, upload_id: str) -> bool:
    """A message bears it now. False if it is no longer here."""
    return tx.conn.execute(delete(_uploads).where(_uploads.c.id == upload_id)).rowcount == 1


def keep_for_draft(tx: Tx, ids: Sequence[str]) -> None:
    """A draft names these: they wait longer."""
    tx.conn.execute(update(_uploads).where(_uploads.c.id.in_(list(ids))).values(drafted_ms=tx.now_ms))


def forget(tx: Tx) -> int:
    """Drop what nobody came back for; how many."""
    undrafted = _uploads.c.drafted_ms.is_(None) & (_uploads.c.added_ms < tx.now_ms - UNUSED_MS)
    old = undrafted | (_uploads.c.drafted_ms < tx.now_ms - DRAFTED_MS)
    return tx.conn.execute(delete(_uploads).where(old)).rowcount


def unused_digests(view: View) -> set[str]:
    """The sealed files of all uploads."""
    return {one for text in view.conn.execute(select(_uploads.c.digests)).scalars() for one in text.split()}


def _about(upload: Upload) -> dict[str, Any]:
    some = [_members(one) for one in upload.attachments]
    return {"attachments": some, "removed": list(upload.removed), "notice": upload.notice}


def _members(one: Attachment) -> dict[str, Any]:
    return {
        "name": one.name, "type": one.type, "length": one.length, "sha256": one.sha256,
        "key": base64url.encode(one.key), "ct_sha256": one.ct_sha256, "on_demand": one.on_demand,
        "copy_of": one.copy_of,
    }  # fmt: skip


def _upload(view: View, row: AnyRow) -> Upload:
    key = view.cipher.unwrap(row.content_key)
    about = strictjson.load(view.cipher.decrypt(key, row.about, f"upload/{row.id}"), MOST_BYTES)
    some = tuple(Attachment(**one | {"key": base64url.decode(one["key"])}) for one in about["attachments"])
    return Upload(row.id, some, tuple(about["removed"]), about["notice"])
