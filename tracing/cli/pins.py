"""Roots a verifier knows, as he names them on the command line: ``--pin ke=3f9a01c2...``, once for each."""

from collections.abc import Sequence
from typing import Annotated

import typer

from keys import card as cards
from keys.errors import DigestMismatch
from protocol.errors import SchemaInvalid
from protocol.names import AuthorityId
from tracing.cli.exits import Ends, Exit

__all__ = ["Pins", "pins_of"]

Pins = Annotated[list[str], typer.Option(metavar="AUTHORITY=DIGEST", help="A root you know; once for each.")]


def pins_of(texts: Sequence[str]) -> dict[str, str]:
    """By authority, the digest of its first root. Ends where one is none."""
    return dict(_pin(text) for text in texts)


def _pin(text: str) -> tuple[str, str]:
    """``ke=3f9a 01c2 ...`` as two officers would compare it."""
    authority, _, digest = text.partition("=")
    try:
        return str(AuthorityId(authority)), cards.same_digest(digest)
    except (ValueError, SchemaInvalid, DigestMismatch) as error:
        raise Ends(Exit.USAGE, "--pin: expected AUTHORITY=DIGEST, such as ke=3f9a01c2...") from error
