"""A second reader of ITX/1, written from ``protocol/README.md`` and ``keys/README.md`` alone.

    python verifier.py vectors FOLDER ...             every vector: accepted, or the code it is refused with
    python verifier.py proof FILE --pin ke=DIGEST     elements of a statement, believed from a digest officers know
    python verifier.py evidence FILE --pin ke=DIGEST --pin at=DIGEST     the evidence of a case, believed the same way
                       --timestamp-ca FILE.pem    and its time-stamp, vouched for by an authority known from elsewhere
    python verifier.py log FILE --pin ke=DIGEST       a proof that a log told two histories

It shares no code with the node (a test of the house holds its imports): one file, the standard library and
``cryptography``. So whoever doubts a node, or writes another one, has a second opinion that can be read in an hour.
Exit: 0 all agrees, 3 something does not hold, 2 it could not be read.
"""

import argparse
import base64
import binascii
import hashlib
import json
import re
import struct
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, BinaryIO

from cryptography.cobblestone import Cobblestone256Decryptor
from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, mlkem, padding, rsa, utils, x25519
from cryptography.x509 import (
    BasicConstraints,
    Certificate,
    DuplicateExtension,
    ExtendedKeyUsage,
    InvalidVersion,
    KeyUsage,
    Name,
    ObjectIdentifier,
    load_pem_x509_certificates,
)
from cryptography.x509 import verification as chains
from cryptography.x509.oid import ExtendedKeyUsageOID

Shape = Callable[[Any], None]
Key = tuple[str, bytes]  # algorithm, raw public key
LARGEST = 2**53 - 1


class Refused(Exception):
    """Not to be believed. ``code`` is the word on the wire, ``authentic`` whether the refusal may be signed."""

    def __init__(self, code: str, why: str, *, authentic: bool = False) -> None:
        super().__init__(f"{code}: {why}")
        self.code = code
        self.authentic = authentic


def need(holds: object, code: str, why: str) -> None:
    """Refuse unless it holds."""
    if not holds:
        raise Refused(code, why)


# ---------------------------------------------------------------- sections 1 and 2: binary and JSON


def unbase64(text: Any, size: int | None = None) -> bytes:
    """The bytes of canonical base64url; of one size where that is known."""
    need(isinstance(text, str) and re.fullmatch(r"[A-Za-z0-9_-]*", text), "schema", "not base64url")
    need(len(text) % 4 != 1, "schema", "no base64url has this length")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    need(tobase64(data) == text, "schema", "stray bits")
    need(size in {None, len(data)}, "schema", f"not {size} bytes")
    return data


def tobase64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    need(len(set(names)) == len(names), "schema", "a member occurs twice")
    need(all(name.isascii() for name in names), "schema", "a name beyond ASCII")
    return dict(pairs)


def _whole(digits: str) -> int:
    need(len(digits) <= 17 and abs(int(digits)) <= LARGEST, "schema", "an integer out of range")
    return int(digits)


def _no_float(_: str) -> Any:
    raise Refused("schema", "a number that is not whole")


def _depth(value: Any) -> int:
    inner: Iterable[Any] = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inner), default=0) if isinstance(value, dict | list) else 0


def read_json(data: bytes, most: int) -> Any:
    """Section 2."""
    need(len(data) <= most, "too-large", f"over {most} bytes")
    need(sum(map(data.count, (b",", b"[", b"{"))) <= 100_000, "too-large", "more values than anybody needs")
    try:
        value = json.loads(
            data.decode(), object_pairs_hook=_once, parse_int=_whole, parse_float=_no_float, parse_constant=_no_float
        )
        dump(value)  # lone surrogates have no UTF-8
        need(_depth(value) <= 32, "schema", "too deep")
    except (ValueError, RecursionError) as error:
        raise Refused("schema", "not strict JSON") from error
    return value


# ---------------------------------------------------------------- shapes


def like(pattern: str) -> Shape:
    """A text of a form."""
    form = re.compile(pattern)
    return lambda value: need(isinstance(value, str) and form.fullmatch(value), "schema", f"not of the form {pattern}")


def whole(least: int = 0, most: int = LARGEST) -> Shape:
    return lambda value: need(type(value) is int and least <= value <= most, "schema", f"not {least} to {most}")


def either(*words: Any) -> Shape:
    return lambda value: need(value in words and type(value) in map(type, words), "schema", f"none of {words}")


def many(item: Shape, most: int, least: int = 0) -> Shape:
    def check(value: Any) -> None:
        need(isinstance(value, list) and least <= len(value) <= most, "schema", f"not a list of {least} to {most}")
        for one in value:
            item(one)

    return check


def row(*shapes: Shape) -> Shape:
    """A list of just these, in their order."""

    def check(value: Any) -> None:
        need(isinstance(value, list) and len(value) == len(shapes), "schema", f"not a list of {len(shapes)}")
        for shape, one in zip(shapes, value, strict=True):
            shape(one)

    return check


def maybe(inner: Shape) -> Shape:
    return lambda value: None if value is None else inner(value)


def members(shapes: dict[str, Shape], *, left_out: Sequence[str] = (), closed: bool = False) -> Shape:
    """An object of at least these members; ``closed`` has no others."""

    def check(value: Any) -> None:
        need(isinstance(value, dict), "schema", "not an object")
        lacking = shapes.keys() - value.keys() - set(left_out)
        need(not lacking, "schema", f"lacks {sorted(lacking)}")
        need(not closed or value.keys() <= shapes.keys(), "schema", "a member too many")
        for name in shapes.keys() & value.keys():
            shapes[name](value[name])

    return check


AUTHORITY = r"[a-z0-9][a-z0-9.-]{1,62}"
UUID7 = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
authority, numbered = like(AUTHORITY), like(f"{AUTHORITY}:{UUID7}")
thread = like(rf"{AUTHORITY}\.[dm]?[0-9a-f]{{12}}7[0-9a-f]{{3}}[89ab][0-9a-f]{{15}}")
digest, word, kid_of = like("[0-9a-f]{64}"), like("[a-z0-9][a-z0-9_.:-]{0,63}"), like("[A-Za-z0-9_-]{43}")
boolean: Shape = either(True, False)
millis, network, crit = whole(), either("real", "training"), many(word, 16)
keyset_ref = members({"ver": whole(1), "sha256": digest})
HEAD = {"v": whole(), "net": network, "from": authority, "to": authority}


