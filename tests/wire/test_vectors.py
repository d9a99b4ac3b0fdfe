"""The vectors of the specification, read by this implementation; each passes or fails as it says."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from pydantic import ValidationError

from keys import notes
from keys.algorithms import signing_key, verify
from keys.errors import SealUnreadable
from keys.proof import ProofRefused
from keys.streams import OpeningStream
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
from protocol.errors import BY_CODE, ProtocolError, SchemaInvalid
from protocol.payload import Part
from tests.wire import cast, make_vectors, proof_vectors
from tests.wire.hedged import Kept
from tests.wire.keyring import knows

DOCUMENTS = make_vectors.documents()
NAMES = [name for name in DOCUMENTS if name not in {"keys.json", make_vectors.KEPT}]


def read_json(given: Any) -> Any:
    value = strictjson.load(bytes.fromhex(given["hex"]), given.get("max_bytes", 1 << 20))
    return strictjson.dump(value).decode()


def read_padding(given: Any) -> Any:
    if "repeat" in given:
        inner = bytes.fromhex(given["repeat"]) * given["times"]
        padded = padding.pad(inner)
        assert padding.unpad(padded) == inner
        return len(padded)
    start, end = bytes.fromhex(given["start"]), bytes.fromhex(given.get("end", ""))
    return padding.unpad(start.ljust(given["size"] - len(end), b"\0") + end)


def read_jws(given: Any) -> Any:
    parsed = jws.parse(given, statement.TYP)
    jws.verify_each(parsed, knows(*cast.SENDER.stmt))
    return {"payload": parsed.payload.decode(), "algs": sorted(parsed.algs)}


def read_elements(given: Any) -> Any:
    return elements.join([elements.read(text) for text in given["disclosures"]], given["digests"])


def read_statement(given: Any) -> Any:
    found = statement.Statement.read(strictjson.dump(given))
    return {"unknown": found.unknown} if found.unknown else {"st": sha256(found.payload()).hexdigest()}


def read_envelope(given: Any) -> Any:
    taken = cast.authenticate(given)
    manifest = taken.envelope.manifest
    info = envelope.info(manifest.net, manifest.mid, manifest.from_, manifest.to, manifest.kem.kid, manifest.cls)
    plaintext = cast.RECIPIENT.kem.open(info, taken.envelope.ct)
    found = envelope.open_inner(taken, plaintext, verify=knows(*cast.SENDER.stmt), required=cast.both_needed)
    return {
        "env": taken.envelope.digest,
        "info": info.hex(),
        "inner": found.inner.decode(),
        "st": found.statement_digest,
    }


def read_inner(given: Any) -> Any:
    stub = bytes(32)
    taken = cast.authenticate(cast.outer(cast.manifest_members(stub, given["stc"]), stub))
    padded = envelope.pad(given["inner"].encode())
    found = envelope.open_inner(taken, padded, verify=knows(*cast.SENDER.stmt), required=cast.both_needed)
    return {"type": found.statement.type, "st": found.statement_digest}


def read_receipt(given: Any) -> Any:
    check = knows(cast.RECIPIENT.rcpt)
    found = receipts.authenticate(receipts.parse(given), me=cast.KE, net=cast.NET, verify=check)
    return {"stage": found.stage, "retry": found.retry}


def read_hello(given: Any) -> Any:
    check = knows(cast.RECIPIENT.rcpt)
    found = hello.authenticate(hello.parse(given), me=cast.KE, net=cast.NET, verify=check)
    return {"from": found.from_, "at": found.at} | ({"want": list(found.want)} if found.want else {})


def read_bundle(given: Any) -> Any:
    check = knows(cast.RECIPIENT.rcpt)
    found = bundle.authenticate(bundle.parse(given), me=cast.KE, net=cast.NET, verify=check)
    return {"members": [one.name for one in found.members]}


class Given(Part):
    """What a statement names, alone."""

    att: attachments.NamedList


def read_attachment(given: Any) -> Any:
    if given["what"] == "length":
        return attachments.sealed_length(given["len"])
    if given["what"] == "stream":
        opening = OpeningStream(base64url.decode(given["key"]), attachments.context(given["net"]))
        plain = opening.update(base64url.decode(given["sealed"])) + opening.finish()
        return {"sha256": sha256(plain).hexdigest()}
    try:
        named = Given.model_validate({"att": given["att"]}).att
    except ValidationError as error:
        raise SchemaInvalid("expected attachments") from error
    found = attachments.attached(named, [elements.read(text) for text in given["disclosures"]])
    return [
        {"n": one.n, "name": one.attachment.name, "on_demand": one.attachment.on_demand,
         "copy_of": one.attachment.copy_of}
        for one in found
    ]  # fmt: skip


def read_tree(given: Any) -> Any:
    proof = [bytes.fromhex(step) for step in given.get("proof", [])]
    if given["what"] == "root":
        return merkle.root([merkle.leaf_hash(bytes([at])) for at in range(given["leaves"])]).hex()
    if given["what"] == "inclusion":
        leaf, root = bytes.fromhex(given["leaf"]), bytes.fromhex(given["root"])
        merkle.verify_inclusion(leaf, given["index"], given["size"], proof, root)
    else:
        old_root, new_root = bytes.fromhex(given["old_root"]), bytes.fromhex(given["new_root"])
        merkle.verify_consistency(given["old"], given["new"], proof, old_root, new_root)
    return True


def read_checkpoint(given: Any) -> Any:
    known = {
        key: lambda message, signature, public=signer.key.public: verify(public, message, signature)
        for key, signer in make_vectors.note_keys(Kept({}))
    }
    head, times = checkpoint.verify(checkpoint.read(given), known)
    seconds = {str(key.kind): time for key, time in times.items()}
    return {"origin": head.origin, "size": head.size, "root": head.root.hex(), "times": seconds}


def read_witness(given: Any) -> Any:
    listed = [(signer.key.public, True) for _, signer in make_vectors.note_keys(Kept({}))[:2]]

    def dated(note: str) -> witness.Dated:
        return notes.read_signed(note, "ke.example/at", listed, notes.LOG)

    offer = witness.read(given["offer"])
    held = None if given["held"] is None else dated(given["held"])
    return witness.judge(held, dated(offer.note), offer).value


def read_proof(given: Any) -> Any:
    if "of" not in given:
        return proof_vectors.outcome(given)
    others = DOCUMENTS["proof.json"]["vectors"]
    whole = next(one["in"]["proof"] for one in others if one["name"] == given["of"])
    return proof_vectors.outcome({"proof": proof_vectors.applied(whole, given), "pins": given["pins"]})


READERS: dict[str, Callable[[Any], Any]] = {
    "base64url.json": lambda given: base64url.decode(given).hex(), "json.json": read_json, "jws.json": read_jws,
    "elements.json": read_elements, "statement.json": read_statement, "padding.json": read_padding,
    "envelope.json": read_envelope, "inner.json": read_inner, "receipt.json": read_receipt, "hello.json": read_hello,
    "bundle.json": read_bundle,
    "tree.json": read_tree, "attachment.json": read_attachment, "checkpoint.json": read_checkpoint,
    "proof.json": read_proof, "witness.json": read_witness,
}  # fmt: skip


def outcome(name: str, given: Any) -> dict[str, Any]:
    try:
        return {"out": READERS[name](given)}
    except (merkle.ProofInvalid, SealUnreadable):
        return {"code": "invalid"}
    except ProofRefused as error:
        return {"step": int(error.step), "code": error.code}
    except ProtocolError as error:
        return {"code": error.code} | ({"authentic": True} if error.authentic else {})


def on_file(name: str) -> Any:
    return json.loads((make_vectors.FOLDER / name).read_bytes())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_file_of_vectors_is_what_its_maker_makes(name: str) -> None:
    assert (make_vectors.FOLDER / name).read_text("utf-8") == make_vectors.text_of(DOCUMENTS[name])


def test_there_is_no_file_of_vectors_without_a_maker() -> None:
    assert {path.name for path in make_vectors.FOLDER.iterdir()} == set(DOCUMENTS)


@pytest.mark.parametrize(
    ("name", "at"), [(name, at) for name in NAMES for at in range(len(DOCUMENTS[name]["vectors"]))]
)
def test_a_vector_passes_or_fails_as_it_says(name: str, at: int) -> None:
    vector = on_file(name)["vectors"][at]
    assert {"name": vector["name"], "in": vector["in"], **outcome(name, vector["in"])} == vector


@pytest.mark.parametrize("name", NAMES)
def test_every_file_has_vectors_that_pass_and_vectors_that_fail(name: str) -> None:
    assert {"code" in vector for vector in on_file(name)["vectors"]} == {True, False}


def test_the_seeds_on_file_give_the_keys_of_the_cast() -> None:
    seeds = on_file("keys.json")
    assert signing_key("Ed25519", bytes.fromhex(seeds["ke env"]["seed"])).kid == cast.SENDER.env.kid


# Refusals that only a node with a store, a clock or a keyset can decide; their tests stand where they are decided.
ELSEWHERE = {"decrypt-failed", "blob-missing", "mid-conflict", "expired", "policy", "busy"}

OF_PROOFS = {"not-pinned", "wrong-root", "bad-root", "bad-keyset"}  # of a file, never of the wire


def test_every_code_this_layer_can_give_has_a_vector() -> None:
    given = {vector.get("code") for name in NAMES for vector in on_file(name)["vectors"]}
    assert given - {None, "invalid"} - OF_PROOFS == set(BY_CODE) - ELSEWHERE
