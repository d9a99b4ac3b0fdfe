"""The ceremony of the holders: propose a root, sign it one by one, put it together, install it. By files.

Rules
- The root file is the signed object itself; as a proposal it bears no signature yet. Each holder adds two (one pair).
- Holders sign what they read: ``describe`` says in words what a file would make true, and who has signed.
- Holders may pass one file along, or sign copies that ``combine`` puts together.
- The node installs a root only if it is complete and says exactly what the node asked for.
- ``README.md`` of this room tells the ceremony as an officer does it.

Example
    root = propose(request, holders, 2, at_ms=now_ms)
    file = sign_part(sign_part(proposal(root), achieng), baraka)
    trust = install(file, request, at_ms=now_ms)
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from keys import privatefile
from keys.algorithms import Random
from keys.card import groups
from keys.documents import admit_key, check_signatures, explain, parse_payload
from keys.errors import CeremonyRefused, DocumentMalformed, ThresholdNotMet, VaultExists
from keys.founding import FoundingRequest
from keys.holders import HolderKeys, holder_signers, new_holder, open_holder
from keys.roots import (
    HOLDER_ALGORITHMS,
    MAX_ROOT_BYTES,
    MOST_SIGNATURES,
    ROOT_LIFETIME_MS,
    ROOT_TYP,
    Holder,
    Root,
    SignedRoot,
    read_root,
)  # fmt: skip
from keys.trust import TrustSet
from keys.uses import Use
from keys.vault import Vault
from protocol import base64url, jws, strictjson
from protocol.errors import ProtocolError

__all__ = [
    "Change", "RootReport", "check_asked", "combine", "describe", "found_training", "install", "new_ceremony",
    "next_ceremony", "proposal", "propose", "propose_next", "sign_file", "sign_in_place", "sign_part",
    "training_holder", "unsigned",
]  # fmt: skip

MEMBERS: Final = frozenset({"payload", "signatures"})
FIRST_ROOT: Final = "root-1.json"
TRAINING_HOLDER: Final = "training"


@dataclass(frozen=True, slots=True)
class RootReport:
    """What a root file would make true, and who has signed it so far."""

    root: Root
    digest: str  # of this root; for version 1 the one to announce and compare
    signed: tuple[str, ...]  # its own holders who signed with both keys
    missing: int  # how many of its own are still needed
    former_signed: tuple[str, ...] = ()  # for versions from 2 on: the former root's holders
    former_missing: int = 0
    changes: tuple[str, ...] = ()  # in words, from the former root to this one

    @property
    def complete(self) -> bool:
        return self.missing == 0 and self.former_missing == 0

    def summary(self) -> dict[str, Any]:
        """For ``root show``: plain values, stable English keys."""
        root = self.root
        return {
            "net": root.net,
            "authority": root.auth,
            "country": root.country,
            "name": root.name,
            "version": root.ver,
            "digest": self.digest,
            "groups": groups(self.digest),
            "holders": [holder.name for holder in root.holders],
            "threshold": root.threshold,
            "keyset_keys": [key.kid for key in root.keyset],
            "issued_ms": root.iat,
            "expires_ms": root.exp,
            "signed": [*self.signed],
            "missing": self.missing,
            "former_signed": [*self.former_signed],
            "former_missing": self.former_missing,
            "changes": [*self.changes],
            "complete": self.complete,
        }


# ---------------------------------------------------------------- propose


def propose(
    request: FoundingRequest,
    holders: Sequence[Holder],
    threshold: int,
    *,
    at_ms: int,
    lifetime_ms: int = ROOT_LIFETIME_MS,
) -> Root:
    """The first root over what a node asked for. CeremonyRefused where names or numbers do not fit."""
    members = {"holders": tuple(holders), "threshold": threshold, "iat": at_ms, "exp": at_ms + lifetime_ms}
    return _root(_first_members(request) | members)


def _first_members(request: FoundingRequest) -> dict[str, Any]:
    asked = request.model_dump(include={"net", "auth", "country", "name", "keyset"})
    return asked | {
        "v": 1,
        "ver": 1,
        "prev": None,
        "requires": {"root": HOLDER_ALGORITHMS, "keyset": tuple(dict.fromkeys(key.alg for key in request.keyset))},
    }


def propose_next(previous: SignedRoot, *, at_ms: int, lifetime_ms: int = ROOT_LIFETIME_MS, **changes: Any) -> Root:
    """The successor of a root with these members changed (``holders``, ``threshold``, ``keyset``, ``name``)."""
    term = {"ver": previous.root.ver + 1, "prev": previous.sha256, "iat": at_ms, "exp": at_ms + lifetime_ms}
    return _root(previous.root.model_dump() | term | changes)


def _root(members: dict[str, Any]) -> Root:
    try:
        return Root.model_validate(members)
    except ValidationError as fault:
        raise CeremonyRefused(f"no root can say this: {explain(fault)}") from fault


def proposal(root: Root) -> bytes:
    """The file holders sign, bearing no signature yet."""
    return strictjson.dump({"payload": base64url.encode(root.payload()), "signatures": []})


# ---------------------------------------------------------------- sign


def sign_part(data: bytes, holder: HolderKeys, previous: SignedRoot | None = None) -> bytes:
    """The file with this holder's two signatures added. ``previous``: the root it follows, from version 2 on."""
    payload, signatures = _parts(data)
    known, kids = _holders_of(payload, previous), {signer.kid for signer in holder.signers}
    if not kids <= known:
        raise CeremonyRefused(f"{holder.name} is no holder of this root; its holders' keys are others")
    if kids & {_kid(each) for each in signatures}:
        raise CeremonyRefused(f"{holder.name} has signed this root already")
    added = jws.sign(payload, ROOT_TYP, holder.signers)["signatures"]
    return strictjson.dump({"payload": base64url.encode(payload), "signatures": [*signatures, *added]})


