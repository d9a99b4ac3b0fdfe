"""Cards that nobody may believe, each for one reason, and a few that everybody must.

for card in cards(author, at_ms): card.name, card.card, card.pin, card.is_good
"""

import hashlib
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass

from keys.edwards import PRIME
from protocol import base64url, strictjson
from tests.conformance.author import Author, Members
from tests.conformance.verifier import thumbprint

__all__ = ["Card", "cards"]

DAY_MS = 86_400_000
Change = Callable[[Members], None]


@dataclass(frozen=True)
class Card:
    """A card, the digest it is to be believed by, and whether it may be."""

    rule: str
    name: str
    card: bytes
    pin: str
    is_good: bool = False


def cards(author: Author, other: Author, at_ms: int) -> Iterator[Card]:
    """``other`` is an authority with keys of its own."""
    for name, change in GOOD.items():
        yield Card("K-00", name, author.card(keyset=_keyset(author, at_ms, change)), author.digest, is_good=True)
    yield Card("K-01", "believed by another digest", author.card(), other.digest)
    for rule, changes in KEYSETS.items():
        for name, change in changes.items():
            yield Card(rule, name, author.card(keyset=_keyset(author, at_ms, change)), author.digest)
    for name, change in ROOTS.items():
        root = author.sign_root(_changed(author.root_members(at_ms), change))
        yield Card("K-05", name, author.card(root=root), _digest(author, root))
    yield from _unsigned(author, other, at_ms)


def _unsigned(author: Author, other: Author, at_ms: int) -> Iterator[Card]:
    members, root = author.keyset_members(at_ms), author.root_members(at_ms)
    for alg in ("Ed25519", "ML-DSA-65"):
        yield Card(
            "K-04", f"keyset by {alg} alone", author.card(keyset=author.sign_keyset(members, [alg])), author.digest
        )
        half = author.sign_root(root, [alg])
        yield Card("K-04", f"a holder signed with {alg} alone", author.card(root=half), _digest(author, half))
    by_another = other.sign_keyset(members)
    yield Card("K-04", "keyset by keys outside the root", author.card(keyset=by_another), author.digest)
    by_another = other.sign_root(root)
    yield Card("K-04", "root by another's holder", author.card(root=by_another), _digest(author, by_another))
    spoilt = strictjson.load(author.keyset, 1 << 20)
    spoilt["payload"] = base64url.encode(strictjson.dump(members | {"ver": 9}))
    yield Card("K-04", "keyset altered after signing", author.card(keyset=strictjson.dump(spoilt)), author.digest)


def _digest(author: Author, root: bytes) -> str:
    return hashlib.sha256(author._payload(root)).hexdigest()


def _keyset(author: Author, at_ms: int, change: Change) -> bytes:
    return author.sign_keyset(_changed(author.keyset_members(at_ms), change))


def _changed(members: Members, change: Change) -> Members:
    copy = deepcopy(members)
    change(copy)
    return copy


def _nothing(_: Members) -> None:
    pass


def _add_news(members: Members) -> None:
    members["news"] = {"later": [1]}
    members["contact"]["radio"] = "HF"


# ---------------------------------------------------------------- keys that are none


def _listing(alg: str, make_raw: Callable[[bytes], bytes], use: str = "env") -> Change:
    """List one more key: what ``make_raw`` makes of a good one of the same kind."""

    def change(members: Members) -> None:
        if alg == "xwing":
            like = members["kem"][0]
            raw = make_raw(base64url.decode(like["pub"]))
            members["kem"].append(like | {"pub": base64url.encode(raw), "kid": thumbprint(alg, raw), "status": "next"})
        else:
            like = next(one for one in members["keys"] if one["alg"] in {alg, "Ed25519"} and one["use"] == "stmt")
            raw = make_raw(base64url.decode(like["pub"]))
            more = {"alg": alg, "use": use, "pub": base64url.encode(raw), "kid": thumbprint(alg, raw), "status": "next"}
            members["keys"].append(like | more)

    return change


def _little(number: int) -> Callable[[bytes], bytes]:
    return lambda _: number.to_bytes(32, "little")


