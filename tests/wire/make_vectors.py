"""Makes the vectors of the wire: ``python -m tests.wire.make_vectors`` writes ``tests/wire/vectors/*.json``.

Each document is {about, section, context, vectors}; a vector has a ``name``, ``in``, and either ``out`` or the ``code``
of its refusal (``authentic`` where the refusal may be signed). ``context`` is what its reader knows beside the vector:
who it is, and which keys of which use, by their names in ``keys.json``. Seeds are fixed: the same documents come out
each time.
"""

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from keys.algorithms import signing_key
from protocol import (
    attachments,
    base64url,
    bundle,
    checkpoint,
    elements,
    envelope,
    hello,
    jws,
    merkle,
    padding,
    receipts,
    statement,
    strictjson,
    witness,
)
from protocol.checkpoint import Checkpoint, NoteKey
from tests.wire import cast
from tests.wire.hedged import Kept, KeptSigner
from tests.wire.keyring import grains, seed
from tests.wire.proof_vectors import proof_vectors

FOLDER = Path(__file__).parent / "vectors"
KEPT = "hedged.json"
Vector = dict[str, Any]

ELEMENTS: dict[str, Any] = {
    "weapon": {
        "class": "small_arm", "type": "pistol_self_loading", "make": "Glock", "model": "17", "calibre": "9x19 mm",
        "country_of_manufacture": "AUT", "serial": {"text": "ABC123", "status": "original", "component": "frame"},
    },
    "found": {"mode": "seized", "date": "2025-12-01", "place": "Mombasa", "restrictions": []},
    "markings": [{"kind": "import_mark", "text": "BRA 2016", "component": "frame", "status": "original"}],
    "priority": "routine",
    "restrictions": ["no_onward_without_consent"],
}  # fmt: skip
SINGLES, LISTS = ("weapon", "found"), ("markings",)


class Request:
    """A tracing request as its elements: what ``statement.compose`` takes."""

    TYPE, SINGLES, LISTS = "urn:itx:trace-request:1", SINGLES, LISTS

    @staticmethod
    def to_elements() -> dict[str, Any]:
        return ELEMENTS


def good(name: str, given: Any, out: Any) -> Vector:
    return {"name": name, "in": given, "out": out}


def bad(name: str, given: Any, code: str, *, authentic: bool = False) -> Vector:
    return {"name": name, "in": given, "code": code} | ({"authentic": True} if authentic else {})


# ---------------------------------------------------------------- the smallest pieces


def base64url_vectors() -> Iterator[Vector]:
    for data in (b"", b"\0", b"\0\xff", b"\0\xff\x10", bytes(range(256))):
        yield good(f"{len(data)} bytes", base64url.encode(data), data.hex())
    for name, text in {
        "padding": "AA==", "stray bits, two signs": "AB", "stray bits, three signs": "AAB",
        "impossible length": "AAAAA",
        "standard alphabet": "+/+/", "white space": "AA\n", "not ASCII": "AAé",
    }.items():  # fmt: skip
        yield bad(name, text, "schema")


def json_vectors() -> Iterator[Vector]:
    for name, text, canonical in (
        ("members are sorted", '{"b":1, "a":[true,null]}', '{"a":[true,null],"b":1}'),
        ("escapes become characters", r'"\u00e9\/\u0041\ud83d\ude02"', '"é/A\N{FACE WITH TEARS OF JOY}"'),
        ("control characters stay escaped", r'"\u0000\n\u001f\""', r'"\u0000\n\u001f\""'),
        ("minus zero is zero", "-0", "0"),
        ("the largest integers", "[9007199254740991,-9007199254740991]", "[9007199254740991,-9007199254740991]"),
        ("32 deep", "[" * 32 + "]" * 32, "[" * 32 + "]" * 32),
    ):
        yield good(name, {"hex": text.encode().hex()}, canonical)
    for name, data in {
        "duplicate member": b'{"a":1,"a":1}', "duplicate member, escaped and deep": b'[{"a":1,"\\u0061":2}]',
        "float": b"1.0", "exponent": b"1e2", "NaN": b"NaN", "too large an integer": b"9007199254740992",
        "5,000 digits": b"1" * 5000, "lone surrogate": b'"\\ud800"', "lone surrogate in a name": b'{"\\udfff":1}',
        "surrogate in UTF-8": b'"\xed\xa0\x80"', "overlong UTF-8": b'"\xc0\xaf"', "byte order mark": b"\xef\xbb\xbf1",
        "trailing data": b"{}{}", "33 deep": b"[" * 33 + b"]" * 33, "raw control character": b'"\n"',
        "name beyond ASCII": '{"é":1}'.encode(), "nothing": b"",
    }.items():  # fmt: skip
        yield bad(name, {"hex": data.hex()}, "schema")
    yield bad("over its limit", {"hex": b'"aaaaaaaaa"'.hex(), "max_bytes": 10}, "too-large")