def combine(parts: Iterable[bytes]) -> bytes:
    """One file from copies signed in different places. CeremonyRefused unless all say the same."""
    payloads, signatures = set(), {}
    for part in parts:
        payload, signed = _parts(part)
        payloads.add(payload)
        signatures.update({_kid(each): each for each in signed})
    if len(payloads) != 1:
        raise CeremonyRefused("these files are not copies of one root")
    return strictjson.dump({"payload": base64url.encode(payloads.pop()), "signatures": [*signatures.values()]})


def describe(data: bytes, previous: SignedRoot | None = None) -> RootReport:
    """What the file says and who has signed; a false or stray signature is refused (SignatureRefused)."""
    payload, signatures = _parts(data)
    root, kids = parse_payload(Root, payload), frozenset[str]()
    signed_by: tuple[str, ...] = ()
    if signatures:
        signed = read_root(data)
        former = {} if previous is None else previous.holders
        kids = check_signatures(signed.document, {**former, **signed.holders})
        signed_by = signed.signed_by(kids)
    digest, missing = hashlib.sha256(payload).hexdigest(), max(0, root.threshold - len(signed_by))
    if previous is None:
        return RootReport(root, digest, signed_by, missing)
    former_signed = previous.signed_by(kids)
    former_missing = max(0, previous.root.threshold - len(former_signed))
    changes = _changes(previous.root, root)
    return RootReport(root, digest, signed_by, missing, former_signed, former_missing, changes)


def _changes(former: Root, root: Root) -> tuple[str, ...]:
    """What the root makes another than its former, said so that a holder can agree to it or not."""
    went = [holder.name for holder in former.holders if holder not in root.holders]
    came = [holder.name for holder in root.holders if holder not in former.holders]
    found: dict[str, list[str]] = {
        "no longer a holder": [name for name in went if name not in came],
        "a holder from now on": [name for name in came if name not in went],
        "a holder as before, with a new key file": [name for name in came if name in went],
        "no longer signs keysets": [key.kid for key in former.keyset if key not in root.keyset],
        "signs keysets from now on": [key.kid for key in root.keyset if key not in former.keyset],
    }
    numbers = (f"{former.threshold} of {len(former.holders)}", f"{root.threshold} of {len(root.holders)}")
    told = {"must sign": numbers, "name": (former.name, root.name)}
    changed = (f"{what}: {before}, from now on {after}" for what, (before, after) in told.items() if before != after)
    return (*(f"{what}: {', '.join(names)}" for what, names in found.items() if names), *changed)