def sealed_size(size: int) -> int:
    """Bytes of an attachment of ``size`` bytes, sealed (section 20)."""
    return 56 + size + 16 * (size // 16384 + 1)


BLOB = {"ct_len": whole(sealed_size(1), sealed_size(256 << 20)), "ct_sha256": digest, "on_demand": boolean}
STATEMENT = members(HEAD | {
    "crit": crit, "type": like("urn:itx:[a-z][a-z-]{0,63}:[1-9][0-9]{0,3}"), "mid": numbered, "iat": millis,
    "thread": thread, "re": many(numbered, 1024), "due": maybe(millis), "hand": many(word, 32),
    "body": members({"elements": many(digest, 1024, 1)}, closed=True),
    "att": many(members(BLOB | {"disclosure": digest}), 64),
})  # fmt: skip
MANIFEST = members(HEAD | {
    "crit": crit, "stc": digest, "mid": numbered, "cls": word, "prio": either("urgent", "routine", "low"),
    "iat": millis, "exp": millis, "seq": whole(1), "prev": maybe(digest),
    "kem": members({"suite": word, "kid": kid_of}), "ct": members({"len": whole(1, 1 << 20), "sha256": digest}),
    "att": many(members(BLOB), 64), "ks": keyset_ref,
}, left_out=("exp",))  # fmt: skip
SACK = members({"hi": whole(), "missing": many(many(whole(), 2, 2), 64)})
RECEIPT = members(HEAD | {
    "rid": numbered, "for": members({"mid": numbered, "env": digest}),
    "stage": either("accepted", "opened", "rejected"), "st": maybe(digest), "code": maybe(like(".{0,32}")),
    "retry": either(None, "never", "later"), "at": millis, "late": boolean,
    "sack": SACK,
    "log": members({"origin": like("(?s).{1,255}"), "index": whole()}), "ks": keyset_ref,
})  # fmt: skip
HELD = row(whole(), numbered)
HELLO = members(
    HEAD | {"at": millis, "nonce": like("[A-Za-z0-9_-]{22}"), "want": many(digest, 32, 1), "ks": keyset_ref,
            "run": like("[0-9a-f]{32}"), "also": like("[0-9a-f]{32}"),
            "have": members({
                "seq": whole(), "rid": maybe(numbered), "sack": maybe(SACK), "unsure": many(HELD, 8, 1),
                "after": members({"seq": whole(), "mid": maybe(numbered), "rid": maybe(numbered)})},
                left_out=("after", "unsure")),
            "knows": members({
                "seq": whole(), "rid": maybe(numbered), "ks": maybe(keyset_ref), "back": whole(), "lost": whole(),
                "twice": many(HELD, 16, 1)}, left_out=("twice",))},
    left_out=("want", "ks", "run", "also", "have", "knows"),
)  # fmt: skip
INDEX = members(HEAD | {
    "crit": crit, "id": numbered, "iat": millis, "part": whole(1, 9999), "of": whole(1, 9999), "ks": keyset_ref,
    "taken": many(numbered, 20_000), "landed": many(digest, 10_000), "want": many(digest, 1_000),
    "members": many(members(
        {"name": like(r"posts/[0-9]{6}\.json|blobs/[0-9a-f]{64}(\.(0|[1-9][0-9]{0,2}))?"),
         "len": whole(1, sealed_size(256 << 20)), "sha256": digest, "whole": whole(1, sealed_size(256 << 20))},
        left_out=("whole",)), 16_000),
})  # fmt: skip
RETRY = dict.fromkeys((
    "bad-signature", "key-revoked", "decrypt-failed", "mismatch", "schema", "unsupported-version",
    "unsupported-extension", "unsupported-suite", "too-large", "mid-conflict", "expired", "wrong-recipient",
    "wrong-network", "policy",
), "never") | dict.fromkeys(("unknown-key", "blob-missing", "busy"), "later")  # fmt: skip


def payload(data: bytes, shape: Shape, most: int) -> dict[str, Any]:
    """A payload of this version. One of another is refused as such, though its shape be unknown (section 13)."""
    value = read_json(data, most)
    try:
        shape(value)
    except Refused:
        v = value.get("v") if isinstance(value, dict) else None
        need(type(v) is not int or v == 1, "unsupported-version", "another major version")
        raise
    return dict(value)


def understood(value: dict[str, Any]) -> None:
    need(value["v"] == 1, "unsupported-version", "another major version")
    need(not value.get("crit"), "unsupported-extension", "crit names what nobody knows")


def addressed(value: dict[str, Any], me: str, net: str) -> None:
    need(value["net"] == net, "wrong-network", "of the other network")
    need(value["to"] == me, "wrong-recipient", "to another")


def of(name: str) -> str:
    """The authority that a message id begins with."""
    return name.partition(":")[0]


# ---------------------------------------------------------------- section 3: keys

SIGNATURE_BYTES = {"Ed25519": 64, "ES256": 64, "ML-DSA-65": 3309}
PUBLIC_BYTES = {"Ed25519": 32, "ES256": 65, "p256": 65, "ML-DSA-65": 1952, "ML-DSA-44": 1312, "xwing": 1216}
SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def thumbprint(alg: str, raw: bytes) -> str:
    """The kid of a public key."""
    x, y, whole_key = tobase64(raw[1:33]), tobase64(raw[33:]), tobase64(raw)
    named = {
        "Ed25519": {"crv": "Ed25519", "kty": "OKP", "x": whole_key},
        "ES256": {"crv": "P-256", "kty": "EC", "x": x, "y": y},
    }
    other = {"kty": "HPKE", "pub": whole_key, "suite": alg} if alg in {"xwing", "p256"} else None
    return tobase64(
        hashlib.sha256(dump(named.get(alg) or other or {"alg": alg, "kty": "AKP", "pub": whole_key})).digest()
    )


def holds(key: Key, data: bytes, signature: bytes) -> None:
    """Return, or refuse: bad-signature."""
    alg, raw = key
    try:
        if alg == "ES256":
            need(len(signature) == 64, "bad-signature", "not 64 bytes")
            der = utils.encode_dss_signature(
                *(int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
            )
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
            point.verify(der, data, ec.ECDSA(hashes.SHA256()))
        else:
            kinds: dict[str, Any] = {
                "Ed25519": ed25519.Ed25519PublicKey, "ML-DSA-65": mldsa.MLDSA65PublicKey,
                "ML-DSA-44": mldsa.MLDSA44PublicKey,
            }  # fmt: skip
            kinds[alg].from_public_bytes(raw).verify(signature, data)
    except (InvalidSignature, ValueError) as error:
        raise Refused("bad-signature", "a signature does not verify") from error


P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
L = 2**252 + 27742317777372353535851937790883648493


Point = tuple[int, int, int]  # x/z, y/z


def _add(one: Point, two: Point) -> Point:
    """Addition on the twisted Edwards curve, projective and complete (Bernstein and others 2008, section 6)."""
    (x1, y1, z1), (x2, y2, z2) = one, two
    a, c, d = z1 * z2 % P, x1 * x2 % P, y1 * y2 % P
    e = D * c * d % P
    f, g = a * a - e, a * a + e
    return a * f * ((x1 + y1) * (x2 + y2) - c - d) % P, a * g * (c + d) % P, f * g % P


@cache
def is_of_prime_order(raw: bytes) -> bool:
    """Whether 32 bytes are the canonical form of a point of edwards25519 of order L (RFC 8032, section 5.1.3)."""
    number = int.from_bytes(raw, "little")
    y, sign = number % 2**255, number >> 255
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != square or (x == 0 and sign):
        return False
    point, total, times = (x if x % 2 == sign else P - x, y, 1), (0, 1, 1), L
    if point == total:
        return False
    while times:
        total = _add(total, point) if times & 1 else total
        point, times = _add(point, point), times >> 1
    return total[0] == 0 and total[1] == total[2]


def _numbers(packed: bytes, bits: int) -> list[int]:
    number = int.from_bytes(packed, "little")
    return [number >> at & (1 << bits) - 1 for at in range(0, 8 * len(packed), bits)]


@cache
def _is_drawn(raw: bytes) -> bool:
    """Whether no polynomial of an ML-DSA key's t1 is mostly near zero: with t1 = 0 anybody could sign."""
    rows = [_numbers(raw[at : at + 320], 10) for at in range(32, len(raw), 320)]
    return all(sum(value < 32 or value >= 992 for value in row) <= len(row) // 2 for row in rows)


@cache
def _is_xwing(raw: bytes) -> bool:
    low = {0, 1, P - 1, 325606250916557431795983626356110631294008115727848805560023387167927233504,
           39382357235489614581723060781553021112529911719440698176882885853963445705823}  # fmt: skip
    u = int.from_bytes(raw[1184:], "little")
    return all(value < 3329 for value in _numbers(raw[:1152], 12)) and u < P and u not in low


def _is_on_p256(raw: bytes) -> bool:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError:
        return False
    return raw[0] == 4


ADMITTED: dict[str, Callable[[bytes], bool]] = {
    "Ed25519": is_of_prime_order, "ES256": _is_on_p256, "p256": _is_on_p256, "ML-DSA-65": _is_drawn,
    "ML-DSA-44": _is_drawn, "xwing": _is_xwing,
}  # fmt: skip


def admit(alg: str, pub: Any, kid: str | None = None) -> tuple[str, Key]:
    """(kid, key) of a public key in a trust document, or refuse it (keys/README.md)."""
    raw = unbase64(pub)
    need(len(raw) == PUBLIC_BYTES.get(alg) and ADMITTED[alg](raw), "invalid", f"not an acceptable key for {alg}")
    need(kid in {None, thumbprint(alg, raw)}, "invalid", "a key under another kid")
    return thumbprint(alg, raw), (alg, raw)


# ---------------------------------------------------------------- section 4: signed objects


class Signed:
    """A signed object whose shape is right; nothing is verified yet."""

    def __init__(self, item: Any, typ: str, *, most: int, limit: int, ct: bool = False) -> None:
        names = {"payload", "signatures"} | ({"ct"} if ct else set())
        need(isinstance(item, dict) and item.keys() == names, "schema", f"not an object of {sorted(names)}")
        text, signatures = item["payload"], item["signatures"]
        need(not isinstance(text, str) or len(text) * 3 // 4 <= limit, "too-large", f"a payload over {limit} bytes")
        need(isinstance(signatures, list) and 1 <= len(signatures) <= most, "schema", f"not 1 to {most} signatures")
        self.payload = unbase64(text)
        self.item = item
        self.signatures = [self._signature(one, typ, text) for one in signatures]
        kids = [kid for _, kid, _, _ in self.signatures]
        need(len(set(kids)) == len(kids), "schema", "a key signs twice")
        self.algs = sorted(alg for alg, _, _, _ in self.signatures)
        self.digest = sha(self.payload)

    @staticmethod
    def _signature(one: Any, typ: str, text: str) -> tuple[str, str, bytes, bytes]:
        need(isinstance(one, dict) and one.keys() == {"protected", "signature"}, "schema", "not a signature")
        protected, signature = one["protected"], one["signature"]
        need(isinstance(protected, str) and len(protected) <= 512, "schema", "not a short header")
        need(isinstance(signature, str) and len(signature) <= 4500, "schema", "no signature is so long")
        header = read_json(unbase64(protected), 512)
        need(isinstance(header, dict) and header.keys() == {"alg", "kid", "typ"}, "schema", "not a protected header")
        need(all(isinstance(value, str) for value in header.values()), "schema", "not a protected header")
        need(header["alg"] in SIGNATURE_BYTES, "unsupported-suite", "another algorithm")
        unbase64(header["kid"], 32)
        need(header["typ"] == typ, "schema", f"not of slot {typ}")
        raw = unbase64(signature)
        need(len(raw) == SIGNATURE_BYTES[header["alg"]], "bad-signature", "not a signature of its algorithm")
        return header["alg"], header["kid"], f"{protected}.{text}".encode(), raw

    def verify(self, keys: dict[str, Key]) -> None:
        """Every signature, each by a key of ``keys``."""
        for alg, kid, data, raw in self.signatures:
            need(kid in keys, "unknown-key", "a key nobody listed for this")
            need(keys[kid][0] == alg, "bad-signature", "another algorithm than the key's")
            holds(keys[kid], data, raw)

    @property
    def wire(self) -> bytes:
        """The dump of the object without ``ct``."""
        return dump({name: self.item[name] for name in ("payload", "signatures")})


# ---------------------------------------------------------------- section 5: statements and elements

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}(?:\.(0|[1-9][0-9]{0,3}))?")
restrictions_of = many(like("(?s).{0,64}"), 32)


def read_statement(data: bytes) -> dict[str, Any]:
    said = payload(data, STATEMENT, 256 * 1024)
    need(said["re"] == sorted(set(said["re"])), "schema", "re is not a sorted set")
    return said


def read_disclosure(text: Any) -> tuple[str, Any, list[str]]:
    """(name, value, restrictions) of one element."""
    need(isinstance(text, str), "schema", "a disclosure is text")
    need(len(text) <= 1 << 20, "too-large", "a disclosure too large")
    parts = read_json(unbase64(text), 1 << 20)
    need(isinstance(parts, list) and len(parts) == 4, "schema", "not a disclosure")
    salt, name, value, restrictions = parts
    unbase64(salt, 16)
    need(isinstance(name, str) and NAME.fullmatch(name), "schema", "not the name of an element")
    inside = isinstance(value, dict) and name != "rest" and "restrictions" in value
    need(not inside, "schema", "restrictions stand beside the value")
    restrictions_of(restrictions)
    return name, value, restrictions


def join(texts: list[Any], signed: list[str]) -> dict[str, Any]:
    """The body whose elements these are."""
    parts = [read_disclosure(text) for text in texts]
    need([sha(text.encode()) for text in texts] == signed, "mismatch", "not every signed element, once and in order")
    need(parts and parts[-1][0] == "rest" and isinstance(parts[-1][1], dict), "schema", "the last is not rest")
    rest, usual = parts[-1][1], parts[-1][1].get("restrictions") or []
    restrictions_of(usual)
    need(parts[-1][2] == usual, "schema", "rest is under the restrictions of the message")
    body: dict[str, Any] = {}
    lists: set[str] = set()
    for name, value, restrictions in parts[:-1]:
        need(restrictions == usual or isinstance(value, dict), "schema", "restrictions of its own on no object")
        whole_value = value if restrictions == usual else {**value, "restrictions": restrictions}
        base, _, at = name.partition(".")
        if at:
            need(base in lists or base not in body, "schema", "a member in two elements")
            lists.add(base)
            need(int(at) == len(body.setdefault(base, [])), "schema", "a list out of order")
            body[base].append(whole_value)
        else:
            need(name not in {*body, "rest", "restrictions"}, "schema", "a member in two elements")
            body[name] = whole_value
    need(not body.keys() & rest.keys(), "schema", "a member in two elements")
    return body | rest


def check_shown(texts: list[Any], signed: list[str]) -> list[tuple[str, Any, list[str]]]:
    """Some of the elements, shown alone: each signed, none twice, in their order."""
    left = iter(signed)
    parts = [read_disclosure(text) for text in texts]
    need(all(sha(text.encode()) in left for text in texts), "mismatch", "not signed, or out of order")
    return parts


# ---------------------------------------------------------------- sections 6 to 8: envelopes


def unpad(padded: bytes) -> bytes:
    need(len(padded) >= 4, "schema", "not padded")
    (length,) = struct.unpack_from(">I", padded)
    sizes = [8192, 16384, 32768, *range(65536, 983_041, 65536)]
    fits = next((size for size in sizes if size >= length + 4), None)
    need(len(padded) == fits and not any(padded[4 + length :]), "schema", "not the padding its length calls for")
    return padded[4 : 4 + length]


def context_of(outer: dict[str, Any]) -> bytes:
    """What an envelope is sealed under (HPKE's info)."""
    names = [*(outer[name] for name in ("net", "mid", "from", "to")), outer["kem"]["kid"], outer["cls"]]
    parts = [name.encode() for name in names]
    return b"itx/1 env\0" + b"".join(struct.pack(">I", len(part)) + part for part in parts)


def authenticate(item: Any, me: str, net: str, keys: dict[str, Key]) -> tuple[Signed, dict[str, Any], bytes]:
    """Steps 1, 3 and 4 of section 7."""
    signed = Signed(item, "itx-env+json", most=1, limit=32 * 1024, ct=True)
    need(not isinstance(item["ct"], str) or len(item["ct"]) * 3 // 4 <= 1 << 20, "too-large", "ct over 1 MiB")
    ct, outer = unbase64(item["ct"]), payload(signed.payload, MANIFEST, 32 * 1024)
    signed.verify(keys)
    need((len(ct), sha(ct)) == (outer["ct"]["len"], outer["ct"]["sha256"]), "mismatch", "other sealed bytes")
    try:
        understood(outer)
        addressed(outer, me, net)
        need(of(outer["mid"]) == outer["from"], "mismatch", "the id of another")
        need(outer["cls"] == "message", "unsupported-extension", "another class")
        need(outer["kem"]["suite"] in {"xwing", "p256"}, "unsupported-suite", "another suite")
    except Refused as error:
        error.authentic = True
        raise
    return signed, outer, ct


def open_inner(
    inner: bytes, outer: dict[str, Any], keys: dict[str, Key], required: Iterable[str]
) -> tuple[Signed, dict[str, Any], dict[str, Any]]:
    """Steps 2 to 5 of section 8: the signed statement, its payload, and the body."""
    parts = read_json(inner, 983_040)
    names = {"statement", "salt", "disclosures"}
    need(isinstance(parts, dict) and parts.keys() == names, "schema", "not the three parts of a plaintext")
    salt, texts = unbase64(parts["salt"], 32), parts["disclosures"]
    need(isinstance(texts, list) and len(texts) <= 1088, "schema", "not a list of disclosures")
    signed = Signed(parts["statement"], "itx-stmt+json", most=4, limit=256 * 1024)
    for text in texts:
        read_disclosure(text)
    need(sha(salt + signed.wire) == outer["stc"], "mismatch", "not the statement the manifest names")
    said = read_statement(signed.payload)
    understood(said)
    need(all(said[name] == outer[name] for name in ("net", "mid", "from", "to")), "mismatch", "inside and outside")
    need(_blobs(said["att"]) == _blobs(outer["att"]), "mismatch", "attachments inside and outside")
    signed.verify(keys)
    need(set(required) <= set(signed.algs), "bad-signature", "a required signature is not there")
    count = len(said["body"]["elements"])
    body = join(texts[:count], said["body"]["elements"])
    KINDS.check(said["type"], body)
    attachments(said["att"], texts[count:])
    return signed, said, body


# ---------------------------------------------------------------- section 20: attachments

ATTACHED = members({
    "name": like("(?s).{1,200}"), "type": like(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}"),
    "len": whole(1, 256 << 20), "sha256": digest, "key": like("[A-Za-z0-9_-]{43}"), "copy_of": whole(0, 63),
}, left_out=("copy_of",))  # fmt: skip
NOT_IN_NAMES = re.compile("[\\x00-\\x1f\\x7f-\\x9f/\\\\\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def _blobs(some: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(one["ct_sha256"], one["ct_len"], one["on_demand"]) for one in some]


def attachments(
    att: list[dict[str, Any]], texts: list[Any], missing: frozenset[int] = frozenset()
) -> list[dict[str, Any]]:
    """What the disclosures say of the attachments a statement names, but for those in these places."""
    need(len({one["ct_sha256"] for one in att}) == len(att), "schema", "an attachment twice")
    kept = [(at, one) for at, one in enumerate(att) if at not in missing]
    parts = [read_disclosure(text) for text in texts]
    signed = [one["disclosure"] for _, one in kept]
    need([sha(text.encode()) for text in texts] == signed, "mismatch", "not every signed attachment, once and in order")
    told = []
    for (at, named), (name, value, _) in zip(kept, parts, strict=True):
        need(name == f"att.{at}", "schema", "in another's place")
        ATTACHED(value)
        need(value["name"] not in {".", ".."} and not NOT_IN_NAMES.search(value["name"]), "schema", "no name")
        need(sealed_size(value["len"]) == named["ct_len"], "schema", "a length that does not fit")
        unbase64(value["key"], 32)
        told.append({"n": at, "name": value["name"], "on_demand": named["on_demand"], "copy_of": value.get("copy_of")})
    originals = missing | {one["n"] for one in told if one["copy_of"] is None}
    need(all(one["copy_of"] is None or one["copy_of"] in originals for one in told), "schema", "a copy of none")
    return told


def open_stream(sealed: bytes, key: bytes, net: str) -> bytes:
    """The plain bytes of a blob (C2SP chunked encryption, Cobblestone-256)."""
    opening = Cobblestone256Decryptor(key, b"itx/1 att\0" + net.encode())
    try:
        return opening.update(sealed) + opening.finalize()
    except InvalidTag as error:
        raise Refused("invalid", "not what was sealed") from error


# ---------------------------------------------------------------- sections 9 and 10: receipts and hellos


def read_receipt(item: Any, me: str, net: str, keys: dict[str, Key]) -> dict[str, Any]:
    signed = Signed(item, "itx-rcpt+json", most=1, limit=8 * 1024)
    found = receipt_of(signed)
    signed.verify(keys)
    understood(found)
    addressed(found, me, net)
    need(of(found["rid"]) == found["from"] and of(found["for"]["mid"]) == me, "mismatch", "the id of another")
    return found


def receipt_of(signed: Signed) -> dict[str, Any]:
    """The payload of a receipt, its members in agreement."""
    found = payload(signed.payload, RECEIPT, 8 * 1024)
    rejected, code = found["stage"] == "rejected", found["code"]
    need((code in RETRY) == rejected and (found["retry"] is None) != rejected, "schema", "code or retry out of place")
    need(rejected or code is None, "schema", "code out of place")
    need(rejected or (found["st"] is None) == (found["stage"] == "accepted"), "schema", "st out of place")
    check_sack(found["sack"])
    return found


def check_sack(sack: dict[str, Any]) -> None:
    before = 0
    for first, last in sack["missing"]:
        need(before < first <= last < sack["hi"], "schema", "gaps that do not ascend below hi")
        before = last


def read_hello(item: Any, me: str, net: str, keys: dict[str, Key]) -> dict[str, Any]:
    signed = Signed(item, "itx-hello+json", most=1, limit=4 * 1024)
    found = payload(signed.payload, HELLO, 4 * 1024)
    unbase64(found["nonce"], 16)
    if "have" in found and found["have"]["sack"] is not None:
        check_sack(found["have"]["sack"])
    signed.verify(keys)
    understood(found)
    addressed(found, me, net)
    return found


# ---------------------------------------------------------------- section 25: bundles


def read_index(item: Any, me: str, net: str, keys: dict[str, Key]) -> dict[str, Any]:
    signed = Signed(item, "itx-bundle+json", most=1, limit=8 << 20)
    found = payload(signed.payload, INDEX, 8 << 20)
    names = [one["name"] for one in found["members"]]
    need(found["part"] <= found["of"], "schema", "a part of fewer")
    need(len(set(names)) == len(names), "schema", "a member twice")
    need(sum(one["len"] for one in found["members"]) <= 2_000_000_000, "schema", "more than one file holds")
    for one in found["members"]:
        check_member(one)
    signed.verify(keys)
    understood(found)
    addressed(found, me, net)
    need(of(found["id"]) == found["from"], "mismatch", "the id of another")
    return found


def check_member(one: dict[str, Any]) -> None:
    """A post, an attachment under its digest, or the n-th MiB of one."""
    kind, _, rest = one["name"].partition("/")
    if kind == "posts":
        need("whole" not in one and one["len"] <= 8 << 20, "schema", "no post")
        return
    called, _, number = rest.partition(".")
    need(("whole" in one) == bool(number), "schema", "a piece without the whole, or a whole that is none")
    if number:
        left = one["whole"] - (int(number) << 20)
        need(one["len"] == min(left, 1 << 20), "schema", "a piece of another length")
    else:
        need(called == one["sha256"], "schema", "under another digest")


# ---------------------------------------------------------------- sections 11 and 12: trees and checkpoints


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\0" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written there."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node(root_of(leaves[:split]), root_of(leaves[split:]))


def check_included(one: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """RFC 9162, section 2.1.3.2."""
    need(0 <= index < size and all(len(step) == 32 for step in proof), "invalid", "not a place in the tree")
    at, last, value = index, size - 1, one
    for step in proof:
        need(last > 0, "invalid", "the proof is too long")
        if at & 1 or at == last:
            value = node(step, value)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            value = node(value, step)
        at, last = at >> 1, last >> 1
    need(last == 0 and value == root, "invalid", "the proof leads elsewhere")


def check_begins(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """RFC 9162, section 2.1.4.2: the old tree is the beginning of the new one."""
    need(0 < old <= new and all(len(step) == 32 for step in proof), "invalid", "nothing to be proved")
    if old == new:
        need(not proof and old_root == new_root, "invalid", "one size, two roots")
        return
    path = [*([old_root] if old & (old - 1) == 0 else []), *proof]
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    need(path, "invalid", "the proof is too short")
    first = second = path[0]
    for step in path[1:]:
        need(last > 0, "invalid", "the proof is too long")
        if at & 1 or at == last:
            first, second = node(step, first), node(step, second)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            second = node(second, step)
        at, last = at >> 1, last >> 1
    need(last == 0 and (first, second) == (old_root, new_root), "invalid", "the proof leads elsewhere")


NOTE_BYTES = {1: 64, 4: 72, 6: 2428}  # a signature, in cosignatures behind 8 bytes of time


NoteKey = tuple[str, int, bytes]  # name, type, raw key


def read_note(text: str, known: Sequence[NoteKey]) -> tuple[tuple[str, int, bytes], dict[NoteKey, int]]:
    """(origin, size, root) of a signed note, and when each of the ``known`` keys signed it."""
    need(len(text) <= 64 * 1024, "too-large", "a note over 64 KiB")
    body, gap, tail = text.rpartition("\n\n")
    need(body and gap and tail.endswith("\n") and tail.count("\n") <= 16, "schema", "not a signed note")
    origin, size, root = _read_head(body)
    ids = {(name, _note_id(name, kind, raw)): (name, kind, raw) for name, kind, raw in known}
    times: dict[NoteKey, int] = {}
    for line in tail[:-1].split("\n"):
        found = re.fullmatch(r"\u2014 ([^\s+]{1,255}) ([A-Za-z0-9+/]+={0,2})", line)
        need(found, "schema", "not a signature line")
        name, blob = found[1], _standard64(found[2])  # type: ignore[index]
        need(len(blob) > 4, "schema", "not a signature line")
        if key := ids.get((name, blob[:4])):
            need(key not in times, "bad-signature", "a key signs twice")
            times[key] = _check_note(key, blob[4:], body + "\n", (origin, size, root))
    need(times, "bad-signature", "no signature of a known key")
    return (origin, size, root), times


def read_checkpoint(text: str, known: Sequence[NoteKey]) -> dict[str, Any]:
    """The same as a vector says it, the times by the types of the keys."""
    (origin, size, root), times = read_note(text, known)
    by_type = {str(kind): time for (_, kind, _), time in times.items()}
    return {"origin": origin, "size": size, "root": root.hex(), "times": by_type}


def _read_head(body: str) -> tuple[str, int, bytes]:
    lines = body.split("\n")
    need(len(lines) >= 3 and re.fullmatch(r"[^\s+]{1,255}", lines[0]), "schema", "not a checkpoint")
    need(re.fullmatch("0|[1-9][0-9]{0,18}", lines[1]), "schema", "not a size")
    root = _standard64(lines[2])
    need(len(root) == 32 and int(lines[1]) < 2**63, "schema", "not a checkpoint")
    return lines[0], int(lines[1]), root


def _standard64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise Refused("schema", "not base64") from error
    need(base64.b64encode(data).decode() == text, "schema", "not canonical base64")
    return data


def _note_id(name: str, kind: int, raw: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + raw).digest()[:4]


def _check_note(key: tuple[str, int, bytes], blob: bytes, body: str, head: tuple[str, int, bytes]) -> int:
    """When a key signed, in seconds; 0 for the log's Ed25519, which says no time."""
    name, kind, raw = key
    need(len(blob) == NOTE_BYTES[kind], "bad-signature", "not a signature of its type")
    seconds = 0 if kind == 1 else struct.unpack_from(">Q", blob)[0]
    origin, size, root = head
    message = {
        1: body.encode(),
        4: f"cosignature/v1\ntime {seconds}\n{body}".encode(),
        6: b"subtree/v1\n\0" + bytes([len(name.encode())]) + name.encode() + struct.pack(">Q", seconds)
           + bytes([len(origin.encode())]) + origin.encode() + struct.pack(">QQ", 0, size) + root,
    }[kind]  # fmt: skip
    holds(("ML-DSA-44" if kind == 6 else "Ed25519", raw), message, blob[0 if kind == 1 else 8 :])
    return int(seconds)


OFFER = members({"note": like(r"(?s).{0,65536}"), "old": whole(), "proof": many(like("[A-Za-z0-9_-]{43}"), 63),
                 "leaves": like("[A-Za-z0-9_-]{0,699052}")}, left_out=("leaves",))  # fmt: skip


def of_log(text: str, log: Sequence[tuple[str, int, bytes]]) -> dict[str, Any]:
    """A checkpoint that both keys of its log signed."""
    found = read_checkpoint(text, log)
    need(found["times"].keys() == {"1", "6"}, "unknown-key", "not signed by a key of each algorithm")
    return found


def contradicted(one: dict[str, Any], other: dict[str, Any]) -> str | None:
    """Section 23: what two checkpoints of one log show about it."""
    if one["origin"] != other["origin"]:
        return None
    if one["size"] == other["size"]:
        return None if one["root"] == other["root"] else "fork"
    smaller, larger = sorted((one, other), key=lambda each: int(each["size"]))
    return "rollback" if smaller["times"]["6"] > larger["times"]["6"] else None


def judge_offer(held: str | None, item: Any, log: Sequence[tuple[str, int, bytes]]) -> str:
    """Section 23: what a witness makes of an offer beside the note it cosigned last."""
    OFFER(item)
    steps, leaves = [unbase64(one, 32) for one in item["proof"]], unbase64(item.get("leaves", ""))
    need(len(leaves) % 32 == 0, "schema", "not whole hashes")
    shown = of_log(item["note"], log)
    if held is None:
        return "extends"
    before = of_log(held, log)
    if (found := contradicted(before, shown)) is not None:
        return found
    if before["size"] == shown["size"]:
        return "same"
    if item["old"] != before["size"] or shown["size"] < before["size"]:
        return "elsewhere"
    try:
        check_begins(item["old"], shown["size"], steps, bytes.fromhex(before["root"]), bytes.fromhex(shown["root"]))
    except Refused:
        return "unproved"
    return "extends"


# ---------------------------------------------------------------- keys/README.md: roots and keysets

name_of, contact_of = like(r"(?s)[^\x00-\x1f\x7f]{1,200}"), maybe(like("(?s).{0,2000}"))
WAYS = ("email", "phone", "address", "hours")
POINT = {"name": name_of} | dict.fromkeys(WAYS, contact_of)
CARD = POINT | {"points": many(members(POINT, left_out=WAYS), 20), "holidays": many(like("(?s).{0,10}"), 400),
                "marking_practices": maybe(like("(?s).{0,8000}"))}  # fmt: skip
evidence = either("Ed25519", "ES256", "ML-DSA-65")
status_of = either("next", "active", "retired", "revoked")
ROOT = members({
    "v": either(1), "net": network, "auth": authority, "country": like("[A-Z]{3}"), "name": name_of, "ver": whole(1),
    "iat": millis, "exp": millis, "prev": maybe(digest), "threshold": whole(1),
    "holders": many(members({"name": name_of, "ed25519": like(".*"), "mldsa65": like(".*")}), 16, 1),
    "requires": members({"root": many(evidence, 3), "keyset": many(evidence, 3)}),
    "keyset": many(members({"kid": kid_of, "alg": evidence, "pub": like(".*")}), 16, 1),
})  # fmt: skip
KEYSET = members({
    "v": either(1), "net": network, "auth": authority, "ver": whole(1), "iat": millis, "exp": millis,
    "exp_file": millis, "refresh": whole(60_000, 90 * 86_400_000), "requires": many(evidence, 3),
    "keys": many(members({"kid": kid_of, "alg": evidence, "pub": like(".*"), "status": status_of, "since": millis,
                          "use": either("stmt", "env", "rcpt", "pull")}), 256),
    "kem": many(members({"kid": kid_of, "suite": either("xwing", "p256"), "pub": like(".*"), "status": status_of,
                         "carriage": either("online", "file"), "since": millis}), 256),
    "log": members({"origin": like(r"[^\s+\x00-\x1f\x7f]{1,200}"), "ed25519": like(".*"), "mldsa44": like(".*"),
                    "keys": many(members({"kid": kid_of, "alg": either("Ed25519", "ML-DSA-44"), "pub": like(".*"),
                                          "status": status_of, "since": millis}), 256)}, left_out=("keys",)),
    "urls": members({"exchange": maybe(like(r"https?://[^\s/?#@]+(/[^\s?#]*)?"))}, left_out=("exchange",)),
    "contact": members(CARD, left_out=(*WAYS, "points", "holidays", "marking_practices")),
})  # fmt: skip
CLASSICAL = {"Ed25519", "ES256"}
DAY = 86_400_000


def check_asks(now: Iterable[str], before: Iterable[str]) -> None:
    """As many algorithms of each class as before, and one of each at least."""
    for kind in (CLASSICAL, {"ML-DSA-65"}):
        need(len(kind & set(now)) >= max(1, len(kind & set(before))), "invalid", "fewer algorithms are required")


class Root:
    """One root: what it says, and whose keys are in it."""

    def __init__(self, item: Any) -> None:
        self.signed = Signed(item, "itx-root+json", most=64, limit=512 * 1024)
        self.says = says = payload(self.signed.payload, ROOT, 512 * 1024)
        pairs = {one["name"]: (admit("Ed25519", one["ed25519"]), admit("ML-DSA-65", one["mldsa65"]))
                 for one in says["holders"]}  # fmt: skip
        self.pairs = {name: {kid for kid, _ in pair} for name, pair in pairs.items()}
        self.holders = {kid: key for pair in pairs.values() for kid, key in pair}
        self.online = dict(admit(one["alg"], one["pub"], one["kid"]) for one in says["keyset"])
        count = 2 * len(says["holders"]) + len(says["keyset"])
        need(len(self.pairs) == len(says["holders"]), "invalid", "two holders of one name")
        need(len(self.holders | self.online) == count, "invalid", "a key twice")
        need(says["iat"] < says["exp"] <= says["iat"] + 10 * 365 * DAY, "invalid", "over ten years")
        need((says["ver"] == 1) == (says["prev"] is None), "invalid", "prev belongs to all but the first")
        need(1 + (says["net"] == "real") <= says["threshold"] <= len(self.pairs), "invalid", "the threshold")
        need(set(says["requires"]["keyset"]) <= {alg for alg, _ in self.online.values()}, "invalid", "no such key")

    def follow(self, former: "Root | None") -> None:
        """Believe it as the successor of ``former``; None for a first root, whose digest is compared elsewhere."""
        says, before = self.says, former.says if former else None
        if before is None:
            need(says["ver"] == 1, "invalid", "a chain begins with version 1")
        else:
            kept = ("net", "auth", "country")
            need(all(says[name] == before[name] for name in kept), "invalid", "another authority")
            need(says["ver"] == before["ver"] + 1 and former, "invalid", "a version left out")
            need(says["prev"] == former.signed.digest, "invalid", "another predecessor")  # type: ignore[union-attr]
        check_asks(says["requires"]["root"], before["requires"]["root"] if before else ())
        check_asks(says["requires"]["keyset"], before["requires"]["keyset"] if before else ())
        self.signed.verify((former.holders if former else {}) | self.holders)
        kids = {kid for _, kid, _, _ in self.signed.signatures}
        for whose in filter(None, (self, former)):
            met = sum(pair <= kids for pair in whose.pairs.values())
            need(met >= whose.says["threshold"], "invalid", "too few holders signed")


def _log(log: dict[str, Any]) -> Iterable[Key]:
    """Every key of the log: those listed, of which the two that are named are active; else these two."""
    named = ("Ed25519", log["ed25519"]), ("ML-DSA-44", log["mldsa44"])
    for alg, text in named if not log.get("keys") else ():
        yield admit(alg, text)[1]
    active = set()
    for one in log.get("keys", ()):
        yield admit(one["alg"], one["pub"], one["kid"])[1]
        active |= {(one["alg"], one["pub"])} if one["status"] == "active" else set()
    need(not log.get("keys") or active >= set(named), "invalid", "a key of the log that is not listed as active")


class Keyset:
    """A keyset under its root, believed; ``keys`` by use."""

    def __init__(self, item: Any, root: Root) -> None:
        signed = Signed(item, "itx-keyset+json", most=4, limit=1 << 20)
        self.says = says = payload(signed.payload, KEYSET, 1 << 20)
        self.digest = signed.digest
        need((says["net"], says["auth"]) == (root.says["net"], root.says["auth"]), "invalid", "of another authority")
        need(all(says["iat"] < says[end] <= says["iat"] + 400 * DAY for end in ("exp", "exp_file")), "invalid", "term")
        check_asks(says["requires"], ())
        self.keys: dict[str, dict[str, Key]] = {"stmt": {}, "env": {}, "rcpt": {}, "pull": {}}
        for one in says["keys"]:
            need(one["use"] == "stmt" or one["alg"] in CLASSICAL, "invalid", "an algorithm that does not fit the use")
            kid, key = admit(one["alg"], one["pub"], one["kid"])
            self.keys[one["use"]][kid] = key
        others = [admit(one["suite"], one["pub"], one["kid"])[1] for one in says["kem"]]
        self.log = list(_log(says["log"]))
        own = [key for keys in self.keys.values() for key in keys.values()]
        need(len(own) == len(says["keys"]), "invalid", "a key twice")
        raws = [raw for _, raw in (*own, *others, *self.log, *root.holders.values(), *root.online.values())]
        need(len(set(raws)) == len(raws), "invalid", "one key, two uses")
        signed.verify(root.online)
        need(set(root.says["requires"]["keyset"]) <= set(signed.algs), "invalid", "a required signature is not there")


# ---------------------------------------------------------------- section 16: proofs of elements

RETIRED_MS = 400 * DAY


class Unproved(Exception):
    """The step of section 16 that failed first, and its code."""

    def __init__(self, step: int, code: str, why: str) -> None:
        super().__init__(f"step {step}: {code}: {why}")
        self.step, self.code = step, code


class step:  # noqa: N801 - reads as the word it is: with step(3): ...
    """What is refused inside failed in this step; with a code of the step's own where it has one."""

    def __init__(self, number: int, code: str | None = None) -> None:
        self.number, self.code = number, code

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, fault: BaseException | None, __: object) -> None:
        if isinstance(fault, Refused):
            raise Unproved(self.number, self.code or fault.code, str(fault)) from fault


def known(number: int, card: Any, name: str, net: str, pins: dict[str, str]) -> Keyset:
    """The keys of an authority, from its card and the pin of its first root."""
    with step(number):
        need(name in pins, "not-pinned", f"no digest was given for {name}")
    with step(number, "bad-root"):
        names = {"itx_card", "roots", "keyset"}
        need(isinstance(card, dict) and card.keys() == names and card["itx_card"] == 1, "schema", "not a card")
        need(isinstance(card["roots"], list) and 1 <= len(card["roots"]) <= 256, "schema", "not 1 to 256 roots")
        first = Root(card["roots"][0])
    with step(number):
        need(first.signed.digest == pins[name], "wrong-root", "another first root than the pinned one")
        need((first.says["net"], first.says["auth"]) == (net, name), "mismatch", "a root of another authority")
    with step(number, "bad-root"):
        former = None
        for item in card["roots"]:
            root = Root(item)
            root.follow(former)
            former = root
    with step(number, "bad-keyset"):
        return Keyset(card["keyset"], root)


def same_keyset(named: dict[str, Any], keyset: Keyset) -> None:
    other = named["ver"] == keyset.says["ver"] and named["sha256"] != keyset.digest
    need(not other, "mismatch", "made under another keyset of this version")


def check_standing(signed: Signed, keyset: Keyset, at: int, until: int | None) -> None:
    """The keys that signed stood; what was taken over before a key's revocation stays provable."""
    listed = {one["kid"]: one for one in keyset.says["keys"]}
    for _, kid, _, _ in signed.signatures:
        one = listed[kid]
        revoked = one["status"] == "revoked" and (until is None or until >= one["since"])
        retired = one["status"] == "retired" and at >= one["since"] + RETIRED_MS
        need(not revoked and not retired, "key-revoked", "a key that no longer stood")


def prove(data: bytes, pins: dict[str, str]) -> dict[str, Any]:
    """What a file proves, or Unproved: section 16, step by step."""
    with step(1):
        file = read_json(data, 16 << 20)
        need(isinstance(file, dict) and type(file.get("itx_elements")) is int, "schema", "not a proof of elements")
        need(file["itx_elements"] == 1, "unsupported-version", "another version")
        names = {"itx_elements", "statement", "disclosures", "sender"}
        need(file.keys() - {"carriage"} == names, "schema", "a member too many or too few")
        need(isinstance(file["disclosures"], list) and 1 <= len(file["disclosures"]) <= 1024, "schema", "disclosures")
        if "carriage" in file:
            _check_carriage(file["carriage"])
    with step(2):
        signed, said = _proved_statement(file["statement"])
    sender = known(3, file["sender"], said["from"], said["net"], pins)
    with step(4):
        verify_whole(signed, sender)
    with step(5):
        shown = _shown(file["disclosures"], said["body"]["elements"])
    taken = {"accepted": None, "opened": None, "env": None}
    if "carriage" in file:
        taken = _carried(file["carriage"], signed, said, sender, pins)
    else:
        with step(9):
            check_standing(signed, sender, said["iat"], None)
    names = {name: said[name] for name in ("net", "from", "to", "thread", "mid", "type", "iat")}
    return {**names, "st": signed.digest, "total": len(said["body"]["elements"]), "elements": shown, **taken}


def _proved_statement(item: Any) -> tuple[Signed, dict[str, Any]]:
    signed = Signed(item, "itx-stmt+json", most=4, limit=256 * 1024)
    said = read_statement(signed.payload)
    understood(said)
    need(of(said["mid"]) == said["from"], "mismatch", "the id of another")
    need(said["thread"].rpartition(".")[0] in {said["from"], said["to"]}, "mismatch", "a case of others")
    return signed, said


def verify_whole(signed: Signed, sender: Keyset) -> None:
    """What is evidence bears every signature its signer's keyset requires."""
    signed.verify(sender.keys["stmt"])
    need(set(sender.says["requires"]) <= set(signed.algs), "bad-signature", "a required signature is not there")


def two_histories(data: bytes, pins: dict[str, str]) -> dict[str, Any]:
    """What a proof that a log told two histories shows, or Unproved: section 23."""
    with step(1):
        file = read_json(data, 9 << 20)
        names = {"itx_log_proof", "what", "notes", "card"}
        need(isinstance(file, dict) and file.keys() == names, "schema", "not a proof about a log")
        need(file["itx_log_proof"] == 1, "unsupported-version", "another version")
        notes = file["notes"]
        need(isinstance(notes, list) and [type(one) for one in notes] == [str, str], "schema", "not two notes")
    with step(2, "bad-root"):
        first = Root(file["card"]["roots"][0])
    keyset = known(2, file["card"], first.says["auth"], first.says["net"], pins)
    with step(3):
        log = keyset.says["log"]
        read = []
        for note in notes:
            origin = note.split("\n", 1)[0]
            need(origin.startswith(f"{log['origin']}/"), "mismatch", "of another log")
            keys = [(origin, 1 if alg == "Ed25519" else 6, raw) for alg, raw in _log(log)]
            read.append(of_log(note, keys))
        found = contradicted(*read)
        need(found is not None and found == file["what"], "mismatch", "they contradict each other otherwise, or not")
    return {"what": found, "authority": first.says["auth"], "origin": read[0]["origin"], "checkpoints": read}


def _check_carriage(carriage: Any) -> None:
    names = {"salt", "manifest", "receipts", "recipient"}
    need(isinstance(carriage, dict) and carriage.keys() == names, "schema", "not a carriage")
    unbase64(carriage["salt"], 32)
    need(isinstance(carriage["receipts"], list) and 1 <= len(carriage["receipts"]) <= 2, "schema", "1 or 2 receipts")


def _shown(texts: list[Any], signed: list[str]) -> list[dict[str, Any]]:
    parts = [read_disclosure(text) for text in texts]
    names = [name for name, _, _ in parts]
    need(len(set(names)) == len(names), "schema", "an element twice")
    check_shown(texts, signed)
    places = [signed.index(sha(text.encode())) for text in texts]
    is_last = [at == len(signed) - 1 for at in places]
    need(all((name == "rest") == last for name, last in zip(names, is_last, strict=True)), "schema", "rest is the last")
    items = [(base, int(at)) for base, _, at in (name.partition(".") for name in names) if at]
    by_list = {base: [at for other, at in items if other == base] for base, _ in items}
    need(all(numbers == sorted(numbers) for numbers in by_list.values()), "schema", "a list out of order")
    return [{"position": at + 1, "name": name, "value": value, "restrictions": restrictions}
            for at, (name, value, restrictions) in zip(places, parts, strict=True)]  # fmt: skip


def _carried(
    carriage: Any, signed: Signed, said: dict[str, Any], sender: Keyset, pins: dict[str, str]
) -> dict[str, Any]:
    """Steps 6 to 9: when the recipient accepted and opened it, and the digest of its envelope."""
    with step(6):
        outside, outer = _proved_manifest(carriage["manifest"], carriage["salt"], said, signed, sender)
    recipient = known(7, carriage["recipient"], said["to"], said["net"], pins)
    with step(8):
        found = [_proved_receipt(item, said, signed, outside, recipient) for item in carriage["receipts"]]
        stages = [receipt["stage"] for _, receipt in found]
        need(stages in (["accepted"], ["opened"], ["accepted", "opened"]), "schema", "the stages of the receipts")
    with step(9):
        until = max(receipt["at"] for _, receipt in found)
        for each, receipt in found:
            check_standing(each, recipient, receipt["at"], None)
        check_standing(signed, sender, said["iat"], until)
        check_standing(outside, sender, outer["iat"], until)
    times = {receipt["stage"]: receipt["at"] for _, receipt in found}
    return {"accepted": times.get("accepted"), "opened": times.get("opened"), "env": outside.digest}


def _proved_manifest(
    item: Any, salt: Any, said: dict[str, Any], signed: Signed, sender: Keyset
) -> tuple[Signed, dict[str, Any]]:
    outside = Signed(item, "itx-env+json", most=1, limit=32 * 1024)
    outer = payload(outside.payload, MANIFEST, 32 * 1024)
    understood(outer)
    outside.verify(sender.keys["env"])
    need(all(outer[name] == said[name] for name in ("net", "mid", "from", "to")), "mismatch", "another message")
    stc = sha(unbase64(salt) + signed.wire)
    need(outer["stc"] == stc, "mismatch", "not the statement the manifest commits to")
    same_keyset(outer["ks"], sender)
    return outside, outer


def _proved_receipt(
    item: Any, said: dict[str, Any], signed: Signed, outside: Signed, recipient: Keyset
) -> tuple[Signed, dict[str, Any]]:
    each = Signed(item, "itx-rcpt+json", most=1, limit=8 * 1024)
    receipt = receipt_of(each)
    understood(receipt)
    each.verify(recipient.keys["rcpt"])
    need(of(receipt["rid"]) == receipt["from"], "mismatch", "the id of another")
    ends = (receipt["net"], receipt["from"], receipt["to"])
    need(ends == (said["net"], said["to"], said["from"]), "mismatch", "a receipt between others")
    about = (receipt["for"]["mid"], receipt["for"]["env"])
    need(about == (said["mid"], outside.digest), "mismatch", "a receipt for something else")
    need(receipt["st"] in {None, signed.digest}, "mismatch", "a receipt for another statement")
    same_keyset(receipt["ks"], recipient)
    return each, receipt


# ---------------------------------------------------------------- section 24: evidence of a case


class Broken(Exception):
    """The line, the piece of it that failed first, and its code."""

    def __init__(self, line: int, of_: str, piece: str, code: str, why: str) -> None:
        super().__init__(f"line {line} {of_}, {piece}: {code}: {why}")
        self.line, self.of, self.piece, self.code = line, of_, piece, code


a_text, anything = like("(?s).*"), members({})
words_of = like("(?s).{1,200}")
INVENTORY = members({
    "v": whole(), "net": network, "crit": crit, "from": authority, "at": millis,
    "case": like(rf"{AUTHORITY}\.[0-9a-f]{{12}}7[0-9a-f]{{3}}[89ab][0-9a-f]{{15}}"), "scope": either("case", "message"),
    "to": words_of, "purpose": words_of,
    "lines": many(
        members({"kind": either("card", "head", "message", "stamp"), "of": words_of, "sha256": digest}), 2048, 2),
    "left_out": many(members({"mid": numbered, "why": like("(?s).{1,64}")}), 2048),
})  # fmt: skip
ENTRY = members({
    "t": millis, "k": either("env.out", "env.in", "rcpt.out", "rcpt.in"), "index": whole(), "path": many(digest, 63),
}, closed=True)  # fmt: skip
CARRIED = members({"item": anything, "entry": maybe(ENTRY)}, closed=True)
WITHHELD = members({"position": whole(0, 1087), "why": many(like("(?s).{1,64}"), 32, 1)}, closed=True)
MESSAGE = members({
    "statement": lambda _: None, "disclosures": many(a_text, 1024), "attachments": many(a_text, 64),
    "withheld": many(WITHHELD, 1088), "salt": maybe(like("(?s).{43}")), "envelope": maybe(CARRIED),
    "receipts": many(CARRIED, 2),
}, closed=True)  # fmt: skip
IN_ORDER = ["card", "head", "message", "stamp"]
ANSWERED = members({"nonce": like("(?s).{0,16}"), "answer": like("(?s).{0,87385}")}, closed=True)
TAKEN = (
    [], ["accepted"], ["opened"], ["accepted", "opened"], ["rejected"], ["accepted", "rejected"],
)  # fmt: skip
WITNESSED = {"Ed25519": 4, "ML-DSA-44": 6}


class Evidence:
    """A file of evidence, read line by line; ``run`` says what it proves, or raises Broken."""

    def __init__(self, source: BinaryIO, pins: dict[str, str], authorities: Sequence[Certificate] = ()) -> None:
        self.source, self.pins, self.authorities = source, pins, authorities
        self.between = hashlib.sha256()  # the lines behind the inventory, as far as they were read
        self.stamp: dict[str, Any] | None = None
        self.line, self.of, self.piece, self.total = 0, "", "file", 0
        self.keysets: dict[str, Keyset] = {}
        self.inventory: dict[str, Any] = {}
        self.head: tuple[str, int, bytes] | None = None
        self.cosigned = False
        self.other: str | None = None
        self.of_dossier: list[tuple[int, str, list[str]]] = []
        self.named: set[str] = set()

    def run(self) -> dict[str, Any]:
        try:
            return self._run()
        except (Refused, Unproved) as error:
            raise Broken(self.line, self.of, self.piece, error.code, str(error)) from error

    def _next(self, of_: str, most: int) -> bytes:
        self.line, self.of, self.piece = self.line + 1, of_, "file"
        data = self.source.readline(most + 2)
        self.total += len(data)
        need(len(data) <= most + 1 and self.total <= 64 << 20, "too-large", "a line or a file without bound")
        need(data.endswith(b"\n"), "schema", "no line here, or no end of it")
        return data[:-1]

    def _run(self) -> dict[str, Any]:
        signed = self._read_inventory(self._next("", 1536 * 1024))
        lines = self.inventory["lines"]
        self._card(lines[0])
        keyset = self.keysets[self.inventory["from"]]
        self.line, self.of, self.piece = 1, "", "inventory"
        verify_whole(signed, keyset)
        check_standing(signed, keyset, self.inventory["at"], None)
        self.line, messages = 2, []
        for one in lines[1:]:
            if one["kind"] == "card":
                self._card(one)
                self.other = one["of"]
            elif one["kind"] == "head":
                self._head(one)
            elif one["kind"] == "stamp":
                said = self._of(one, members({"stamp": ANSWERED}, closed=True))["stamp"]
                nonce, answer = unbase64(said["nonce"], 8), unbase64(said["answer"])
                self.stamp = read_stamp(answer, self.between.digest(), int.from_bytes(nonce, "big"), self.authorities)
            else:
                messages.append(self._message(one))
        self.line, self.of, self.piece = self.line + 1, "", "file"
        need(not self.source.read(1), "schema", "more than the inventory lists")
        return self._whole(messages)

    def _read_inventory(self, data: bytes) -> Signed:
        self.piece = "inventory"
        file = read_json(data, 9 << 20)
        need(isinstance(file, dict) and type(file.get("itx_evidence")) is int, "schema", "not evidence")
        need(file["itx_evidence"] in {1, 2}, "unsupported-version", "another version")
        need(file.keys() == {"itx_evidence", "inventory"}, "schema", "a member too many or too few")
        need(dump(file) == data, "schema", "not in the one form of section 2")
        signed = Signed(file["inventory"], "itx-evid+json", most=4, limit=768 * 1024)
        self.inventory = said = payload(signed.payload, INVENTORY, 768 * 1024)
        kinds = [one["kind"] for one in said["lines"]]
        need(kinds == sorted(kinds, key=IN_ORDER.index), "schema", "lines out of order")
        cards, heads, messages, stamps = map(kinds.count, IN_ORDER)
        need(not stamps or (stamps == 1 and said["lines"][-1]["of"] == "rfc3161"), "schema", "not one time-stamp")
        need(1 <= cards <= 2 and heads < cards and heads <= 1 and messages, "schema", "lines too many or too few")
        named = {(one["kind"], one["of"]) for one in said["lines"]}
        need(said["lines"][0]["of"] == said["from"] and len(named) == len(kinds), "schema", "not each thing once")
        need(said["scope"] == "case" or messages == 1, "schema", "more than one message")
        understood(said)
        need(file["itx_evidence"] == 1 + stamps, "unsupported-version", "a version for other lines")
        return signed

    def _of(self, one: dict[str, Any], shape: Shape) -> dict[str, Any]:
        """The object in the next line, which is the one its exporter signed for."""
        kind, of_ = one["kind"], one["of"]
        data = self._next(of_ if kind == "message" else f"{kind} {of_}", 9 << 20)
        self.piece = kind
        need(sha(data) == one["sha256"], "mismatch", "not the bytes its exporter signed for")
        self.between.update(data + b"\n" if kind != "stamp" else b"")
        value = read_json(data, 9 << 20)
        shape(value)
        return dict(value)

    def _card(self, one: dict[str, Any]) -> None:
        card = self._of(one, members({"card": anything}, closed=True))["card"]
        self.keysets[one["of"]] = known(3, card, one["of"], self.inventory["net"], self.pins)

    def _head(self, one: dict[str, Any]) -> None:
        text = self._of(one, members({"head": like("(?s).{0,65536}")}, closed=True))["head"]
        own, other = self.keysets[self.inventory["from"]], self.keysets[self.other or ""]
        logs = [keyset.says["log"]["origin"] for keyset in (own, other)]
        body, gap, _ = text.rpartition("\n\n")
        need(body and gap, "schema", "not a signed note")
        origin = _read_head(body)[0]
        form = rf"{re.escape(logs[0])}/{re.escape(str(self.other))}(~[0-9]+)?"
        need(origin == one["of"] and re.fullmatch(form, origin), "mismatch", "another tree")
        ours = [(origin, {"Ed25519": 1, "ML-DSA-44": 6}[alg], raw) for alg, raw in _log_now(own)]
        theirs = [(f"{logs[1]}/{self.inventory['from']}", WITNESSED[alg], raw) for alg, raw in _log_now(other)]
        self.head, times = read_note(text, [*ours, *theirs])
        need({key[1] for key in times if key in ours} == {1, 6}, "bad-signature", "not by a key of each algorithm")
        self.cosigned = {key[1] for key in times if key in theirs} == {4, 6}

    def _message(self, one: dict[str, Any]) -> dict[str, Any]:
        told = self._of(one, MESSAGE)
        fits = (told["salt"] is None) == (told["envelope"] is None) and not (told["receipts"] and not told["envelope"])
        need(fits, "schema", "salt or receipts without an envelope")
        self.piece = "statement"
        signed, said = _proved_statement(told["statement"])
        self._check_place(said, one["of"])
        self.piece = "signatures"
        sender = self._keyset(said["from"])
        verify_whole(signed, sender)
        self.piece = "elements"
        shown = _all_there(told, said)
        outside, given = self._taken(told, signed, said, sender)
        self.piece = "keys"
        until = max((receipt["at"] for _, receipt in given), default=None)
        for each, receipt in given:
            check_standing(each, self._keyset(said["to"]), receipt["at"], None)
        check_standing(signed, sender, said["iat"], until)
        if outside:
            check_standing(outside[0], sender, outside[1]["iat"], until)
        names = {name: said[name] for name in ("from", "to", "thread", "mid", "type", "iat")}
        times = {receipt["stage"]: receipt["at"] for _, receipt in given}
        return {**names, "st": signed.digest, **shown, "withheld": told["withheld"], "stages": times}

    def _check_place(self, said: dict[str, Any], mid: str) -> None:
        ours, case = self.inventory["from"], self.inventory["case"]
        self.other = self.other or (said["to"] if said["from"] == ours else said["from"])
        need((said["mid"], said["net"]) == (mid, self.inventory["net"]), "mismatch", "not the message of the inventory")
        need({said["from"], said["to"]} == {ours, self.other}, "mismatch", "said between others")
        if said["thread"] != case:
            requester, _, rest = said["thread"].rpartition(".")
            fits = rest.startswith("d") and len(rest) == 33 and requester == case.rpartition(".")[0]
            need(fits, "mismatch", "of another case")
            self.of_dossier.append((self.line, mid, said["re"]))
        self.named.update(said["re"])

    def _keyset(self, name: str) -> Keyset:
        need(name in self.keysets, "unknown-key", "no card of this authority")
        return self.keysets[name]

    def _taken(
        self, told: dict[str, Any], signed: Signed, said: dict[str, Any], sender: Keyset
    ) -> tuple[tuple[Signed, dict[str, Any]] | None, list[tuple[Signed, dict[str, Any]]]]:
        """The envelope, the receipts, and where they stand in the tree."""
        self.piece = "envelope"
        outside = None
        if told["envelope"]:
            item = told["envelope"]["item"]
            bare = {name: value for name, value in item.items() if name != "ct"}
            outside = _proved_manifest(bare, told["salt"], said, signed, sender)
            ct = unbase64(item["ct"]) if "ct" in item else None
            told_of = outside[1]["ct"]
            need(ct is None or (len(ct), sha(ct)) == (told_of["len"], told_of["sha256"]), "mismatch", "other bytes")
        self.piece = "receipts"
        given = [
            _proved_receipt(one["item"], said, signed, outside[0], self._keyset(said["to"]))
            for one in told["receipts"]
            if outside
        ]
        need([receipt["stage"] for _, receipt in given] in TAKEN, "schema", "the stages of the receipts")
        self.piece = "entries"
        self._check_entries(told, said, [receipt for _, receipt in given])
        return outside, given

    def _check_entries(self, told: dict[str, Any], said: dict[str, Any], given: list[dict[str, Any]]) -> None:
        is_ours = said["from"] == self.inventory["from"]
        first, later = ("env.out", "rcpt.in") if is_ours else ("env.in", "rcpt.out")
        envelope = told["envelope"] or {"entry": None}
        for one, kind in [(envelope, first), *((each, later) for each in told["receipts"])]:
            entry = one["entry"]
            if entry is None:
                continue
            need(self.head, "schema", "an entry without a head")
            need(entry["k"] == kind, "mismatch", "an entry of another kind")
            self._check_entry(one["item"], entry)
        at = envelope["entry"]
        for receipt in given if at and not is_ours else []:
            log = receipt["log"]
            wrong = self.head and log["origin"] == self.head[0] and log["index"] != at["index"]
            need(not wrong, "mismatch", "another place than the receipt names")

    def _check_entry(self, item: Any, entry: dict[str, Any]) -> None:
        _, size, root = self.head or ("", 0, b"")
        one = leaf(dump({"v": 1, "t": entry["t"], "k": entry["k"], "h": sha(dump(item))}))
        path = [bytes.fromhex(each) for each in entry["path"]]
        try:
            check_included(one, entry["index"], size, path, root)
        except Refused as error:
            raise Refused("mismatch", "not in the tree of the head") from error

    def _whole(self, messages: list[dict[str, Any]]) -> dict[str, Any]:
        said = self.inventory
        mids = {one["of"] for one in said["lines"] if one["kind"] == "message"}
        mids |= {one["mid"] for one in said["left_out"]}
        for line, mid, answered in self.of_dossier if said["scope"] == "case" else []:
            self.line, self.of, self.piece = line, mid, "case"
            need(mids & set(answered), "mismatch", "of a dossier, and of no message of this case")
        names = {name: said[name] for name in ("net", "from", "at", "case", "scope", "to", "purpose", "left_out")}
        head = self.head and {"origin": self.head[0], "size": self.head[1], "cosigned": self.cosigned}
        told = {"messages": messages, "head": head, "absent": sorted(self.named - mids), "stamp": self.stamp}
        return {**names, **told}


def _log_now(keyset: Keyset) -> list[Key]:
    """The keys of a log whose checkpoints count."""
    revoked = {unbase64(one["pub"]) for one in keyset.says["log"].get("keys", ()) if one["status"] == "revoked"}
    return [key for key in keyset.log if key[1] not in revoked]


def _all_there(told: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """What is shown; with what is withheld it is all that is signed, each once."""
    signed, hidden = said["body"]["elements"], [one["position"] for one in told["withheld"]]
    shown = _shown(told["disclosures"], signed)
    need(hidden == sorted(set(hidden)), "schema", "what is withheld is out of order")
    missing = frozenset(at - len(signed) for at in hidden if at >= len(signed))
    attached = attachments(said["att"], told["attachments"], missing)
    places = [*(one["position"] - 1 for one in shown), *(len(signed) + one["n"] for one in attached), *hidden]
    need(sorted(places) == list(range(len(signed) + len(said["att"]))), "mismatch", "not everything, each once")
    return {"elements": shown, "attachments": attached}


# ---------------------------------------------------------------- section 24: time-stamps

SHA1, SHA256 = "1.3.14.3.2.26", "2.16.840.1.101.3.4.2.1"
SHA2: dict[str, Any] = {f"2.16.840.1.101.3.4.2.{n}": each for n, each in
                        ((1, hashes.SHA256), (2, hashes.SHA384), (3, hashes.SHA512))}  # fmt: skip
SIGNED_BY = {  # what a signature is, and the digest it may have: any where it names none
    "1.2.840.113549.1.1.1": (rsa.RSAPublicKey, None), "1.2.840.113549.1.1.11": (rsa.RSAPublicKey, 1),
    "1.2.840.113549.1.1.12": (rsa.RSAPublicKey, 2), "1.2.840.113549.1.1.13": (rsa.RSAPublicKey, 3),
    "1.2.840.10045.4.3.2": (ec.EllipticCurvePublicKey, 1), "1.2.840.10045.4.3.3": (ec.EllipticCurvePublicKey, 2),
    "1.2.840.10045.4.3.4": (ec.EllipticCurvePublicKey, 3),
}  # fmt: skip
SMIME = "1.2.840.113549.1.9.16"
Many = list[asn1.TLV]


@asn1.sequence
class Alg:
    oid: ObjectIdentifier
    rest: asn1.Null | None


@asn1.sequence
class Imprint:
    alg: Alg
    digest: bytes


@asn1.sequence
class Accuracy:
    s: int | None
    ms: Annotated[int | None, asn1.Implicit(0)]
    us: Annotated[int | None, asn1.Implicit(1)]


@asn1.sequence
class TimeInfo:
    version: int
    policy: ObjectIdentifier
    imprint: Imprint
    serial: int
    time: asn1.GeneralizedTime
    accuracy: Accuracy | None
    ordering: Annotated[bool, asn1.Default(value=False)]
    nonce: int | None
    tsa: Annotated[Many | None, asn1.Implicit(0)]
    more: Annotated[Many | None, asn1.Implicit(1)]


@asn1.sequence
class SignedAttribute:
    oid: ObjectIdentifier
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class Which:
    issuer: Name
    serial: int


@asn1.sequence
class Signer:
    version: int
    which: Which
    digest: Alg
    signed: Annotated[asn1.SetOf[SignedAttribute] | None, asn1.Implicit(0)]
    alg: Alg
    signature: bytes
    unsigned: Annotated[Many | None, asn1.Implicit(1)]


@asn1.sequence
class Inner:
    oid: ObjectIdentifier
    data: Annotated[bytes, asn1.Explicit(0)]


@asn1.sequence
class Cms:
    version: int
    digests: asn1.SetOf[Alg]
    inner: Inner
    certificates: Annotated[list[Certificate] | None, asn1.Implicit(0)]
    crls: Annotated[Many | None, asn1.Implicit(1)]
    signers: asn1.SetOf[Signer]


@asn1.sequence
class Token:
    oid: ObjectIdentifier
    cms: Annotated[Cms, asn1.Explicit(0)]


@asn1.sequence
class Status:
    code: int
    texts: list[str] | None
    failure: asn1.BitString | None


@asn1.sequence
class TimeAnswer:
    status: Status
    token: Token | None


@asn1.sequence
class ByHash:
    alg: Alg | None
    digest: bytes
    issuer: Many | None


@asn1.sequence
class ByHashes:
    some: list[ByHash]
    policies: Many | None


def read_stamp(answer: bytes, stamped: bytes, nonce: int, authorities: Sequence[Certificate]) -> dict[str, Any]:
    """What an answer of a time-stamp authority says of these 32 bytes."""
    try:
        return _read_stamp(answer, stamped, nonce, authorities)
    except (ValueError, DuplicateExtension, InvalidVersion, UnsupportedAlgorithm) as error:
        raise Refused("schema", f"no time-stamp in DER: {error}") from error


def _read_stamp(answer: bytes, stamped: bytes, nonce: int, authorities: Sequence[Certificate]) -> dict[str, Any]:
    found = asn1.decode_der(TimeAnswer, answer)
    need(found.status.code in {0, 1} and found.token, "schema", "not granted")
    assert found.token is not None
    cms = found.token.cms
    kinds = (found.token.oid.dotted_string, cms.inner.oid.dotted_string)
    need(kinds == ("1.2.840.113549.1.7.2", f"{SMIME}.1.4"), "schema", "something else was signed")
    info = asn1.decode_der(TimeInfo, cms.inner.data)
    need(info.version == 1, "unsupported-version", "another version of time-stamps")
    need((info.imprint.alg.oid.dotted_string, info.imprint.digest) == (SHA256, stamped), "mismatch", "of other bytes")
    need(info.nonce == nonce, "mismatch", "the answer to another question")
    signers = cms.signers.as_list()
    need(len(signers) == 1, "schema", "not one signer")
    signer = _time_signer(cms, signers[0])
    time = info.time.as_datetime()
    _may_stamp(signer, time)
    known_one = _vouching(signer, cms.certificates or [], authorities, time) if authorities else None
    s, ms, us = ((getattr(info.accuracy, name, None) or 0) for name in ("s", "ms", "us"))
    need(0 <= s <= 86_400 and 0 <= ms <= 999 and 0 <= us <= 999, "schema", "an accuracy that makes no sense")
    at = int(time.timestamp()) * 1000 + time.microsecond // 1000
    names = {"signer": signer.subject.rfc4514_string(), "authority": known_one}
    return {"time": at, "latest": at + 1000 * s + ms + bool(us)} | names


def _time_signer(cms: Cms, signer: Signer) -> Certificate:
    """The certificate of whoever signed, once his signature holds."""
    digest = signer.digest.oid.dotted_string
    attributes = [] if signer.signed is None else signer.signed.as_list()
    need(signer.signed, "schema", "no signed attributes")
    need(digest in SHA2, "unsupported-suite", "another digest")

    def values(oid: str) -> list[asn1.TLV]:
        return [value for one in attributes if one.oid.dotted_string == oid for value in one.values.as_list()]

    for oid, is_right in (
        ("1.2.840.113549.1.9.3", lambda value: value.parse(ObjectIdentifier) == cms.inner.oid),
        ("1.2.840.113549.1.9.4", lambda value: value.parse(bytes) == _digest(SHA2[digest](), cms.inner.data)),
    ):
        found = values(oid)
        need(len(found) == 1, "schema", "a signed attribute is not there once")
        need(is_right(found[0]), "mismatch", "signed attributes of something else")
    named = [
        ({SHA1: hashes.SHA1, **SHA2}.get(first.alg.oid.dotted_string if first.alg else usual), first.digest)
        for oid, usual in ((f"{SMIME}.2.12", SHA1), (f"{SMIME}.2.47", SHA256)) for value in values(oid)
        for first in value.parse(ByHashes).some[:1]
    ]  # fmt: skip
    need(named, "schema", "nobody is named")
    need(all(kind for kind, _ in named), "unsupported-suite", "named by another digest")
    which = (signer.which.issuer, signer.which.serial)
    alike = [one for one in cms.certificates or [] if (one.issuer, one.serial_number) == which]
    for one in alike:
        if all(one.fingerprint(kind()) == of_ for kind, of_ in named if kind):
            _signed_by(one.public_key(), signer, asn1.encode_der(signer.signed))
            return one
    raise Refused("unknown-key", "the certificate that was signed for is not there")


def _digest(kind: Any, data: bytes) -> bytes:
    whole_ = hashes.Hash(kind)
    whole_.update(data)
    return whole_.finalize()


def _signed_by(key: Any, signer: Signer, data: bytes) -> None:
    kind, number = SIGNED_BY.get(signer.alg.oid.dotted_string, (type(None), None))
    digest = signer.digest.oid.dotted_string
    fits = isinstance(key, kind) and number in {None, int(digest[-1])}
    if isinstance(key, rsa.RSAPublicKey):
        fits, how = fits and key.key_size >= 2048, (padding.PKCS1v15(), SHA2[digest]())
    else:
        fits = fits and getattr(getattr(key, "curve", None), "name", "") in {"secp256r1", "secp384r1", "secp521r1"}
        how = (ec.ECDSA(SHA2[digest]()),)  # type: ignore[assignment]
    need(fits, "unsupported-suite", "a signature of another kind")
    try:
        key.verify(signer.signature, data, *how)
    except InvalidSignature as error:
        raise Refused("bad-signature", "not signed by the key of the certificate") from error


def _may_stamp(signer: Certificate, time: datetime) -> None:
    uses = [one for one in signer.extensions if isinstance(one.value, ExtendedKeyUsage)]
    stamps_only = [one for one in uses if one.critical and list(one.value) == [ExtendedKeyUsageOID.TIME_STAMPING]]
    need(stamps_only, "unknown-key", "a certificate for something else")
    need(signer.not_valid_before_utc <= time <= signer.not_valid_after_utc, "expired", "a certificate of another time")


def _vouching(
    signer: Certificate, others: list[Certificate], authorities: Sequence[Certificate], time: datetime
) -> str:
    """The known authority at the end of the signer's chain."""

    def may_sign(_: Any, __: Any, limits: BasicConstraints) -> None:
        need(limits.ca, "unknown-key", "signed by no authority")

    def signs(_: Any, __: Any, usage: KeyUsage | None) -> None:
        need(usage is None or usage.key_cert_sign, "unknown-key", "signed by a key that may not")

    def stamps(_: Any, __: Any, uses: ExtendedKeyUsage | None) -> None:
        fits = (
            uses is None
            or ExtendedKeyUsageOID.TIME_STAMPING in uses
            or ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in uses
        )
        need(fits, "unknown-key", "signed by an authority for something else")

    some, anyone = chains.ExtensionPolicy.permit_all(), chains.ExtensionPolicy.permit_all()
    some = some.require_present(BasicConstraints, chains.Criticality.CRITICAL, may_sign)
    some = some.may_be_present(KeyUsage, chains.Criticality.AGNOSTIC, signs)
    some = some.may_be_present(ExtendedKeyUsage, chains.Criticality.AGNOSTIC, stamps)
    builder = chains.PolicyBuilder().store(chains.Store(list(authorities))).time(time.replace(tzinfo=None))
    verifier = builder.extension_policies(ca_policy=some, ee_policy=anyone).max_chain_depth(8).build_client_verifier()
    try:
        return verifier.verify(signer, others).chain[-1].subject.rfc4514_string()
    except chains.VerificationError as error:
        raise Refused("unknown-key", "no known authority vouches for the signer") from error


# ---------------------------------------------------------------- section 18: the life of a case

Said = dict[str, Any]
OTHER = {"requester": "requested", "requested": "requester"}
REPLY = {"clarification_request": "clarification_reply", "consent_request": "consent_decision"}


def fact(one: Said, name: str) -> str | None:
    return next((each.partition(":")[2] for each in sorted(one["facts"]) if each.startswith(f"{name}:")), None)


class Seen:
    """The effective messages somebody had seen, and the state they make."""

    def __init__(self, law: dict[str, Any], state: str, said: list[Said], past: dict[str, set[str]]) -> None:
        self.law, self.state, self.said, self.past = law, state, said, past
        self.open = state in law["open"]

    def of_kind(self, *kinds: str) -> list[Said]:
        return [one for one in self.said if one["kind"] in kinds]

    def saw(self, kinds: Iterable[str], mid: str) -> bool:
        """Whether a message of these kinds had seen ``mid``."""
        return any(mid in self.past[one["mid"]] for one in self.of_kind(*kinds))

    def round(self, kind: str, *facts: str) -> list[str]:
        return self.not_over([one["mid"] for one in self.of_kind(kind) if set(facts) <= set(one["facts"])], "ends_work")

    def not_over(self, mids: list[str], ends: str) -> list[str]:
        """Those that had seen everything which ended what they are about."""
        ended = {one["mid"] for one in self.of_kind(*self.law[ends])}
        return [mid for mid in mids if ended <= self.past[mid]]

    def explanations(self) -> list[str]:
        return self.not_over(self.unanswered("clarification_request"), "ends_case")

    def questions(self, *facts: str) -> list[str]:
        asked = self.round("information_request", *facts)
        return [mid for mid in asked if not self.saw(["information_supply"], mid)]

    def unanswered(self, kind: str, by: str | None = None) -> list[str]:
        return [
            asked["mid"]
            for asked in self.of_kind(kind)
            if by in {None, asked["sender"]}
            and not any(
                reply["sender"] != asked["sender"]
                and asked["mid"] in self.past[reply["mid"]]
                and fact(reply, "about") in {None, asked["mid"]}
                for reply in self.of_kind(REPLY[kind])
            )
        ]

    def beside(self) -> dict[str, list[str]]:
        """What runs beside the state, and which messages make it run."""
        runs = {"consent_pending": self.unanswered("consent_request")}
        if self.open:
            declined = self.round("acknowledgement", "urgency_declined")
            runs["information_pending"], runs["delayed"] = self.questions(), self.round("delay_notice")
            runs["urgency_disputed"] = [mid for mid in declined if not self.saw(["priority_change"], mid)]
        if self.open or self.state in {"answered", "refused"}:
            runs["clarification_pending"] = self.explanations()
        return {name: mids for name, mids in runs.items() if mids}

    def owes(self, role: str) -> bool:
        if self.open and (role == "requested" or self.questions()):
            return True
        explains = role == "requested" and "clarification_pending" in self.beside()
        return explains or bool(self.unanswered("consent_request", OTHER[role]))

    def waiting_on(self) -> str | None:
        if self.open:
            return "requester" if self.questions("blocking") else "requested"
        owing = [role for role in OTHER if self.owes(role)]
        return owing[0] if owing else self.law["waiting_on"][self.state]

    def holds(self, when: str, one: Said) -> bool:
        """Whether a condition of the table holds for a message whose sender had seen this."""
        me, about = one["sender"], fact(one, "about")

        def said(kinds: Iterable[str], by: str, *facts: str) -> bool:
            found = [each for each in self.of_kind(*kinds) if each["sender"] == by and set(facts) <= set(each["facts"])]
            return any(about in {None, each["mid"]} for each in found)

        unexplained = self.explanations()
        withdrawn = [each["mid"] for each in self.of_kind("withdrawal")]
        return bool({
            "always": lambda: True,
            "lapsed": lambda: "lapsed" in one["facts"],
            "limited_or_answered": lambda: said(self.law["to_explain"], OTHER[me]),
            "answer_given": lambda: any(each["sender"] == me for each in self.of_kind(*self.law["answers"])),
            "clarification_open": lambda: about in unexplained if about else unexplained,
            "consent_asked": lambda: said(["consent_request"], OTHER[me]),
            "disclosure_announced": lambda: said(["handling_notice"], OTHER[me], "prior_disclosure"),
            "owed": lambda: self.owes(OTHER[me]),
            "unconfirmed": lambda: not any(self.saw(["acknowledgement"], mid) for mid in withdrawn),
        }[when]())  # fmt: skip


def pasts(said: dict[str, Said], root: str | None) -> dict[str, set[str]]:
    """Of every message what it builds on; circles build on nothing of each other."""
    named = {mid: ({root, *one["re"]} & said.keys() if root and mid != root else set()) for mid, one in said.items()}
    reach: dict[str, set[str]] = {}
    for mid, first in named.items():
        found, fresh = set(first), set(first)
        while fresh:
            fresh = set().union(*(named[one] for one in fresh)) - found
            found |= fresh
        reach[mid] = found
    return {mid: {one for one in found if mid not in reach[one]} for mid, found in reach.items()}


def life(law: dict[str, Any], messages: list[Said], opened: Iterable[str], rejected: Iterable[str]) -> dict[str, Any]:
    """The state of a case and all that goes with it, from its messages in any order."""
    cells = {(one["state"], one["kind"], one["sender"]): one for one in law["cells"]}
    said = {one["mid"]: one for one in sorted(messages, key=lambda one: one["mid"]) if one["mid"] not in rejected}
    requests = [mid for mid, one in said.items() if (one["kind"], one["sender"]) == ("trace_request", "requester")]
    root = requests[0] if requests else None
    past = pasts(said, root)
    led: dict[str, tuple[str, str]] = {}
    heard = root in opened or any(one["sender"] == "requested" for one in said.values())
    asked = any(one["kind"] == "trace_request" and one["sender"] == "requester" for one in messages)

    def last(mids: Iterable[str]) -> list[tuple[str, str]]:
        moves = [mid for mid in mids if mid in led and led[mid][0] != led[mid][1]]
        return [led[mid] for mid in moves if not any(mid in past[other] for other in moves)]

    def after(mids: Iterable[str], eyes: str | None) -> str:
        if root is None:
            return "rejected_invalid" if asked else "draft"
        state: str = max((to for _, to in last(mids)), key=law["precedence"].index, default="sent")
        return "delivered" if state == "sent" and (eyes == "requested" or heard) else state

    def seen(mids: Iterable[str], state: str) -> Seen:
        counted = [said[mid] for mid in said if mid in set(mids) and mid in led]
        return Seen(law, state, counted, past)

    for mid in sorted(said, key=lambda mid: (len(past[mid]), mid)):
        one = said[mid]
        state = "draft" if mid == root else after(past[mid], one["sender"])
        cell = cells.get((state, one["kind"], one["sender"]))
        if cell and seen(past[mid], state).holds(cell["when"], one):
            led[mid] = state, cell["leads_to"]
    end = seen(said, after(said, None))
    given = [one for one in end.said if fact(one, "priority")]
    latest = max(given, key=lambda one: (len(past[one["mid"]]), one["mid"]), default=None)
    return {
        "state": end.state, "beside": end.beside(), "waiting_on": end.waiting_on(),
        "effects": {one["mid"]: "effective" if one["mid"] in led else "kept" for one in messages},
        "heads": [mid for mid in said if not any(mid in one for one in past.values())],
        "priority": fact(latest, "priority") if latest else None,
        "late": end.state == "answered" and ("closed", "answered") in last(said),
        "allowed": {role: [kind for kind in law["kinds"] if _may(end, cells, kind, role)] for role in OTHER},
    }  # fmt: skip


def _may(end: Seen, cells: dict[tuple[str, str, str], Any], kind: str, role: str) -> bool:
    cell = cells.get((end.state, kind, role))
    return bool(cell and end.holds(cell["when"], {"sender": role, "facts": []}))


# ---------------------------------------------------------------- section 19: bodies


class Kinds:
    """The kinds of message there are; their bodies by published schema (JSON Schema, as far as those use it)."""

    def __init__(self) -> None:
        self.schemas: dict[str, Any] = {}

    def check(self, urn: str, body: Any) -> None:
        """Refuse what is of no kind, or not of the shape of its kind."""
        need(re.fullmatch("urn:itx:[a-z][a-z-]{0,63}:[1-9][0-9]{0,3}", urn), "schema", "not a type")
        if urn not in self.schemas:
            is_known = f"{urn.rpartition(':')[0]}:1" in self.schemas
            raise Refused("unsupported-version" if is_known else "unsupported-extension", "a kind nobody knows")
        need(isinstance(body, dict), "schema", "not an object")
        schema = self.schemas[urn]["schema"]
        need(fits(body, schema, schema.get("$defs", {})), "schema", "not the body of its kind")


TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict), "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str), "integer": lambda value: type(value) is int,
    "boolean": lambda value: isinstance(value, bool), "null": lambda value: value is None,
}  # fmt: skip


def fits(value: Any, schema: dict[str, Any], defs: dict[str, Any]) -> bool:
    """Whether a value is of a schema."""
    if "$ref" in schema:
        return fits(value, defs[schema["$ref"].rpartition("/")[2]], defs)
    if "anyOf" in schema and not any(fits(value, one, defs) for one in schema["anyOf"]):
        return False
    types = schema.get("type", [])
    if types and not any(TYPES[one](value) for one in ([types] if isinstance(types, str) else types)):
        return False
    if isinstance(value, dict):
        inner = schema.get("properties", {})
        return all(fits(value[name], inner[name], defs) for name in inner.keys() & value.keys())
    if isinstance(value, list) and not all(fits(one, schema.get("items", {}), defs) for one in value):
        return False
    return _within(value, schema)


def _within(value: Any, schema: dict[str, Any]) -> bool:
    """The bounds of a text, a list or a number."""
    if isinstance(value, str):
        return len(value) <= schema.get("maxLength", LARGEST) and bool(re.search(schema.get("pattern", ""), value))
    if isinstance(value, list):
        return len(value) <= int(schema.get("maxItems", LARGEST))
    is_number = type(value) is int
    return not is_number or bool(schema.get("minimum", -LARGEST) <= value <= schema.get("maximum", LARGEST))


def strangers(value: Any, schema: dict[str, Any], defs: dict[str, Any], path: str = "") -> list[str]:
    """The paths of members that a schema does not name."""
    if "$ref" in schema:
        return strangers(value, defs[schema["$ref"].rpartition("/")[2]], defs, path)
    for one in schema.get("anyOf", []):
        if fits(value, one, defs):
            return strangers(value, one, defs, path)
    if isinstance(value, list):
        return [each for at, one in enumerate(value)
                for each in strangers(one, schema.get("items", {}), defs, f"{path}.{at}")]  # fmt: skip
    inner = schema.get("properties")
    if not isinstance(value, dict) or inner is None:
        return []
    start = f"{path}." if path else ""
    found = [f"{start}{name}" for name in value.keys() - inner.keys()]
    return found + [each for name in value.keys() & inner.keys()
                    for each in strangers(value[name], inner[name], defs, f"{start}{name}")]  # fmt: skip


KINDS = Kinds()


# ---------------------------------------------------------------- the vectors

Context = dict[str, Any]


def public_of(alg: str, seed: bytes) -> bytes:
    """The raw public key of a seed, as section 15 says it is made."""
    if alg == "xwing":
        lattice, curve = _xwing(seed)
        return lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    makers: dict[str, Any] = {
        "Ed25519": ed25519.Ed25519PrivateKey.from_private_bytes, "ML-DSA-65": mldsa.MLDSA65PrivateKey.from_seed_bytes,
        "ML-DSA-44": mldsa.MLDSA44PrivateKey.from_seed_bytes,
    }  # fmt: skip
    return bytes(makers[alg](seed).public_key().public_bytes_raw())


def _xwing(seed: bytes) -> tuple[Any, Any]:
    wide = hashlib.shake_256(seed).digest(96)
    lattice = mlkem.MLKEM768PrivateKey.from_seed_bytes(wide[:64])
    return lattice, x25519.X25519PrivateKey.from_private_bytes(wide[64:])


class Ring:
    """The keys of ``keys.json`` by their names there."""

    def __init__(self, named: dict[str, dict[str, str]]) -> None:
        self.seeds = {name: (one["alg"], bytes.fromhex(one["seed"])) for name, one in named.items()}

    def public(self, name: str) -> Key:
        alg, seed = self.seeds[name]
        return alg, public_of(alg, seed)

    def keys(self, names: Iterable[str]) -> dict[str, Key]:
        """By kid."""
        return {thumbprint(*self.public(name)): self.public(name) for name in names}

    def unseal(self, names: Iterable[str], kid: str, info: bytes, ct: bytes) -> bytes:
        """What was sealed to one of these."""
        for name in names:
            if thumbprint(*self.public(name)) == kid:
                private = hpke.MLKEM768X25519PrivateKey(*_xwing(self.seeds[name][1]))
                try:
                    return bytes(SUITE.decrypt(ct, private, info=info))
                except (InvalidTag, ValueError) as error:
                    raise Refused("decrypt-failed", "it does not open", authentic=True) from error
        raise Refused("decrypt-failed", "sealed to another key", authentic=True)


def on_json(given: Any, _: Context, __: Ring) -> Any:
    return dump(read_json(bytes.fromhex(given["hex"]), given.get("max_bytes", 1 << 20))).decode()


def on_padding(given: Any, _: Context, __: Ring) -> Any:
    if "repeat" in given:
        inner = bytes.fromhex(given["repeat"]) * given["times"]
        least = 4 + len(inner)
        sizes = [8192, 16384, 32768, *range(65536, 983_041, 65536)]
        padded = (struct.pack(">I", len(inner)) + inner).ljust(next(size for size in sizes if size >= least), b"\0")
        need(unpad(padded) == inner, "schema", "padding that does not come off")
        return len(padded)
    end = bytes.fromhex(given.get("end", ""))
    return unpad(bytes.fromhex(given["start"]).ljust(given["size"] - len(end), b"\0") + end).hex()


def on_jws(given: Any, context: Context, ring: Ring) -> Any:
    signed = Signed(given, context["typ"], most=4, limit=1 << 20)
    signed.verify(ring.keys(context["stmt"]))
    return {"payload": signed.payload.decode(), "algs": signed.algs}


def on_statement(given: Any, _: Context, __: Ring) -> Any:
    data = dump(given)
    unknown = {name: value for name, value in read_statement(data).items() if name not in _STATEMENT_MEMBERS}
    return {"unknown": unknown} if unknown else {"st": sha(data)}


_STATEMENT_MEMBERS = {*HEAD, "crit", "type", "mid", "iat", "thread", "re", "due", "hand", "body", "att"}


def on_envelope(given: Any, context: Context, ring: Ring) -> Any:
    signed, outer, ct = authenticate(given, context["me"], context["net"], ring.keys(context["env"]))
    info = context_of(outer)
    inner = unpad(ring.unseal(context["kem"], outer["kem"]["kid"], info, ct))
    said, _, _ = opened(inner, outer, ring.keys(context["stmt"]), context["requires"])
    return {"env": signed.digest, "info": info.hex(), "inner": inner.decode(), "st": said.digest}


def opened(*given: Any) -> tuple[Signed, dict[str, Any], dict[str, Any]]:
    """``open_inner`` of what was authentic outside: its refusals may be signed."""
    try:
        return open_inner(*given)
    except Refused as error:
        error.authentic = True
        raise


def on_inner(given: Any, context: Context, ring: Ring) -> Any:
    outer = {"att": [], **context["manifest"], "stc": given["stc"]}
    signed, said, _ = opened(given["inner"].encode(), outer, ring.keys(context["stmt"]), context["requires"])
    return {"type": said["type"], "st": signed.digest}


def on_receipt(given: Any, context: Context, ring: Ring) -> Any:
    found = read_receipt(given, context["me"], context["net"], ring.keys(context["rcpt"]))
    return {"stage": found["stage"], "retry": found["retry"]}


def on_hello(given: Any, context: Context, ring: Ring) -> Any:
    found = read_hello(given, context["me"], context["net"], ring.keys(context["rcpt"]))
    return {"from": found["from"], "at": found["at"]} | ({"want": found["want"]} if "want" in found else {})


def on_bundle(given: Any, context: Context, ring: Ring) -> Any:
    found = read_index(given, context["me"], context["net"], ring.keys(context["rcpt"]))
    return {"members": [one["name"] for one in found["members"]]}


def on_attachment(given: Any, _: Context, __: Ring) -> Any:
    if given["what"] == "length":
        return sealed_size(given["len"])
    if given["what"] == "stream":
        plain = open_stream(unbase64(given["sealed"]), unbase64(given["key"], 32), given["net"])
        return {"sha256": sha(plain)}
    many(members(BLOB | {"disclosure": digest}), 64)(given["att"])
    return attachments(given["att"], given["disclosures"])


def on_tree(given: Any, _: Context, __: Ring) -> Any:
    if given["what"] == "root":
        return root_of([leaf(bytes([at])) for at in range(given["leaves"])]).hex()
    proof = [bytes.fromhex(step) for step in given["proof"]]
    if given["what"] == "inclusion":
        one, root = bytes.fromhex(given["leaf"]), bytes.fromhex(given["root"])
        check_included(one, given["index"], given["size"], proof, root)
    else:
        roots = bytes.fromhex(given["old_root"]), bytes.fromhex(given["new_root"])
        check_begins(given["old"], given["new"], proof, *roots)
    return True


def on_checkpoint(given: Any, context: Context, ring: Ring) -> Any:
    known = [
        (name.partition(" ")[0], 6 if name.endswith("pq") else kind, ring.public(name)[1])
        for who, kind in (("log", 1), ("witness", 4))
        for name in context[who]
    ]
    return read_checkpoint(given, known)


def on_witness(given: Any, context: Context, ring: Ring) -> Any:
    log = [(name.partition(" ")[0], 6 if name.endswith("pq") else 1, ring.public(name)[1]) for name in context["log"]]
    return judge_offer(given["held"], given["offer"], log)


def on_proof(given: Any, context: Context, _: Ring) -> Any:
    if "of" not in given:
        return prove(dump(given["proof"]), given["pins"])
    (whole,) = [one["in"]["proof"] for one in context["vectors"] if one["name"] == given["of"]]
    file = json.loads(json.dumps(whole))
    for path, value in given["put"]:
        _place(file, path[:-1])[path[-1]] = value
    for path in given["take"]:
        del _place(file, path[:-1])[path[-1]]
    return prove(dump(file), given["pins"])


def _place(whole: Any, path: Iterable[Any]) -> Any:
    for one in path:
        whole = whole[one]
    return whole


def on_card(given: Any, context: Context, _: Ring) -> Any:
    name = context["authority"]
    try:
        keyset = known(1, context["card"] | given["card"], name, context["net"], {name: given["pin"]})
    except Unproved as error:
        raise Refused("invalid", str(error)) from error
    return {"ver": keyset.says["ver"], "sha256": keyset.digest}


def on_lifecycle(given: Any, context: Context, _: Ring) -> Any:
    found = [life(context["law"], order, given["opened"], given["rejected"]) for order in _orders(given["messages"])]
    need(all(one == found[0] for one in found), "invalid", "the order of arrival changes something")
    return found[0]


def _orders(messages: list[Any]) -> list[list[Any]]:
    return [messages, messages[::-1], messages[1::2] + messages[::2]]


def on_message(given: Any, _: Context, __: Ring) -> Any:
    KINDS.check(given["type"], given["body"])
    schema = KINDS.schemas[given["type"]]["schema"]
    return {"unknown": sorted(strangers(given["body"], schema, schema.get("$defs", {})))}


READERS: dict[str, Callable[[Any, Context, Ring], Any]] = {
    "base64url": lambda given, _, __: unbase64(given).hex(),
    "json": on_json,
    "jws": on_jws,
    "elements": lambda given, _, __: join(given["disclosures"], given["digests"]),
    "statement": on_statement,
    "padding": on_padding,
    "envelope": on_envelope,
    "inner": on_inner,
    "receipt": on_receipt,
    "hello": on_hello,
    "bundle": on_bundle,
    "attachment": on_attachment,
    "tree": on_tree,
    "checkpoint": on_checkpoint,
    "witness": on_witness,
    "proof": on_proof,
    "cards": on_card,
    "lifecycle": on_lifecycle,
    "messages": on_message,
}
TOLD = {"lacks"}  # what a person is to ask: of the vectors, not judged here


def outcome(name: str, given: Any, context: Context, ring: Ring) -> dict[str, Any]:
    """What a vector comes to, in the words of its file."""
    try:
        return {"out": READERS[name](given, context, ring)}
    except Unproved as failed:
        return {"step": failed.step, "code": failed.code}
    except Refused as error:
        return {"code": error.code} | ({"authentic": True} if error.authentic else {})


def check_vectors(folders: Iterable[Path]) -> Iterator[tuple[str, str, dict[str, Any], bool]]:
    """(file, vector, outcome, whether the file says the same) of every vector in these folders."""
    files = {path.stem: json.loads(path.read_bytes()) for folder in folders for path in sorted(folder.glob("*.json"))}
    ring = Ring(files["keys"])
    KINDS.schemas = files.get("kinds", {"urn:itx:trace-request:1": {"schema": {}}})
    for name in sorted(files.keys() & READERS.keys()):
        document = files[name]
        context = {"vectors": document["vectors"], "law": files.get("lifecycle_table")} | document.get("context", {})
        for vector in document["vectors"]:
            found = outcome(name, vector["in"], context, ring)
            says = {key: vector[key] for key in vector.keys() - {"name", "in", *TOLD}}
            yield name, vector["name"], found, found == says


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def say_vectors(folders: Iterable[Path]) -> int:
    """Print a line for each vector; how many do not agree."""
    count = wrong = 0
    for name, vector, found, agrees in check_vectors(folders):
        said = "accepted" if "out" in found else found["code"]
        say(f"{name}: {vector}: {said}{'' if agrees else ' - NOT what the file says'}")
        count, wrong = count + 1, wrong + (not agrees)
    say(f"{count} vectors, {wrong} disagree")
    return wrong


def say_proof(file: Path, pins: dict[str, str], judge: Callable[[bytes, dict[str, str]], dict[str, Any]]) -> int:
    """Print what a file proves, or the step that failed."""
    try:
        found = judge(file.read_bytes(), {name: re.sub(r"[\s:-]", "", pin).lower() for name, pin in pins.items()})
    except Unproved as failed:
        say(json.dumps({"proved": False, "step": failed.step, "code": failed.code, "why": str(failed)}))
        return 3
    say(json.dumps({"proved": True} | found, indent=1, ensure_ascii=False))
    return 0


def say_evidence(file: Path, pins: dict[str, str], ca: Path | None) -> int:
    """Print what a file proves, or what failed first."""
    authorities = [] if ca is None else load_pem_x509_certificates(ca.read_bytes())
    known_roots = {name: re.sub(r"[\s:-]", "", pin).lower() for name, pin in pins.items()}
    try:
        with file.open("rb") as source:
            found = Evidence(source, known_roots, authorities).run()
    except Broken as failed:
        said = {"line": failed.line, "of": failed.of, "piece": failed.piece, "code": failed.code, "why": str(failed)}
        say(json.dumps({"proved": False} | said))
        return 3
    if found["stamp"]:
        found["stamp"]["says"] = in_words(found["stamp"])
    say(json.dumps({"proved": True} | found, indent=1, ensure_ascii=False))
    return 0


def in_words(stamp: dict[str, Any]) -> str:
    """What a time-stamp proves."""
    by, at = stamp["authority"], datetime.fromtimestamp(-(-stamp["latest"] // 1000), UTC).isoformat()
    rests = f"for whom {by} vouches, which you named" if by else "for whom nobody known vouches: name the authority"
    return f"This history existed no later than {at}, says {stamp['signer']}, {rests}"


def main(argv: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("vectors", help="check every vector").add_argument("folders", nargs="+", type=Path)
    for verb, about in (
        ("proof", "check a proof of elements"), ("log", "check a proof that a log told two histories"),
        ("evidence", "check the evidence of a case"),
    ):  # fmt: skip
        of_file = verbs.add_parser(verb, help=about)
        of_file.add_argument("file", type=Path)
        of_file.add_argument("--pin", action="append", default=[], metavar="AUTHORITY=DIGEST", help="of its first root")
        if verb == "evidence":
            of_file.add_argument("--timestamp-ca", type=Path, metavar="FILE", help="who vouches for its time-stamp")
    given = parser.parse_args(argv)
    try:
        if given.verb != "vectors":
            pins = dict(pin.split("=", 1) for pin in given.pin)
            judge = prove if given.verb == "proof" else two_histories
            return say_proof(given.file, pins, judge) if given.verb != "evidence" else (
                say_evidence(given.file, pins, given.timestamp_ca))  # fmt: skip
        return 3 if say_vectors(given.folders) else 0
    except (OSError, KeyError, ValueError) as error:
        sys.stderr.write(f"cannot be read: {error!r}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
