"""Whom to believe offline: an authority's card against the digest of its first root, learnt another way.

believe(card, "at", "real", {"at": "3f9a01c2..."})  ->  TrustSet, or Unbelieved with a code of the specification
"""

from collections.abc import Mapping
from typing import Any

from keys.card import Card
from keys.errors import KeysError
from keys.roots import read_root
from keys.trust import TrustSet
from protocol import strictjson

__all__ = ["Unbelieved", "believe"]


class Unbelieved(Exception):
    """The card does not make anybody believed: ``code`` says why."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


def believe(card: Any, authority: str, net: str, pins: Mapping[str, str]) -> TrustSet:
    """The keys of ``authority``. The age of its documents is not judged: there is no clock."""
    pin = pins.get(authority)
    if pin is None:
        raise Unbelieved("not-pinned", f"expected a pin for {authority}: the digest of its first root")
    try:
        read = Card.read(strictjson.dump(card))
        first = read_root(read.root_documents[0])
    except KeysError as error:
        raise Unbelieved("bad-root", str(error)) from error
    if first.sha256 != pin:
        raise Unbelieved("wrong-root", f"the first root has the digest {first.sha256}, the pin of {authority} is {pin}")
    if (first.root.net, first.root.auth) != (net, authority):
        raise Unbelieved("mismatch", f"expected a root of {authority} on the network {net}")
    try:
        trust = TrustSet.resume(read.root_documents, pin, net)
    except KeysError as error:
        raise Unbelieved("bad-root", str(error)) from error
    try:
        return trust.update_keyset(read.keyset_document)
    except KeysError as error:
        raise Unbelieved("bad-keyset", str(error)) from error