def unsigned(data: bytes) -> Root | None:
    """The root of a file that nobody has signed yet; None where somebody has."""
    payload, signatures = _parts(data)
    return None if signatures else parse_payload(Root, payload)


def _parts(data: bytes) -> tuple[bytes, list[dict[str, str]]]:
    """Payload and signatures of a root file, which may have none yet."""
    try:
        members = strictjson.load(data, MAX_ROOT_BYTES)
        if isinstance(members, dict) and members.keys() == MEMBERS and members["signatures"] == []:
            return base64url.decode(members["payload"]), []
        return jws.parse(members, ROOT_TYP, most=MOST_SIGNATURES).payload, members["signatures"]
    except ProtocolError as fault:
        raise DocumentMalformed(f"not a root file: {fault}") from fault


def _kid(signature: dict[str, str]) -> str:
    kid: str = strictjson.load(base64url.decode(signature["protected"]), MAX_ROOT_BYTES)["kid"]
    return kid


def _holders_of(payload: bytes, previous: SignedRoot | None) -> set[str]:
    root, former = parse_payload(Root, payload), () if previous is None else previous.holders
    pairs = [(admit_key("Ed25519", each.ed25519), admit_key("ML-DSA-65", each.mldsa65)) for each in root.holders]
    return {key.kid for pair in pairs for key in pair} | set(former)


# ---------------------------------------------------------------- install


def install(data: bytes, request: FoundingRequest, *, at_ms: int) -> TrustSet:
    """The node's own TrustSet from its complete first root, which must say exactly what the node asked for."""
    report = describe(data)
    if report.missing:
        others = [holder.name for holder in report.root.holders if holder.name not in report.signed]
        signed = (
            f"{len(report.signed)} of {report.root.threshold} holders signed ({', '.join(report.signed) or 'nobody'})"
        )
        raise ThresholdNotMet(f"{signed}; {report.missing} more of {', '.join(others)} must")
    check_asked(report.root, request)
    return TrustSet.pin([data], report.digest, request.net, at_ms=at_ms)


def check_asked(root: Root, request: FoundingRequest) -> None:
    """CeremonyRefused unless the root says exactly what the node asked for."""
    asked = request.model_dump(exclude={"itx_founding"})
    given = root.model_dump(include=set(asked))
    other = sorted(name for name in asked if asked[name] != given[name])
    if other:
        raise CeremonyRefused(f"this root is not the one this node asked for; these differ: {', '.join(other)}")


def found_training(vault: Vault, request: FoundingRequest, random: Random, *, at_ms: int) -> bytes:
    """A complete 1-of-1 root for a training node, made in place; its holder's pair stays in the node's vault."""
    if request.net != "training":
        raise CeremonyRefused("a root made in place is for training; a real one is signed by its holders elsewhere")
    kids = [vault.new_key(Use.ROOT, alg, random).kid for alg in HOLDER_ALGORITHMS]
    pubs = [base64url.encode(vault.signing_key(kid).public.raw) for kid in kids]
    holder = Holder(name=TRAINING_HOLDER, ed25519=pubs[0], mldsa65=pubs[1])
    return sign_part(proposal(propose(request, [holder], 1, at_ms=at_ms)), training_holder(vault))


# ---------------------------------------------------------------- the files of a ceremony


def new_ceremony(
    folder: Path, request: FoundingRequest, holders: Mapping[str, bytes], threshold: int, random: Random, *, at_ms: int
) -> Path:
    """Make a key file for each holder (name -> passphrase) and ``root-1.json`` to sign; the latter's path.

    Names, numbers and places are judged first, so that a refusal leaves no file behind.
    """
    path = folder / FIRST_ROOT
    files = {name: folder / f"holder-{number}-{_slug(name)}.key" for number, name in enumerate(holders, 1)}
    _check_can_be_held(request, holders, threshold, at_ms)
    _check_new(holders, (path, *files.values()))
    made = [new_holder(files[name], name, passphrase, random) for name, passphrase in holders.items()]
    privatefile.write(path, proposal(propose(request, made, threshold, at_ms=at_ms)))
    return path