def padding_vectors() -> Iterator[Vector]:
    for length in (0, 8188, 8189, 32765, 65533, padding.MAX_PADDED - 4):
        yield good(f"{length} bytes of x", {"repeat": "78", "times": length}, len(padding.pad(b"x" * length)))
    start, size = padding.pad(b"inner")[:9].hex(), 8192
    for name, given in {
        "one byte short": {"start": start, "size": size - 1}, "a size too large": {"start": start, "size": 16384},
        "not a zero": {"start": start, "size": size, "end": "01"},
        "length beyond the end": {"start": "00002000", "size": size},
        "nothing": {"start": "", "size": 0},
    }.items():  # fmt: skip
        yield bad(name, given, "schema")


# ---------------------------------------------------------------- signed objects


def jws_vectors(kept: Kept) -> Iterator[Vector]:
    ed, pq = cast.SENDER.stmt[0], KeptSigner(cast.SENDER.stmt[1], kept)
    both = jws.sign(b"payload", statement.TYP, [ed, pq])
    first, second = both["signatures"]
    yield good("classical and post-quantum", both, {"payload": "payload", "algs": ["Ed25519", "ML-DSA-65"]})
    yield good("one signature", both | {"signatures": [first]}, {"payload": "payload", "algs": ["Ed25519"]})

    def header(**changed: Any) -> Vector:
        text = strictjson.dump({"alg": "Ed25519", "kid": ed.kid, "typ": statement.TYP} | changed)
        return both | {"signatures": [first | {"protected": base64url.encode(text)}]}

    yield bad("signed for another slot", jws.sign(b"payload", receipts.TYP, [ed]), "schema")
    yield bad("the same key twice", both | {"signatures": [first, first]}, "schema")
    yield bad("no signature", both | {"signatures": []}, "schema")
    yield bad("an unprotected header", both | {"signatures": [first | {"header": {}}]}, "schema")
    yield bad("another member", both | {"header": {}}, "schema")
    yield bad("crit in the header", header(crit=["b64"]), "schema")
    yield bad("alg none", header(alg="none"), "unsupported-suite")
    yield bad("alg HS256", header(alg="HS256"), "unsupported-suite")
    yield bad("alg of another key type", header(alg="ES256"), "bad-signature")
    yield bad("a stranger's kid", header(kid="A" * 43), "unknown-key")
    yield bad("another payload", both | {"payload": base64url.encode(b"Payload")}, "bad-signature")
    yield bad("a signature cut", both | {"signatures": [first | {"signature": "AAAA"}]}, "bad-signature")
    yield bad("one of two fails", both | {"signatures": [first, second | {"signature": "A" * 4412}]}, "bad-signature")


def element_vectors() -> Iterator[Vector]:
    parts = elements.split(ELEMENTS, SINGLES, LISTS, grains())
    texts, digests = [part.text for part in parts], [part.digest for part in parts]
    yield good("the whole", {"disclosures": texts, "digests": digests}, ELEMENTS)
    yield bad("one missing", {"disclosures": texts[1:], "digests": digests}, "mismatch")
    yield bad("out of order", {"disclosures": texts[::-1], "digests": digests}, "mismatch")
    yield bad("one twice", {"disclosures": [*texts, texts[0]], "digests": digests}, "mismatch")
    yield bad("no rest", {"disclosures": texts[:1], "digests": digests[:1]}, "schema")
    for name, spelled in {
        "salt too short": ["AAAA", "rest", {}, []], "name that is none": ["A" * 22, "a.b.c", {}, []],
        "restrictions inside the value": ["A" * 22, "weapon", {"restrictions": []}, []],
        "restrictions no list": ["A" * 22, "rest", {}, None], "three parts": ["A" * 22, "rest", {}],
    }.items():  # fmt: skip
        text = base64url.encode(strictjson.dump(spelled))
        yield bad(name, {"disclosures": [text], "digests": []}, "schema")


def composed(**changed: Any) -> statement.Composed:
    parts: dict[str, Any] = {
        "net": cast.NET, "mid": cast.MID, "sender": cast.KE, "to": cast.AT, "iat": cast.IAT, "thread": cast.CASE,
        "re": (), "due": None, "hand": (), "salt": grains(),
    } | changed  # fmt: skip
    return statement.compose(Request, **parts)


def statement_vectors() -> Iterator[Vector]:
    made = composed(re=[f"ke:{cast.uuid7(9)}", f"at:{cast.uuid7(5)}"], due=cast.IAT + 1)
    members = strictjson.load(made.payload, 1 << 20)
    yield good("a statement", members, {"st": made.digest})
    yield good("an unknown member", members | {"news": 1}, {"unknown": {"news": 1}})
    for name, changed in {
        "re out of order": {"re": members["re"][::-1]}, "re twice": {"re": members["re"][:1] * 2},
        "a body in clear": {"body": members["body"] | {"weapon": {}}}, "no elements": {"body": {"elements": []}},
        "thread that is none": {"thread": "ke"}, "type that is none": {"type": "trace"},
        "mid that is none": {"mid": "ke:1"},
        "net that is none": {"net": "lab"}, "time as text": {"iat": "1"},
    }.items():  # fmt: skip
        yield bad(name, members | changed, "schema")
    yield bad("another major version", {"v": 2}, "unsupported-version")


