"""A new home for an authority whose node is lost with all its keys: the holders' next root names the new home's keys.

Rules
- The chain of roots comes from any card of the authority; it is public. That its first root is the true one, an
  officer confirms by its digest, as at every first contact.
- The next root must say exactly what the new home asked for (``founding.json``).
- A root with other keyset keys lets the versions of keysets begin anew at whoever follows it; ours go on above the last
  that the card shows all the same.
- Public signing keys of before stay listed, retired: what they signed stays provable. What was sealed to the lost keys
  is lost, so these are left out.

    trust = succeed(card, document, request, at_ms=now_ms)
    keyset = inherit(first_keyset(...), card_keyset, at_ms=now_ms)
"""

from typing import Any

from keys.card import Card
from keys.ceremony import check_asked
from keys.errors import CeremonyRefused
from keys.founding import FoundingRequest
from keys.keyset import Keyset, log_entries, log_keys, renew_keyset
from keys.rotation import Entry
from keys.trust import TrustSet

__all__ = ["believe_card", "inherit", "succeed"]


def believe_card(card: Card, net: str) -> TrustSet:
    """What a card of our own says of us; its age is not judged. Raises what TrustSet raises."""
    return TrustSet.resume(card.root_documents, card.digest, net, card.keyset_document)


def succeed(before: TrustSet, document: bytes, request: FoundingRequest, *, at_ms: int) -> TrustSet:
    """The chain with its next root, which says what the new home asked for; else CeremonyRefused or a TrustRefused."""
    trust = before.update_root(document, at_ms=at_ms)
    if trust.root.ver == before.root.ver:
        raise CeremonyRefused(f"the card holds root {trust.root.ver} already: the holders sign the one after it")
    check_asked(trust.root, request)
    return trust


def inherit(new: Keyset, former: Keyset | None, *, at_ms: int) -> Keyset:
    """The first keyset of the new home, with the keys of before as retired ones and a version above theirs."""
    if former is None:
        return new
    keys = (*new.keys, *(_retired(one, at_ms) for one in former.keys))
    kem = (*new.kem, *(one for one in former.kem if one.status == "revoked"))
    log = log_keys(new.log.origin, (*log_entries(new), *(_retired(one, at_ms) for one in log_entries(former))))
    members = {"keys": _members(keys), "kem": _members(kem), "log": log.model_dump()}
    return renew_keyset(new.model_copy(update={"ver": former.ver}), at_ms=at_ms, **members)


def _retired(entry: Any, at_ms: int) -> Any:
    """Retired since now, unless it was retired or revoked before."""
    is_over = entry.status in {"retired", "revoked"}
    return entry if is_over else entry.model_copy(update={"status": "retired", "since": at_ms})


def _members(entries: tuple[Entry, ...]) -> tuple[dict[str, Any], ...]:
    return tuple(one.model_dump() for one in entries)
