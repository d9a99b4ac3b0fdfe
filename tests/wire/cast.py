"""The cast of the tests of the wire: two States with real keys from fixed seeds, and a message they exchange."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from keys.algorithms import OpeningKey, SigningKey, opening_key, seal, signing_key
from protocol import base64url, envelope, jws, receipts, statement, strictjson
from protocol.envelope import Authentic, Envelope, Verified
from protocol.errors import BadSignature
from protocol.jws import Signer
from protocol.messages import Message, parse
from tests.wire.keyring import grains, knows, seed

NET = "training"
IAT = 1_767_225_600_000  # 2026-01-01T00:00:00Z
KE, AT = "ke", "at"


def uuid7(number: int) -> UUID:
    return UUID(int=IAT << 80 | 7 << 76 | 2 << 62 | number)


MID = f"{KE}:{uuid7(1)}"
RID = f"{AT}:{uuid7(2)}"
CASE = f"{KE}.{uuid7(3).hex}"

BODY: dict[str, Any] = {
    "priority": "routine",
    "weapon": {
        "class": "small_arm", "type": "pistol_self_loading", "make": "Glock", "model": "17", "calibre": "9x19 mm",
        "country_of_manufacture": "AUT",
        "serial": {"text": "ABC123", "status": "original", "component": "frame"},
        "markings": [{"kind": "import_mark", "text": "BRA 2016", "component": "frame", "status": "original"}],
    },
    "found": {"mode": "seized", "date": "2025-12-01", "place": "Mombasa", "circumstances": "Vehicle search"},
    "note": "pièce à conviction № 4",
    "restrictions": ["no_onward_without_consent"],
}  # fmt: skip


def message(body: dict[str, Any] | None = None) -> Message:
    """A tracing request, as a counterpart's node would read it."""
    return parse("urn:itx:trace-request:1", BODY if body is None else body)


@dataclass(frozen=True)
class State:
    """One side with its keys."""

    name: str
    env: SigningKey = field(init=False)
    rcpt: SigningKey = field(init=False)
    stmt: tuple[SigningKey, SigningKey] = field(init=False)
    kem: OpeningKey = field(init=False)

    def __post_init__(self) -> None:
        made = {
            "env": signing_key("Ed25519", seed(f"{self.name} env")),
            "rcpt": signing_key("Ed25519", seed(f"{self.name} rcpt")),
            "stmt": (
                signing_key("Ed25519", seed(f"{self.name} stmt")),
                signing_key("ML-DSA-65", seed(f"{self.name} stmt pq")),
            ),
            "kem": opening_key("xwing", seed(f"{self.name} kem")),
        }
        for name, value in made.items():
            object.__setattr__(self, name, value)


def both_needed(algs: frozenset[str]) -> None:
    if algs != {"Ed25519", "ML-DSA-65"}:
        raise BadSignature("expected a classical and a post-quantum signature")


SENDER, RECIPIENT = State(KE), State(AT)


def composed(said: Message | None = None, **changed: Any) -> statement.Composed:
    """Our message in a statement; ``changed`` replaces parts of it."""
    parts: dict[str, Any] = {
        "net": NET, "mid": MID, "sender": KE, "to": AT, "iat": IAT, "thread": CASE, "re": (), "due": None, "hand": (),
        "salt": grains(),
    } | changed  # fmt: skip
    return statement.compose(said or message(), **parts)


def inner(stated: statement.Composed | None = None, signers: Iterable[Signer] = SENDER.stmt) -> bytes:
    """Statement, salt and disclosures, signed."""
    stated = stated or composed()
    return envelope.inner_bytes(stated, jws.sign(stated.payload, statement.TYP, list(signers)))


def manifest_members(ct: bytes, stc: str, /, **changed: Any) -> dict[str, Any]:
    """The members of a good manifest; ``changed`` replaces some."""
    made = envelope.build_manifest(
        net=NET, stc=stc, mid=MID, sender=KE, to=AT, prio="urgent", iat=IAT, seq=1, prev=None, kem_suite="xwing",
        kem_kid=RECIPIENT.kem.kid, ct=ct, ks_ver=1, ks_sha256="0" * 64,
    )  # fmt: skip
    return strictjson.load(made.payload(), 1 << 16) | changed


def sealed(inside: bytes | None = None, *, signer: Signer = SENDER.env, **changed: Any) -> dict[str, Any]:
    """An envelope as it travels; ``changed`` replaces members of the manifest, and is signed."""
    inside = inside or inner()
    info = envelope.info(NET, MID, KE, AT, RECIPIENT.kem.kid)
    ct = seal(RECIPIENT.kem.public, info, envelope.pad(inside))
    members = manifest_members(ct, envelope.Inner.read(inside).stc, **changed)
    return outer(members, ct, signer)


def outer(members: dict[str, Any], ct: bytes, signer: Signer = SENDER.env) -> dict[str, Any]:
    """Any manifest, signed, with the sealed bytes beside it."""
    return jws.sign(strictjson.dump(members), envelope.TYP, [signer]) | {"ct": base64url.encode(ct)}


def authenticate(item: dict[str, Any]) -> Authentic:
    return envelope.authenticate(envelope.parse(item), me=AT, net=NET, verify=knows(SENDER.env))


def unseal(taken: Envelope) -> bytes:
    return RECIPIENT.kem.open(envelope.info(NET, MID, KE, AT, RECIPIENT.kem.kid), taken.ct)


def open_all(item: dict[str, Any]) -> Verified:
    """Every step on the receiving side."""
    taken = authenticate(item)
    plaintext = unseal(taken.envelope)
    return envelope.open_inner(taken, plaintext, verify=knows(*SENDER.stmt), required=both_needed)


def receipt_parts(**changed: Any) -> dict[str, Any]:
    """What ``receipts.build`` takes for a good receipt."""
    return {
        "net": NET, "rid": RID, "sender": AT, "to": KE, "mid": MID, "env": "a" * 64, "stage": "accepted", "at": IAT,
        "hi": 9, "missing": ((2, 3), (5, 5)), "origin": "at.example/ke", "index": 7, "ks_ver": 1, "ks_sha256": "0" * 64,
    } | changed  # fmt: skip


def receipt_members(**changed: Any) -> dict[str, Any]:
    """The members of a good receipt; ``changed`` replaces some."""
    return strictjson.load(receipts.build(**receipt_parts()).payload(), 1 << 16) | changed


def receipt_item(members: dict[str, Any], signer: Signer = RECIPIENT.rcpt) -> dict[str, Any]:
    return jws.sign(strictjson.dump(members), receipts.TYP, [signer])