# ---------------------------------------------------------------- envelopes


def signed_inner(kept: Kept, made: statement.Composed, members: dict[str, Any] | None = None) -> bytes:
    payload = made.payload if members is None else strictjson.dump(members)
    signers = [cast.SENDER.stmt[0], KeptSigner(cast.SENDER.stmt[1], kept)]
    return envelope.inner_bytes(made, jws.sign(payload, statement.TYP, signers))


def envelope_vectors(kept: Kept) -> Iterator[Vector]:
    """The one that opens is whole; what is refused before opening carries 32 bytes in the place of a ciphertext."""
    inside = signed_inner(kept, composed())
    info = envelope.info(cast.NET, cast.MID, cast.KE, cast.AT, cast.RECIPIENT.kem.kid)
    ct = kept.seal(cast.RECIPIENT.kem, info, envelope.pad(inside))
    item = cast.outer(cast.manifest_members(ct, envelope.Inner.read(inside).stc), ct)
    taken = envelope.parse(item)
    yield good("a tracing request", item, {
        "env": taken.digest, "info": info.hex(), "inner": inside.decode(), "st": composed().digest,
    })  # fmt: skip
    stub = bytes(32)
    members = cast.manifest_members(stub, "0" * 64)
    yield from refused_before_authentic(members, stub)
    for name, (changed, code) in {
        "another version": ({"v": 2}, "unsupported-version"), "crit": ({"crit": ["postcard"]}, "unsupported-extension"),
        "another network": ({"net": "real"}, "wrong-network"), "another recipient": ({"to": "br"}, "wrong-recipient"),
        "id of another": ({"mid": f"br:{cast.uuid7(1)}"}, "mismatch"), "another sender": ({"from": "br"}, "mismatch"),
        "another class": ({"cls": "tombstone"}, "unsupported-extension"),
        "another suite": ({"kem": {"suite": "kyber", "kid": "A" * 43}}, "unsupported-suite"),
    }.items():  # fmt: skip
        yield bad(name, cast.outer(members | changed, stub), code, authentic=True)


def refused_before_authentic(members: dict[str, Any], stub: bytes) -> Iterator[Vector]:
    item = cast.outer(members, stub)
    yield bad("other sealed bytes", item | {"ct": base64url.encode(b"\1" + stub[1:])}, "mismatch")
    yield bad("sealed bytes cut", item | {"ct": base64url.encode(stub[1:])}, "mismatch")
    yield bad("signature of another", cast.outer(members, stub, cast.SENDER.rcpt), "unknown-key")
    yield bad("no sealed bytes", {name: item[name] for name in ("payload", "signatures")}, "schema")
    yield bad("stray bits in the sealed bytes", item | {"ct": item["ct"][:-1] + "B"}, "schema")
    yield bad("a priority that is none", cast.outer(members | {"prio": "high"}, stub), "schema")
    yield bad("seq 0", cast.outer(members | {"seq": 0}, stub), "schema")
    yield bad("another major version of another shape", cast.outer({"v": 2}, stub), "unsupported-version")
    yield bad("a manifest over 32 KiB", cast.outer(members | {"news": "x" * 33_000}, stub), "too-large")


def inner_vectors(kept: Kept) -> Iterator[Vector]:
    """What an envelope's plaintext holds, unpadded, with the ``stc`` of its manifest."""
    made = composed()
    inside = signed_inner(kept, made)
    parts, stc = strictjson.load(inside, 1 << 20), envelope.Inner.read(inside).stc
    members = strictjson.load(made.payload, 1 << 20)

    def around(**changed: Any) -> dict[str, Any]:
        text = strictjson.dump(parts | changed)
        return {"inner": text.decode(), "stc": envelope.Inner.read(text).stc}

    yield good(
        "a tracing request", {"inner": inside.decode(), "stc": stc}, {"type": members["type"], "st": made.digest}
    )
    yield bad("another salt", {"inner": around(salt="A" * 43)["inner"], "stc": stc}, "mismatch", authentic=True)
    one = parts["statement"] | {"signatures": parts["statement"]["signatures"][:1]}
    yield bad("one signature only", around(statement=one), "bad-signature", authentic=True)
    yield bad("a disclosure missing", around(disclosures=parts["disclosures"][1:]), "mismatch", authentic=True)
    for name, (changed, code) in {
        "addressed to another": ({"to": "br"}, "mismatch"), "said by another": ({"from": "br"}, "mismatch"),
        "another id": ({"mid": f"ke:{cast.uuid7(8)}"}, "mismatch"), "another network": ({"net": "real"}, "mismatch"),
        "another version": ({"v": 2}, "unsupported-version"), "crit": ({"crit": ["x"]}, "unsupported-extension"),
        "another version of the kind": ({"type": "urn:itx:trace-request:2"}, "unsupported-version"),
        "another kind": ({"type": "urn:itx:poem:1"}, "unsupported-extension"),
    }.items():  # fmt: skip
        text = signed_inner(kept, made, members | changed)
        yield bad(name, {"inner": text.decode(), "stc": envelope.Inner.read(text).stc}, code, authentic=True)