def _check_can_be_held(request: FoundingRequest, holders: Mapping[str, bytes], threshold: int, at_ms: int) -> None:
    """The root these holders would get, with keys still to come, must be one."""
    nobody = tuple({"name": name, "ed25519": "", "mldsa65": ""} for name in holders)
    members = {"holders": nobody, "threshold": threshold, "iat": at_ms, "exp": at_ms + ROOT_LIFETIME_MS}
    _root(_first_members(request) | members)


def _check_new(holders: Mapping[str, bytes], places: Iterable[Path]) -> None:
    """Everybody has a passphrase, and no file is written over."""
    if not all(holders.values()):
        raise CeremonyRefused("every holder needs a passphrase, and it may not be empty")
    for each in places:
        if each.exists():
            raise VaultExists(f"there is a file at {each}; it is not written over")


@dataclass(frozen=True, slots=True)
class Change:
    """What the next root changes: who stays, who comes (name -> passphrase), how many must sign, which keyset keys."""

    stay: Sequence[str]
    come: Mapping[str, bytes]
    threshold: int
    request: FoundingRequest | None = None  # with new keyset keys of the same authority; None keeps the former ones


def next_ceremony(folder: Path, previous: SignedRoot, change: Change, random: Random, *, at_ms: int) -> Path:
    """Make key files for those who come and ``root-N.json`` to sign; the latter's path. A refusal leaves no file."""
    former = {holder.name: holder for holder in previous.root.holders}
    if strange := sorted(set(change.stay) - former.keys()):
        raise CeremonyRefused(f"{strange[0]} is no holder of root {previous.root.ver}: {', '.join(former)} are")
    path = folder / f"root-{previous.root.ver + 1}.json"
    files = {name: folder / f"holder-{path.stem}-{n}-{_slug(name)}.key" for n, name in enumerate(change.come, 1)}
    members = {"threshold": change.threshold} | _new_online(previous.root, change.request)
    staying = tuple(former[name] for name in change.stay)
    nobody = tuple(Holder(name=name, ed25519="", mldsa65="") for name in change.come)
    propose_next(previous, at_ms=at_ms, **members, holders=_dumped(staying + nobody))
    _check_new(change.come, (path, *files.values()))
    made = tuple(new_holder(files[name], name, passphrase, random) for name, passphrase in change.come.items())
    root = propose_next(previous, at_ms=at_ms, **members, holders=_dumped(staying + made))
    privatefile.make_folder(folder)
    privatefile.write(path, proposal(root))
    return path


def _dumped(holders: Iterable[Holder]) -> tuple[dict[str, Any], ...]:
    return tuple(holder.model_dump() for holder in holders)


def _new_online(root: Root, request: FoundingRequest | None) -> dict[str, Any]:
    if request is None:
        return {}
    if (request.net, request.auth, request.country) != (root.net, root.auth, root.country):
        raise CeremonyRefused(
            f"this request is of {request.auth} ({request.country}, {request.net}), not of {root.auth}"
        )
    return {"keyset": request.model_dump()["keyset"], "name": request.name}


def training_holder(vault: Vault) -> HolderKeys:
    """The holder of a training node's root, whose pair lies in the node's vault. CeremonyRefused where none does."""
    held = {record.alg: vault.signing_key(record.kid) for record in vault.records(Use.ROOT)}
    if held.keys() != set(HOLDER_ALGORITHMS):
        raise CeremonyRefused("this node holds no keys of a root: its holders sign, each with a file of his own")
    return HolderKeys(TRAINING_HOLDER, holder_signers(*(held[alg] for alg in HOLDER_ALGORITHMS)))


def sign_file(path: Path, key_path: Path, passphrase: bytes, previous: SignedRoot | None = None) -> RootReport:
    """Open the holder's key file, sign the root file in place, and report how far it is."""
    return sign_in_place(path, open_holder(key_path, passphrase), previous)


def sign_in_place(path: Path, holder: HolderKeys, previous: SignedRoot | None = None) -> RootReport:
    """Sign the root file, and report how far it is."""
    data = sign_part(path.read_bytes(), holder, previous)
    report = describe(data, previous)
    privatefile.write(path, data)
    return report


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "holder"
