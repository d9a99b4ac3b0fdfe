"""Evidence with a time-stamp: asked for once the lines stand, over all of them, and signed for with them.

Rules
- What is stamped is every line between the inventory and the stamp: the cards, the signed head of the trail and the
  messages. So the stamp dates the history up to that head, the keys it is believed by, and all that is shown of it.
- Whatever keeps the stamp away keeps nothing else: the file is then the one that it would be without.
"""

import io
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Protocol

from cryptography.x509 import Certificate

from keys import evidence as evidences
from protocol import evidence, strictjson
from protocol.evidence import Inventory, Stamped
from tracing.casework.acts import House
from tracing.casework.evidence.exporting import Exported

__all__ = ["NotStamped", "Stamper", "ask_stamp"]


class NotStamped(Exception):
    """No time-stamp came; why, in words for people."""


class Stamper(Protocol):
    """A seam: whoever asks an authority for time-stamps."""

    def authorities(self) -> Sequence[Certificate]: ...
    async def stamp(self, digest: bytes) -> Stamped: ...


async def ask_stamp(stamper: Stamper | None, house: House, made: Exported) -> Exported:
    """The same file with a time-stamp; or as it is, with why there is none where one was asked for."""
    if stamper is None:
        return made
    first, *lines = made.data.splitlines(keepends=True)
    try:
        stamped = await stamper.stamp(sha256(b"".join(lines)).digest())
        return _with_stamp(house, made, first, lines, stamped, stamper.authorities())
    except NotStamped as error:
        return replace(made, unstamped=str(error))


def _with_stamp(  # noqa: PLR0917 - the parts of one file
    house: House, made: Exported, first: bytes, lines: Sequence[bytes], stamped: Stamped, by: Sequence[Certificate]
) -> Exported:
    line = evidence.stamp_line(stamped)
    signed, _ = evidence.read_inventory(first[:-1])
    said = strictjson.load(signed.payload, Inventory.MAX_BYTES)
    said["lines"].append({"kind": "stamp", "of": evidence.STAMP, "sha256": evidence.digest_of(line)})
    inventory = Inventory.model_validate(said)
    anew = evidence.inventory_line(house.seal.attest(inventory.payload(), evidence.TYP), inventory.version)
    data = evidence.write(anew, [*(each[:-1] for each in lines), line])
    return replace(made, data=data, found=evidences.verify(io.BytesIO(data), made.pins, authorities=by))