# ---------------------------------------------------------------- receipts and hellos


def receipt_vectors() -> Iterator[Vector]:
    for stage, more in {
        "accepted": {}, "opened": {"st": "b" * 64}, "rejected": {"code": "unknown-key"},
    }.items():  # fmt: skip
        made = receipts.build(**cast.receipt_parts(stage=stage, **more))
        yield good(stage, receipts.issue(made, cast.RECIPIENT.rcpt), {"stage": stage, "retry": made.retry})
    for name, (changed, code) in {
        "accepted with a code": ({"code": "policy", "retry": "never"}, "schema"),
        "rejected without a code": ({"stage": "rejected"}, "schema"),
        "opened without st": ({"stage": "opened"}, "schema"),
        "a code that is none": ({"stage": "rejected", "code": "weather", "retry": "never"}, "schema"),
        "ranges that overlap": ({"sack": {"hi": 9, "missing": [[2, 4], [4, 5]]}}, "schema"),
        "a range above hi": ({"sack": {"hi": 9, "missing": [[9, 9]]}}, "schema"),
        "another version": ({"v": 2}, "unsupported-version"), "another network": ({"net": "real"}, "wrong-network"),
        "another reader": ({"to": "br"}, "wrong-recipient"),
        "id of another": ({"rid": f"br:{cast.uuid7(2)}"}, "mismatch"),
        "about another's message": ({"for": {"mid": f"br:{cast.uuid7(1)}", "env": "a" * 64}}, "mismatch"),
    }.items():  # fmt: skip
        yield bad(name, cast.receipt_item(cast.receipt_members(**changed)), code)
    yield bad("signed by another", cast.receipt_item(cast.receipt_members(), cast.RECIPIENT.env), "unknown-key")


def hello_vectors() -> Iterator[Vector]:
    signer = cast.RECIPIENT.rcpt
    item = hello.say(net=cast.NET, sender=cast.AT, to=cast.KE, at=cast.IAT, nonce=bytes(16), signer=signer)
    members = strictjson.load(base64url.decode(item["payload"]), 1 << 16)
    yield good("a hello", item, {"from": cast.AT, "at": cast.IAT})
    asking = hello.say(
        net=cast.NET, sender=cast.AT, to=cast.KE, at=cast.IAT, nonce=bytes(16), signer=signer, want=["1" * 64]
    )
    yield good("a hello that asks", asking, {"from": cast.AT, "at": cast.IAT, "want": ["1" * 64]})
    telling = hello.say(
        net=cast.NET, sender=cast.AT, to=cast.KE, at=cast.IAT, nonce=bytes(16), signer=signer, ks=(7, "2" * 64)
    )
    yield good("a hello that tells of a keyset", telling, {"from": cast.AT, "at": cast.IAT})
    running = hello.say(
        net=cast.NET, sender=cast.AT, to=cast.KE, at=cast.IAT, nonce=bytes(16), signer=signer, run="3" * 32,
        also="4" * 32
    )  # fmt: skip
    yield good("a hello that names its run and another", running, {"from": cast.AT, "at": cast.IAT})
    yield good("a hello that says what it has", _asking(signer), {"from": cast.AT, "at": cast.IAT})
    yield good("a hello of numbers used twice", _asking_for_more(signer), {"from": cast.AT, "at": cast.IAT})
    holds = {"seq": 9, "rid": None, "ks": None, "back": 0, "lost": 0}
    for name, (changed, code) in {
        "knowing less than nothing": ({"knows": {"seq": -1, "rid": None, "ks": None, "back": 0, "lost": 0}}, "schema"),
        "naming no message used twice": ({"knows": holds | {"twice": []}}, "schema"),
        "naming a message without its number": ({"knows": holds | {"twice": [[cast.MID]]}}, "schema"),
        "naming too many at once": ({"knows": holds | {"twice": [[1, cast.MID]] * 17}}, "schema"),
        "another network": ({"net": "real"}, "wrong-network"), "another listener": ({"to": "br"}, "wrong-recipient"),
        "a short nonce": ({"nonce": "AAAA"}, "schema"),
        "asking for nothing": ({"want": []}, "schema"),
        "a run that is none": ({"run": "A" * 32}, "schema"),
        "another run that is none": ({"also": "4" * 31}, "schema"),
        "a keyset without a version": ({"ks": {"sha256": "2" * 64}}, "schema"),
        "another version": ({"v": 2}, "unsupported-version"),
    }.items():  # fmt: skip
        yield bad(name, jws.sign(strictjson.dump(members | changed), hello.TYP, [signer]), code)


