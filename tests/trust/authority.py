"""An authority of the tests, whose documents are written by hand: plain members, any change, any signers.

Nothing here uses the builders of ``keys``, so that a document can say what they would never let it say.
"""

import hashlib
from typing import Any

from keys.algorithms import OpeningKey, SigningKey, opening_key, signing_key
from keys.holders import HolderKeys, holder_signers
from protocol import base64url, jws, strictjson

DAY = 24 * 60 * 60 * 1000
NOW = 1_800_000_000_000
NET, AUTH, COUNTRY = "real", "ke", "KEN"
PERSONS = ("Achieng", "Baraka", "Chebet")
LIVE_FOR = {"root": 1000 * DAY, "keyset": 90 * DAY, "file": 390 * DAY}


def seed(word: str) -> bytes:
    return hashlib.sha256(f"itx trust test {word}".encode()).digest()


def key(word: str, alg: str = "Ed25519") -> SigningKey:
    return signing_key(alg, seed(f"{word} {alg}"))


def kem_key(word: str, suite: str = "xwing") -> OpeningKey:
    return opening_key(suite, seed(f"{word} {suite}"))


def text(anyone: SigningKey | OpeningKey) -> str:
    return base64url.encode(anyone.public.raw)


def pair(person: str) -> tuple[SigningKey, SigningKey]:
    return key(person), key(person, "ML-DSA-65")


def holder_keys(person: str) -> HolderKeys:
    return HolderKeys(person, holder_signers(*pair(person)))


def holder(person: str) -> dict[str, str]:
    classical, quantum = pair(person)
    return {"name": person, "ed25519": text(classical), "mldsa65": text(quantum)}


def online(word: str = "online") -> tuple[SigningKey, SigningKey]:
    return key(word), key(word, "ML-DSA-65")


def online_entry(one: SigningKey) -> dict[str, str]:
    return {"kid": one.kid, "alg": one.alg, "pub": text(one)}


def root(**changes: Any) -> dict[str, Any]:
    """The members of a first root, with changes."""
    members: dict[str, Any] = {
        "v": 1, "net": NET, "auth": AUTH, "country": COUNTRY, "name": "Kenya", "ver": 1, "iat": NOW,
        "exp": NOW + LIVE_FOR["root"], "holders": [holder(person) for person in PERSONS], "threshold": 2, "prev": None,
        "requires": {"root": ["Ed25519", "ML-DSA-65"], "keyset": ["Ed25519", "ML-DSA-65"]},
        "keyset": [online_entry(one) for one in online()],
    }  # fmt: skip
    return members | changes


def entry(use: str, word: str | None = None, alg: str = "Ed25519", **changes: Any) -> dict[str, Any]:
    """A signing key of a keyset."""
    one = key(word or use, alg)
    members = {"kid": one.kid, "alg": alg, "pub": text(one), "use": use, "status": "active", "since": NOW}
    return members | changes


def kem_entry(
    carriage: str = "online", word: str | None = None, suite: str = "xwing", **changes: Any
) -> dict[str, Any]:
    """A key of a keyset to seal to."""
    one = kem_key(word or carriage, suite)
    members = {"kid": one.kid, "suite": suite, "pub": text(one), "carriage": carriage}
    return members | {"status": "active", "since": NOW} | changes


def first_keys() -> list[dict[str, Any]]:
    return [entry("stmt"), entry("stmt", alg="ML-DSA-65"), entry("env"), entry("rcpt"), entry("pull")]


def keyset(**changes: Any) -> dict[str, Any]:
    """The members of a first keyset, with changes."""
    log = {"origin": "ke.example/itx", "ed25519": text(key("log")), "mldsa44": text(key("log", "ML-DSA-44"))}
    members: dict[str, Any] = {
        "v": 1, "net": NET, "auth": AUTH, "ver": 1, "iat": NOW, "exp": NOW + LIVE_FOR["keyset"],
        "exp_file": NOW + LIVE_FOR["file"], "refresh": DAY, "requires": ["Ed25519", "ML-DSA-65"], "keys": first_keys(),
        "kem": [kem_entry(), kem_entry("file")], "log": log, "urls": {"exchange": "https://itx.example.ke"},
        "contact": {"name": "Trace desk Nairobi"}, "confidentiality": None,
    }  # fmt: skip
    return members | changes


def digest(document: bytes) -> str:
    payload = base64url.decode(strictjson.load(document, len(document))["payload"])
    return hashlib.sha256(payload).hexdigest()


def sign_root(members: dict[str, Any], *persons: str) -> bytes:
    """Signed by both keys of each of these persons (the first two holders if none is named)."""
    signers = [one for person in persons or PERSONS[:2] for one in pair(person)]
    return strictjson.dump(jws.sign(strictjson.dump(members), "itx-root+json", signers))


def next_root(previous: bytes, *persons: str, **changes: Any) -> bytes:
    """The successor of a root, with changes."""
    former = strictjson.load(base64url.decode(strictjson.load(previous, len(previous))["payload"]), len(previous))
    return sign_root(former | {"ver": former["ver"] + 1, "prev": digest(previous)} | changes, *persons)


def sign_keyset(members: dict[str, Any], *signers: SigningKey, typ: str = "itx-keyset+json") -> bytes:
    """Signed by these (both online keys if none is named)."""
    return strictjson.dump(jws.sign(strictjson.dump(members), typ, signers or online()))


def respell(document: bytes, **changes: Any) -> bytes:
    """The signed object with members of the JSON around the payload changed."""
    return strictjson.dump(strictjson.load(document, len(document)) | changes)
