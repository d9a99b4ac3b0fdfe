"""Checkpoints and cosignatures in the C2SP formats."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.admission import admit
from keys.algorithms import SigningKey, signing_key, verify
from protocol import checkpoint, merkle
from protocol.checkpoint import COSIGNATURE, ED25519, MLDSA44, Checkpoint, NoteKey, NoteSignature
from protocol.errors import BadSignature, SchemaInvalid, TooLarge
from tests.shared import SHARED, needs_shared
from tests.wire.keyring import seed

MIRROR = SHARED / "vectors" / "tlog-sunlight" / "cmd" / "skylight" / "testdata" / "witness" / "mirror"
ORIGIN, WITNESS, SECONDS = "ke.example/at", "at.example/ke", 1_767_225_600
HEAD = Checkpoint(ORIGIN, 2, merkle.root([merkle.leaf_hash(b"one"), merkle.leaf_hash(b"two")]))
ED, PQ = signing_key("Ed25519", seed("log")), signing_key("ML-DSA-44", seed("log pq"))
KINDS = {ED25519: ED, COSIGNATURE: ED, MLDSA44: PQ}


def key_of(kind: int, name: str = ORIGIN) -> NoteKey:
    return NoteKey(name, kind, KINDS[kind].public.raw)


def checks(key: SigningKey) -> Callable[[bytes, bytes], None]:
    return lambda message, signature: verify(key.public, message, signature)


def signed(*kinds: int, head: Checkpoint = HEAD) -> str:
    return checkpoint.write(head.body(), [key_of(kind).sign(head, SECONDS, KINDS[kind].sign) for kind in kinds])


def verified(note: str, *kinds: int) -> tuple[Checkpoint, dict[NoteKey, int]]:
    return checkpoint.verify(checkpoint.read(note), {key_of(kind): checks(KINDS[kind]) for kind in kinds})


def outside_note() -> tuple[str, Path]:
    folder = next(path for path in MIRROR.iterdir() if path.is_dir())
    return (folder / "checkpoint").read_text("utf-8"), folder


def outside_key() -> tuple[NoteKey, str]:
    name, key_id, text = json.loads((MIRROR / "mirror.v0.json").read_bytes())["verifier_keys"][0].split("+", 2)
    blob = base64.b64decode(text)
    return NoteKey(name, blob[0], blob[1:]), key_id


@needs_shared("vectors", "tlog-sunlight")
def test_the_outside_cosignature_verifies() -> None:
    key, _ = outside_key()
    admitted = checks_raw(key.public)
    head, times = checkpoint.verify(checkpoint.read(outside_note()[0]), {key: admitted})
    assert (head.origin, head.size, times) == ("rome2026h1.example.org", 300, {key: 1_767_139_200})


def checks_raw(raw: bytes) -> Callable[[bytes, bytes], None]:
    return lambda message, signature: verify(admit("Ed25519", raw), message, signature)


@needs_shared("vectors", "tlog-sunlight")
def test_the_outside_key_has_the_id_it_states() -> None:
    key, key_id = outside_key()
    assert key.key_id.hex() == key_id


@needs_shared("vectors", "tlog-sunlight")
def test_the_outside_root_is_that_of_its_300_leaves() -> None:
    note, folder = outside_note()
    data = (folder / "tile" / "0" / "000").read_bytes() + (folder / "tile" / "0" / "001.p" / "44").read_bytes()
    hashes = [data[at : at + 32] for at in range(0, len(data), 32)]
    assert (len(hashes), merkle.root(hashes)) == (300, Checkpoint.of(checkpoint.read(note).body).root)


@needs_shared("vectors", "tlog-sunlight")
def test_the_outside_note_is_written_as_it_was_read() -> None:
    note = checkpoint.read(outside_note()[0])
    assert checkpoint.write(note.body, note.signatures) == outside_note()[0]


@pytest.mark.parametrize("kinds", [(ED25519,), (COSIGNATURE,), (MLDSA44,), (ED25519, MLDSA44), (COSIGNATURE, MLDSA44)])
def test_what_is_signed_verifies_with_its_time(kinds: tuple[int, ...]) -> None:
    times = {key_of(kind): 0 if kind == ED25519 else SECONDS for kind in kinds}
    assert verified(signed(*kinds), *kinds) == (HEAD, times)


def test_unknown_keys_are_passed_over() -> None:
    assert verified(signed(ED25519, MLDSA44), MLDSA44)[1] == {key_of(MLDSA44): SECONDS}


def test_a_note_without_a_known_key_is_refused() -> None:
    with pytest.raises(BadSignature, match="known"):
        verified(signed(ED25519), MLDSA44)


@pytest.mark.parametrize("kind", KINDS)
def test_a_signature_of_another_head_is_refused(kind: int) -> None:
    other = Checkpoint(ORIGIN, 3, HEAD.root)
    moved = checkpoint.write(other.body(), checkpoint.read(signed(kind)).signatures)
    with pytest.raises(BadSignature):
        verified(moved, kind)


@pytest.mark.parametrize("kind", [COSIGNATURE, MLDSA44])
def test_a_cosignature_with_another_time_is_refused(kind: int) -> None:
    (one,) = checkpoint.read(signed(kind)).signatures
    later = NoteSignature(one.name, one.key_id, (SECONDS + 1).to_bytes(8, "big") + one.blob[8:])
    with pytest.raises(BadSignature):
        verified(checkpoint.write(HEAD.body(), [later]), kind)


def test_a_time_beyond_63_bits_is_refused() -> None:
    blob = (1 << 63).to_bytes(8, "big") + bytes(64)
    with pytest.raises(BadSignature, match="2\\^63"):
        key_of(COSIGNATURE).verify(HEAD, blob, checks(ED))


@pytest.mark.parametrize("kind", KINDS)
def test_a_signature_of_another_length_is_refused(kind: int) -> None:
    with pytest.raises(BadSignature, match="kind"):
        key_of(kind).verify(HEAD, bytes(10), checks(KINDS[kind]))


def test_a_key_that_signs_twice_is_refused() -> None:
    with pytest.raises(BadSignature, match="once"):
        verified(signed(ED25519, ED25519), ED25519)


def test_the_quantum_safe_cosignature_names_its_cosigner() -> None:
    assert key_of(MLDSA44, WITNESS).message(HEAD, 0) != key_of(MLDSA44).message(HEAD, 0)


def test_the_quantum_safe_message_is_laid_out_as_c2sp_gives_it() -> None:
    expected = (
        b"subtree/v1\n\0"
        + bytes([len(WITNESS)]) + WITNESS.encode()
        + SECONDS.to_bytes(8, "big")
        + bytes([len(ORIGIN)]) + ORIGIN.encode()
        + bytes(8) + (2).to_bytes(8, "big") + HEAD.root
    )  # fmt: skip
    assert key_of(MLDSA44, WITNESS).message(HEAD, SECONDS) == expected


def test_extension_lines_are_kept() -> None:
    head = Checkpoint(ORIGIN, 2, HEAD.root, ("more", "and more"))
    assert verified(signed(ED25519, head=head), ED25519)[0] == head


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_any_head_is_read_as_it_was_written(size: int, root: bytes) -> None:
    head = Checkpoint(ORIGIN, size, root)
    assert Checkpoint.of(head.body()) == head


ROOT_TEXT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "body",
    [
        "", "a\n", f"a\n1\n{ROOT_TEXT}", f"a\n01\n{ROOT_TEXT}\n", f"a\n-1\n{ROOT_TEXT}\n", f"a\n1 \n{ROOT_TEXT}\n",
        f"a\n{2**63}\n{ROOT_TEXT}\n", f"a\n{10**40}\n{ROOT_TEXT}\n", f"\n1\n{ROOT_TEXT}\n", f"a b\n1\n{ROOT_TEXT}\n",
        f"a+b\n1\n{ROOT_TEXT}\n", "a\n1\nAAAA\n", "a\n1\n!\n", f"a\n1\n{ROOT_TEXT[:-2]}B=\n", f"a\n1\n{ROOT_TEXT}\n\n",
        f"a\n1\n{ROOT_TEXT}\n\x07\n", f"{'é' * 128}\n1\n{ROOT_TEXT}\n", f"a\n١\n{ROOT_TEXT}\n",
        f"\ud800\n1\n{ROOT_TEXT}\n",
        f"a\n1\n{ROOT_TEXT}\n\ud800\n",
    ],
    ids=ascii,
)  # fmt: skip
def test_a_text_that_spells_no_checkpoint_is_refused(body: str) -> None:
    with pytest.raises(SchemaInvalid):
        Checkpoint.of(body)


GOOD_LINE = "— a AAAAAAA="


@pytest.mark.parametrize(
    "text",
    [
        "", "\n\n", "body\n", "body\n\n", f"\n\n{GOOD_LINE}\n", f"body\n\n{GOOD_LINE}", f"body\n\n{GOOD_LINE}\n\n",
        "body\n\n- a AAAAAAA=\n", "body\n\n— a b AAAAAAA=\n", "body\n\n— a+b AAAAAAA=\n", "body\n\n— a AAAAA===\n",
        "body\n\n— a AAAAA\n", "body\n\n— a AAAAAA==\n", "body\n\n— a AAAAAAB=\n", "body\n\n— a AAAA\n",
        "body\n\n— a -_-_-_-_\n",
        "body\n\n" + f"{GOOD_LINE}\n" * 17, f"body\n\n{GOOD_LINE} \n", f"body\n\n{GOOD_LINE}\r\n",
    ],
    ids=ascii,
)  # fmt: skip
def test_a_text_that_is_no_signed_note_is_refused(text: str) -> None:
    with pytest.raises(SchemaInvalid):
        checkpoint.read(text)


def test_a_note_over_its_limit_is_refused() -> None:
    with pytest.raises(TooLarge):
        checkpoint.read("x" * (checkpoint.MAX_NOTE_BYTES + 1))


@pytest.mark.parametrize(
    ("name", "kind"), [("", ED25519), ("a b", ED25519), ("a+b", ED25519), ("é" * 128, ED25519), ("a", 2), ("a", 0xFF)]
)
def test_a_key_of_another_name_or_kind_is_none(name: str, kind: int) -> None:
    with pytest.raises(ValueError, match="key"):
        NoteKey(name, kind, bytes(32))


@pytest.mark.parametrize(
    ("origin", "size", "root", "extensions"),
    [("", 1, bytes(32), ()), ("a", -1, bytes(32), ()), ("a", 1, bytes(31), ()), ("a", 1, bytes(32), ("",))],
)
def test_no_checkpoint_is_made_that_cannot_be_read(
    origin: str, size: int, root: bytes, extensions: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError, match=r"origin|checkpoint|extension"):
        Checkpoint(origin, size, root, extensions)