def bundle_vectors() -> Iterator[Vector]:
    def made(**changed: Any) -> dict[str, Any]:
        return jws.sign(strictjson.dump(INDEX | changed), bundle.TYP, [cast.RECIPIENT.rcpt])

    names = [one["name"] for one in INDEX["members"]]
    yield good("an index", made(), {"members": names})
    yield good("an index of nothing", made(members=[]), {"members": []})
    yield good("an index with later members", made(note="x"), {"members": names})
    for name, (changed, code) in INDEX_REFUSED.items():
        yield bad(name, made(**changed), code)
    for name, (changed, code) in MEMBER_REFUSED.items():
        yield bad(name, made(members=[INDEX["members"][0] | changed]), code)
    yield bad("a member twice", made(members=INDEX["members"][:1] * 2), "schema")
    yield bad("of another slot", jws.sign(strictjson.dump(INDEX), hello.TYP, [cast.RECIPIENT.rcpt]), "schema")
    yield bad("signed by another", jws.sign(strictjson.dump(INDEX), bundle.TYP, [cast.RECIPIENT.env]), "unknown-key")


_BLOB = "5" * 64
INDEX: dict[str, Any] = {
    "v": 1, "net": cast.NET, "crit": [], "from": cast.AT, "to": cast.KE, "id": f"{cast.AT}:{cast.uuid7(9)}",
    "iat": cast.IAT, "part": 1, "of": 2, "ks": {"ver": 7, "sha256": "2" * 64}, "taken": [f"{cast.KE}:{cast.uuid7(8)}"],
    "landed": ["3" * 64], "want": ["4" * 64],
    "members": [
        {"name": "posts/000001.json", "len": 14000, "sha256": "1" * 64},
        {"name": f"blobs/{_BLOB}", "len": 3000, "sha256": _BLOB},
        {"name": f"blobs/{'6' * 64}.0", "len": 1 << 20, "sha256": "7" * 64, "whole": (1 << 20) + 5},
        {"name": f"blobs/{'6' * 64}.1", "len": 5, "sha256": "8" * 64, "whole": (1 << 20) + 5},
    ],
}  # fmt: skip
INDEX_REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "another version": ({"v": 2}, "unsupported-version"), "crit": ({"crit": ["x"]}, "unsupported-extension"),
    "another network": ({"net": "real"}, "wrong-network"), "another reader": ({"to": "br"}, "wrong-recipient"),
    "id of another": ({"id": f"br:{cast.uuid7(9)}"}, "mismatch"), "no id": ({"id": "at:9"}, "schema"),
    "a part of fewer": ({"part": 3}, "schema"), "part 0": ({"part": 0}, "schema"),
    "a receipt that is none": ({"taken": ["x"]}, "schema"), "a digest that is none": ({"landed": ["x"]}, "schema"),
    "asking for no digest": ({"want": ["x"]}, "schema"), "no keyset": ({"ks": None}, "schema"),
    "more than a disc": (
        {"members": [{"name": f"blobs/{n:064}", "len": 268_000_000, "sha256": f"{n:064}"} for n in range(8)]},
        "schema",
    ),
}  # fmt: skip
MEMBER_REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a path that climbs": ({"name": "posts/../000001.json"}, "schema"),
    "a path from the root": ({"name": "/posts/000001.json"}, "schema"),
    "a post without its number": ({"name": "posts/1.json"}, "schema"),
    "a post of more than is posted": ({"len": (8 << 20) + 1}, "schema"),
    "a post that is a piece": ({"whole": 14000}, "schema"),
    "an empty member": ({"len": 0}, "schema"),
    "an attachment under another digest": ({"name": f"blobs/{_BLOB}"}, "schema"),
    "a piece without the whole": ({"name": f"blobs/{_BLOB}.0"}, "schema"),
    "a whole that is called a piece": ({"name": f"blobs/{_BLOB}", "sha256": _BLOB, "whole": 14000}, "schema"),
    "a piece of another length": ({"name": f"blobs/{_BLOB}.0", "whole": 14001}, "schema"),
    "a piece behind the end": ({"name": f"blobs/{_BLOB}.1", "whole": 14000}, "schema"),
    "a piece with a zero before it": ({"name": f"blobs/{_BLOB}.00", "whole": 14000}, "schema"),
}


def _asking_for_more(signer: jws.Signer) -> dict[str, Any]:
    """Of a node of which a copy ran: how far it has what was said under numbers used twice."""
    after = {"seq": 5, "mid": cast.MID, "rid": cast.RID}
    have = hello.Have.model_validate(
        {"seq": 7, "rid": cast.RID, "sack": None, "after": after, "unsure": [[7, cast.MID]]}
    )
    knows = hello.Knows.model_validate(
        {"seq": 9, "rid": None, "ks": None, "back": 3, "lost": 0, "twice": [[6, cast.MID], [7, cast.MID]]}
    )
    return hello.say(
        net=cast.NET, sender=cast.AT, to=cast.KE, at=cast.IAT, nonce=bytes(16), signer=signer, have=have, knows=knows
    )


