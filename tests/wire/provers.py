"""The cast's roots, keysets and proofs, written by hand, so that they can say what the program would never write."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

from keys.algorithms import SigningKey, signing_key
from protocol import base64url, envelope, jws, proof, strictjson
from protocol.jws import Signer
from protocol.proof import Carriage
from protocol.statement import Composed
from tests.wire import cast
from tests.wire.cast import AT, IAT, KE, NET, RECIPIENT, SENDER, State
from tests.wire.keyring import seed

DAY = 86_400_000
SINCE = IAT - DAY
BOTH = ["Ed25519", "ML-DSA-65"]

Wrap = Callable[[SigningKey], Signer]
Members = dict[str, Any]


def as_is(key: SigningKey) -> Signer:
    return key


def pair(word: str) -> tuple[SigningKey, SigningKey]:
    return signing_key("Ed25519", seed(word)), signing_key("ML-DSA-65", seed(f"{word} pq"))


def pub(key: Any) -> str:
    return base64url.encode(key.public.raw)


def signed(members: Members, typ: str, keys: Sequence[SigningKey], wrap: Wrap) -> Members:
    return jws.sign(strictjson.dump(members), typ, [wrap(key) for key in keys])


def digest(item: Members) -> str:
    return sha256(base64url.decode(item["payload"])).hexdigest()


def payload(item: Members) -> Members:
    """What a signed object says."""
    return dict(strictjson.load(base64url.decode(item["payload"]), 1 << 20))


# ---------------------------------------------------------------- roots and keysets


def root_members(name: str, **changed: Any) -> Members:
    classical, quantum = pair(f"{name} holder")
    members = {
        "v": 1, "net": NET, "auth": name, "country": {KE: "KEN", AT: "AUT"}.get(name, "BRA"), "name": f"Desk of {name}",
        "ver": 1, "iat": SINCE, "exp": SINCE + 1000 * DAY, "threshold": 1, "prev": None,
        "holders": [{"name": "Holder", "ed25519": pub(classical), "mldsa65": pub(quantum)}],
        "requires": {"root": BOTH, "keyset": BOTH},
        "keyset": [{"kid": key.kid, "alg": key.alg, "pub": pub(key)} for key in pair(f"{name} online")],
    }  # fmt: skip
    return members | changed


def root(name: str, wrap: Wrap = as_is, **changed: Any) -> Members:
    return signed(root_members(name, **changed), "itx-root+json", pair(f"{name} holder"), wrap)


def entry(key: SigningKey, use: str, **changed: Any) -> Members:
    members = {"kid": key.kid, "alg": key.alg, "pub": pub(key), "use": use, "status": "active", "since": SINCE}
    return members | changed


def keyset_members(state: State, **changed: Any) -> Members:
    log = signing_key("Ed25519", seed(f"{state.name} log")), signing_key("ML-DSA-44", seed(f"{state.name} log pq"))
    kem = {"kid": state.kem.kid, "suite": "xwing", "pub": pub(state.kem), "carriage": "online", "status": "active"}
    members = {
        "v": 1, "net": NET, "auth": state.name, "ver": 1, "iat": SINCE, "exp": SINCE + 90 * DAY,
        "exp_file": SINCE + 390 * DAY, "refresh": DAY, "requires": BOTH,
        "keys": [*(entry(key, "stmt") for key in state.stmt), entry(state.env, "env"), entry(state.rcpt, "rcpt")],
        "kem": [kem | {"since": SINCE}], "urls": {"exchange": None}, "contact": {"name": f"Desk of {state.name}"},
        "log": {"origin": f"{state.name}.example/itx", "ed25519": pub(log[0]), "mldsa44": pub(log[1])},
        "confidentiality": None,
    }  # fmt: skip
    return members | changed


def keyset(state: State, wrap: Wrap = as_is, *, signers: str | None = None, **changed: Any) -> Members:
    keys = pair(f"{signers or state.name} online")
    return signed(keyset_members(state, **changed), "itx-keyset+json", keys, wrap)


def card(state: State, wrap: Wrap = as_is, **changed: Any) -> Members:
    """Roots and keyset of a State; ``changed`` are members of its keyset."""
    return {"itx_card": 1, "roots": [root(state.name, wrap)], "keyset": keyset(state, wrap, **changed)}


def pins(*cards: Members) -> dict[str, str]:
    return {payload(one["roots"][0])["auth"]: digest(one["roots"][0]) for one in cards}


def statuses(state: State, use: str, **changed: Any) -> list[Members]:
    """The keys of a State's keyset, those of one use changed."""
    return [one | changed if one["use"] == use else one for one in keyset_members(state)["keys"]]


# ---------------------------------------------------------------- a proof


def inner(stated: Composed | None = None, wrap: Wrap = as_is) -> bytes:
    return cast.inner(stated, [wrap(key) for key in SENDER.stmt])


def carriage(inside: bytes, wrap: Wrap = as_is, **changed: Any) -> Carriage:
    """The statement in its envelope, both receipts. ``manifest``, ``accepted``, ``opened``, ``cards`` change it."""
    cards = changed.get("cards") or (card(SENDER, wrap), card(RECIPIENT, wrap))
    taken = envelope.Inner.at_rest(inside)
    ours, theirs = ({"ver": payload(one["keyset"])["ver"], "sha256": digest(one["keyset"])} for one in cards)
    members = cast.manifest_members(b"sealed", taken.stc, **{"ks": ours} | changed.get("manifest", {}))
    manifest = jws.sign(strictjson.dump(members), envelope.TYP, [SENDER.env])
    about = {"env": digest(manifest), "ks": theirs, "st": sha256(taken.jws.payload).hexdigest()}
    given = tuple(receipt(stage, about, changed.get(stage, {})) for stage in changed.get("stages", STAGES))
    return Carriage(taken.salt, manifest, given, cards[1])


STAGES = ("accepted", "opened")


def receipt(stage: str, about: Members, changed: Members) -> Members:
    number, at = (2, IAT + 1000) if stage == "accepted" else (4, IAT + 2000)
    members = cast.receipt_members(
        rid=f"{AT}:{cast.uuid7(number)}", at=at, stage=stage, ks=about["ks"],
        st=about["st"] if stage == "opened" else None, **{"for": {"mid": cast.MID, "env": about["env"]}},
    )  # fmt: skip
    return cast.receipt_item(members | changed, RECIPIENT.rcpt)


def made(names: Sequence[str], inside: bytes | None = None, wrap: Wrap = as_is, **changed: Any) -> Members:
    """A proof as JSON; ``carried`` False leaves the carriage away, the rest is what ``carriage`` takes."""
    inside = inside or inner(wrap=wrap)
    chosen = proof.choose(envelope.Inner.at_rest(inside), names)
    carried = carriage(inside, wrap, **changed) if changed.pop("carried", True) else None
    sender = (changed.get("cards") or (card(SENDER, wrap),))[0]
    return dict(strictjson.load(proof.write(chosen, sender, carried), proof.MAX_PROOF_BYTES))


def their_pins() -> dict[str, str]:
    return {name: sha256(strictjson.dump(root_members(name))).hexdigest() for name in (KE, AT)}