def _mixed(raw: bytes) -> bytes:
    """The point of an honest key plus the point of order 2: (x, y) becomes (-x, -y)."""
    number = int.from_bytes(raw, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    return (PRIME - y | (1 - sign) << 255).to_bytes(32, "little")


ORDER_8 = (
    0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD83D3D706A17C7  # y of a point of order 8, as it is encoded
)
OFF_CURVE = 2


def _zero_t1(raw: bytes) -> bytes:
    return raw[:32].ljust(1952, b"\0")


def _above_modulus(raw: bytes) -> bytes:
    return b"\xff\xff\xff" + raw[3:]


def _low_order_part(raw: bytes) -> bytes:
    return raw[:1184] + bytes(32)


def _rename(members: Members) -> None:
    members["keys"][0]["kid"] = members["keys"][1]["kid"]


def _twice(members: Members) -> None:
    env = next(one for one in members["keys"] if one["use"] == "env")
    members["keys"].append(env | {"use": "rcpt"})


def _log_key(members: Members) -> None:
    members["log"] |= {"ed25519": next(one["pub"] for one in members["keys"] if one["use"] == "env"), "keys": []}


def _former_log_key(raw: bytes | None = None) -> Change:
    """List a key of the log that was retired: the one of envelopes, or these bytes."""

    def change(members: Members) -> None:
        env = next(one for one in members["keys"] if one["use"] == "env")
        pub = env["pub"] if raw is None else base64url.encode(raw)
        kid = env["kid"] if raw is None else thumbprint("Ed25519", raw)
        former = {"kid": kid, "alg": "Ed25519", "pub": pub, "status": "retired", "since": members["iat"]}
        members["log"]["keys"].append(former)

    return change


def _log_of_strangers(members: Members) -> None:
    members["log"]["keys"] = [one | {"status": "retired"} for one in members["log"]["keys"]]


def _log_without_list(members: Members) -> None:
    members["log"].pop("keys")


def _set(**values: object) -> Change:
    return lambda members: members.update(values)


def _shift(name: str, days: int) -> Change:
    return lambda members: members.update({name: members["iat"] + days * DAY_MS})


def _off_p256(_: bytes) -> bytes:
    return b"\4" + bytes(31) + b"\1" + bytes(31) + b"\1"


def _wrong_use(members: Members) -> None:
    quantum = next(one for one in members["keys"] if one["alg"] == "ML-DSA-65")
    quantum["use"] = "env"


KEYSETS: dict[str, dict[str, Change]] = {
    "K-02": {
        "the identity as a key": _listing("Ed25519", _little(1)),
        "a key of order 2": _listing("Ed25519", _little(PRIME - 1)),
        "a key of order 4": _listing("Ed25519", _little(0)),
        "a key of order 8": _listing("Ed25519", _little(ORDER_8)),
        "a key of mixed order": _listing("Ed25519", _mixed),
        "a former key of the log that is the identity": _former_log_key((1).to_bytes(32, "little")),
        "a key not in its canonical encoding": _listing("Ed25519", _little(PRIME + 1)),
        "a key that is no point": _listing("Ed25519", _little(OFF_CURVE)),
        "a key of another length": _listing("Ed25519", lambda raw: raw[:31]),
        "a P-256 key off the curve": _listing("ES256", _off_p256),
        "an ML-DSA key that anybody can sign for": _listing("ML-DSA-65", _zero_t1, "stmt"),
        "an ML-KEM part above the modulus": _listing("xwing", _above_modulus),
        "an X25519 part of low order": _listing("xwing", _low_order_part),
    },
    "K-03": {
        "a key under another kid": _rename,
        "a key of two uses": _twice,
        "the key of envelopes signs the log too": _log_key,
        "the key of envelopes signed the log before": _former_log_key(),
        "a log that names keys it does not list as active": _log_of_strangers,
        "an ML-DSA key for envelopes": _wrong_use,
    },
    "K-06": {
        "of the other network": _set(net="real"),
        "of another authority": _set(auth="kit.other"),
        "of another version": _set(v=2),
        "without post-quantum signatures": _set(requires=["Ed25519"]),
        "without classical signatures": _set(requires=["ML-DSA-65"]),
        "for longer than 400 days": _shift("exp", 401),
        "that ends before it begins": _shift("exp_file", -1),
        "without a contact": _set(contact=None),
        "with a further point of contact without a name": _set(contact={"name": "Kit", "points": [{"phone": "1"}]}),
        "with holidays that are no list": _set(contact={"name": "Kit", "holidays": "2026-12-25"}),
        "that lists no log": _set(log=None),
        "version 0": _set(ver=0),
    },
}
FORMER_LOG_KEY = "b7121978d0a0174440dfc914a8a38c16d534061954d06820dc4cff3eb633a098"  # a point nobody signs with
GOOD: dict[str, Change] = {
    "as it should be": _nothing,
    "with a member of a later version": _add_news,
    "with a log that lists no keys, as before they turned": _log_without_list,
    "with a former key of the log": _former_log_key(bytes.fromhex(FORMER_LOG_KEY)),
}
ROOTS: dict[str, Change] = {
    "a threshold nobody can meet": _set(threshold=2),
    "one person for a real network": _set(net="real"),
    "that begins with version 2": _set(ver=2, prev="0" * 64),
    "a first root with a predecessor": _set(prev="0" * 64),
    "for longer than ten years": _shift("exp", 3660),
    "a country that is no code": _set(country="Kenya"),
    "keysets without post-quantum signatures": _set(requires={"root": ["Ed25519", "ML-DSA-65"], "keyset": ["Ed25519"]}),
    "roots without post-quantum signatures": _set(requires={"root": ["Ed25519"], "keyset": ["Ed25519", "ML-DSA-65"]}),
    "no holder": _set(holders=[]),
    "no key for keysets": _set(keyset=[]),
    "a holder twice": lambda members: members["holders"].append(members["holders"][0]),
}