def _asking(signer: jws.Signer) -> dict[str, Any]:
    """Of a node that may have come back from an older copy; as an answer it would say what it knows as well."""
    have = hello.Have.model_validate({"seq": 7, "rid": cast.RID, "sack": {"hi": 9, "missing": [[2, 3]]}})
    knows = hello.Knows.model_validate(
        {"seq": 9, "rid": cast.RID, "ks": {"ver": 2, "sha256": "2" * 64}, "back": 3, "lost": 1}
    )
    return hello.say(
        net=cast.NET, sender=cast.AT, to=cast.KE, at=cast.IAT, nonce=bytes(16), signer=signer, have=have, knows=knows
    )


# ---------------------------------------------------------------- attachments

PLAIN_BYTES = b"a photograph of the frame, left side"


def pictured(sealed: bytes, **changed: Any) -> attachments.Attachment:
    """An attachment of the vectors."""
    parts: dict[str, Any] = {
        "name": "frame.jpg", "type": "image/jpeg", "length": len(PLAIN_BYTES), "sha256": digest_of(PLAIN_BYTES),
        "key": seed("ke att"), "ct_sha256": digest_of(sealed),
    } | changed  # fmt: skip
    return attachments.Attachment(**parts)


def digest_of(data: bytes) -> str:
    return sha256(data).hexdigest()


def attachment_vectors(kept: Kept) -> Iterator[Vector]:
    for length in (1, 16_383, 16_384, attachments.MAX_BYTES):
        yield good(f"{length} bytes", {"what": "length", "len": length}, attachments.sealed_length(length))
    key, context = seed("ke att"), attachments.context(cast.NET)
    sealed = kept.seal_stream(key, context, PLAIN_BYTES)
    given = {"what": "stream", "key": base64url.encode(key), "net": cast.NET, "sealed": base64url.encode(sealed)}
    yield good("a sealed stream", given, {"sha256": digest_of(PLAIN_BYTES)})
    for name, changed in {
        "of the other network": {"net": "real"}, "under another key": {"key": "A" * 43},
        "cut short": {"sealed": base64url.encode(sealed[:-1])},
        "longer": {"sealed": base64url.encode(sealed + b"\0")},
    }.items():  # fmt: skip
        yield bad(f"a stream {name}", given | changed, "invalid")
    yield from described_vectors(sealed)


def described_vectors(sealed: bytes) -> Iterator[Vector]:
    copy = pictured(sealed, copy_of=1)
    original = pictured(b"another", name="frame, as it was.jpg", on_demand=True)
    told = attachments.describe([copy, original], ("court_use_needs_consent",), grains())
    named = [one.sealed | {"disclosure": each.digest} for one, each in zip((copy, original), told, strict=True)]
    given = {"what": "described", "att": named, "disclosures": [one.text for one in told]}
    yield good("a review copy and its original", given, [
        {"n": 0, "name": copy.name, "on_demand": False, "copy_of": 1},
        {"n": 1, "name": original.name, "on_demand": True, "copy_of": None},
    ])  # fmt: skip
    yield bad("one not disclosed", given | {"disclosures": given["disclosures"][:1]}, "mismatch")
    yield bad("one moved", given | {"disclosures": given["disclosures"][::-1]}, "mismatch")
    yield bad("one named twice", given | {"att": [named[0], named[0]]}, "schema")
    for name, changed in {
        "a name that is a path": {"name": "../frame.jpg"}, "a name with a line": {"name": "a\nb"},
        "a name shown backwards": {"name": "gpj.\u202eexe"}, "no name": {"name": ""},
        "a type that is none": {"type": "photograph"}, "a length that does not fit": {"len": 35},
        "a short key": {"key": "AAAA"}, "a copy of itself": {"copy_of": 0},
    }.items():  # fmt: skip
        value = told[1].value | changed if "copy_of" not in changed else told[0].value | changed
        place = 0 if "copy_of" in changed else 1
        other = elements.disclose(f"att.{place}", value, (), grains())
        att = [one | {"disclosure": other.digest} if n == place else one for n, one in enumerate(named)]
        texts = [other.text if n == place else one.text for n, one in enumerate(told)]
        yield bad(name, given | {"att": att, "disclosures": texts}, "schema")
    misplaced = elements.disclose("att.1", told[0].value, (), grains())
    lone = {"att": [named[0] | {"disclosure": misplaced.digest}], "disclosures": [misplaced.text]}
    yield bad("in another's place", given | lone, "schema")


# ---------------------------------------------------------------- trees


def tree_vectors() -> Iterator[Vector]:
    """Leaves are the bytes 00, 01, ...; a refusal of a proof bears no code of the wire and says ``invalid``."""
    hashes = [merkle.leaf_hash(bytes([at])) for at in range(13)]
    for size in (0, 1, 2, 7, 13):
        yield good(f"root of {size}", {"what": "root", "leaves": size}, merkle.root(hashes[:size]).hex())

    def part(first: int, count: int) -> bytes:
        return merkle.root(hashes[first : first + count])

    root = merkle.root(hashes).hex()
    path = [step.hex() for step in merkle.inclusion_proof(5, 13, part)]
    given = {"what": "inclusion", "leaf": hashes[5].hex(), "index": 5, "size": 13, "proof": path, "root": root}
    yield good("leaf 5 of 13", given, True)
    yield bad("leaf 5 at 4", given | {"index": 4}, "invalid")
    yield bad("a step missing", given | {"proof": path[1:]}, "invalid")
    path = [step.hex() for step in merkle.consistency_proof(6, 13, part)]
    old = merkle.root(hashes[:6]).hex()
    given = {"what": "consistency", "old": 6, "new": 13, "proof": path, "old_root": old, "new_root": root}
    yield good("6 begins 13", given, True)
    yield bad("another old root", given | {"old_root": root}, "invalid")
    yield bad("a step too many", given | {"proof": [*path, root]}, "invalid")


def checkpoint_vectors(kept: Kept) -> Iterator[Vector]:
    head = Checkpoint("ke.example/at", 2, merkle.root([merkle.leaf_hash(b"\0"), merkle.leaf_hash(b"\1")]))
    signed = [(key, key.sign(head, cast.IAT // 1000, signer.sign)) for key, signer in note_keys(kept)]
    note = checkpoint.write(head.body(), [signature for _, signature in signed])
    times = {str(key.kind): 0 if key.kind == checkpoint.ED25519 else cast.IAT // 1000 for key, _ in signed}
    yield good("log and witness", note, {"origin": head.origin, "size": 2, "root": head.root.hex(), "times": times})
    yield bad("another size", note.replace("\n2\n", "\n3\n", 1), "bad-signature")
    yield bad("no signature of a known key", note.replace("— ke", "— br").replace("— at", "— br"), "bad-signature")
    yield bad("a size with a leading zero", note.replace("\n2\n", "\n02\n", 1), "schema")
    yield bad("no empty line", note.replace("\n\n", "\n"), "schema")


def witness_vectors(kept: Kept) -> Iterator[Vector]:
    """A witness holds a note of a log, or none, and is offered another. Leaves are the bytes 00, 01, ..."""
    leaves = [merkle.leaf_hash(bytes([at])) for at in range(13)]
    others = [*leaves[:3], *(merkle.leaf_hash(bytes([at, at])) for at in range(3, 13))]
    log, now = note_keys(kept)[:2], cast.IAT // 1000

    def note(size: int, seconds: int, tree: list[bytes] = leaves, keys: Any = log) -> str:
        head = Checkpoint("ke.example/at", size, merkle.root(tree[:size]))
        return checkpoint.write(head.body(), [key.sign(head, seconds, signer.sign) for key, signer in keys])

    def offer(old: int, new: int, seconds: int, tree: list[bytes] = leaves) -> Any:
        steps = merkle.consistency_proof(old, new, lambda first, count: merkle.root(tree[first : first + count]))
        return witness.offer(note(new, seconds, tree), old, steps, tree[old:new]).members()

    six, first = note(6, now), offer(6, 6, now)
    for name, held, offered, verdict in (
        ("the first of a log", None, first, "extends"),
        ("what goes on from the one held", six, offer(6, 13, now + 9), "extends"),
        ("without the hashes of its entries", six, _without(offer(6, 13, now + 9), "leaves"), "extends"),
        ("the same again", six, first, "same"),
        ("from another size", six, offer(5, 13, now + 9), "elsewhere"),
        ("an older note", note(13, now + 9), first, "elsewhere"),
        ("later, and fewer", note(13, now), offer(6, 6, now + 9), "rollback"),
        ("another root of one size", six, offer(6, 6, now + 9, others), "fork"),
        ("another history", six, offer(6, 13, now + 9, others), "unproved"),
    ):
        yield good(name, {"held": held, "offer": offered}, verdict)
    for name, changed, code in (
        ("no note", {"note": None}, "schema"),
        ("a size below zero", {"old": -1}, "schema"),
        ("a short step", {"proof": ["AAAA"]}, "schema"),
        ("hashes cut off", {"leaves": "AAAA"}, "schema"),
        ("another size than was signed", {"note": six.replace("\n6\n", "\n7\n")}, "bad-signature"),
        ("one signature less", {"note": note(6, now, keys=log[:1])}, "unknown-key"),
    ):
        yield bad(name, {"held": None, "offer": first | changed}, code)


def _without(members: Any, name: str) -> Any:
    return {each: value for each, value in members.items() if each != name}


def note_keys(kept: Kept) -> list[tuple[NoteKey, KeptSigner]]:
    """The log's two keys and the witness's two, each under its name."""
    found = []
    for name in ("ke.example/at", "at.example/ke"):
        ed, pq = signing_key("Ed25519", seed(f"{name} log")), signing_key("ML-DSA-44", seed(f"{name} log pq"))
        kind = checkpoint.ED25519 if name.startswith("ke") else checkpoint.COSIGNATURE
        found += [(kind, name, ed), (checkpoint.MLDSA44, name, pq)]
    return [(NoteKey(name, kind, key.public.raw), KeptSigner(key, kept)) for kind, name, key in found]


# ---------------------------------------------------------------- the documents

Maker = Callable[..., Iterator[Vector]]
PLAIN: dict[str, tuple[int, str, Maker]] = {
    "base64url": (1, "text to hex of its bytes", base64url_vectors),
    "json": (2, "hex of a text to its canonical form", json_vectors),
    "elements": (5, "disclosures and signed digests to a body", element_vectors),
    "statement": (5, "members of a statement's payload", statement_vectors),
    "padding": (6, "bytes to their padded size; start, size and end of what is no padding", padding_vectors),
    "receipt": (9, "a receipt as it travels from at to ke", receipt_vectors),
    "hello": (10, "a hello as it travels from at to ke", hello_vectors),
    "bundle": (23, "the index of a bundle as it travels from at to ke", bundle_vectors),
    "tree": (11, "roots and proofs", tree_vectors),
}
WITH_KEPT: dict[str, tuple[int, str, Maker]] = {
    "jws": (4, "a signed object of slot itx-stmt+json", jws_vectors),
    "envelope": (7, "an envelope as it travels from ke to at", envelope_vectors),
    "inner": (8, "what an envelope from ke to at held", inner_vectors),
    "attachment": (20, "sealed streams, their lengths, and what disclosures say of them", attachment_vectors),
    "checkpoint": (12, "a checkpoint of ke, cosigned by at", checkpoint_vectors),
    "witness": (23, "what at, which holds a note of the log of ke or none, makes of an offer", witness_vectors),
    "proof": (16, "a proof of elements and pins, or what is changed in the proof of another vector", proof_vectors),
}


ALGORITHMS = {
    "env": "Ed25519", "rcpt": "Ed25519", "stmt": "Ed25519", "stmt pq": "ML-DSA-65", "kem": "xwing", "log": "Ed25519",
    "log pq": "ML-DSA-44",
}  # fmt: skip
STATEMENT_KEYS = ["ke stmt", "ke stmt pq"]
REQUIRED = ["Ed25519", "ML-DSA-65"]
TO_AT: dict[str, Any] = {
    "me": cast.AT, "net": cast.NET, "env": ["ke env"], "stmt": STATEMENT_KEYS, "kem": ["at kem"], "requires": REQUIRED,
}  # fmt: skip
INSIDE = {"net": cast.NET, "mid": cast.MID, "from": cast.KE, "to": cast.AT}
TO_KE: dict[str, Any] = {"me": cast.KE, "net": cast.NET, "rcpt": ["at rcpt"]}
CONTEXTS: dict[str, dict[str, Any]] = {
    "jws": {"typ": statement.TYP, "stmt": STATEMENT_KEYS},
    "envelope": TO_AT,
    "inner": {"manifest": INSIDE, "stmt": STATEMENT_KEYS, "requires": REQUIRED},
    "receipt": TO_KE,
    "hello": TO_KE,
    "bundle": TO_KE,
    "checkpoint": {"log": ["ke.example/at log", "ke.example/at log pq"],
                   "witness": ["at.example/ke log", "at.example/ke log pq"]},
    "witness": {"log": ["ke.example/at log", "ke.example/at log pq"]},
}  # fmt: skip
"""What the reader of a document knows beside its vectors."""


def key_seeds() -> dict[str, dict[str, str]]:
    """The private seeds of both States, in hex: whoever implements this can make the vectors again."""
    states = [f"{name} {word}" for name in (cast.KE, cast.AT) for word in ("env", "rcpt", "stmt", "stmt pq", "kem")]
    logs = [f"{name} {word}" for name in ("ke.example/at", "at.example/ke") for word in ("log", "log pq")]
    return {name: {"alg": ALGORITHMS[name.partition(" ")[2]], "seed": seed(name).hex()} for name in states + logs}


def documents() -> dict[str, Any]:
    """Every document by its file name, the kept signatures and sealed texts included."""
    path = FOLDER / KEPT
    kept = Kept(json.loads(path.read_bytes()) if path.exists() else {})
    made: dict[str, Any] = {"keys.json": key_seeds()}
    for name, (section, about, maker) in (PLAIN | WITH_KEPT).items():
        found = list(maker(kept) if name in WITH_KEPT else maker())
        made[f"{name}.json"] = {"about": about, "section": section, "context": CONTEXTS.get(name, {}), "vectors": found}
    return made | {KEPT: dict(sorted(kept.used.items()))}


def text_of(document: Any) -> str:
    return json.dumps(document, indent=1, ensure_ascii=True, sort_keys=True) + "\n"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, document in documents().items():
        (FOLDER / name).write_text(text_of(document), "utf-8")


if __name__ == "__main__":
    main()
