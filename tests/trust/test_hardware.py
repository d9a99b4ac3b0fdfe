"""Keys on a real token: they sign and open, never leave it, and what fails fails by name."""

import io
import json
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from keys.admission import admit
from keys.algorithms import draw_seed, opening_key, seal, verify
from keys.errors import CustodyUnsupported, HardwareUnavailable, KeyNotHeld, WrongPin
from keys.founding import make_first_keys
from keys.hardware import HardwareModule, Place, Token
from keys.hardware import module as asking
from keys.hardware.opening import open_sealed
from keys.hardware.serving import main, serve
from keys.vault import Vault
from protocol import base64url
from protocol.errors import BadSignature, DecryptFailed, UnknownKey
from tests.softhsm import LABEL, MODULE, PIN, needs_softhsm, token

pytestmark = needs_softhsm
INFO = b"the context"


@pytest.fixture(scope="module")
def hsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HardwareModule]:
    with token(tmp_path_factory.mktemp("hsm")) as module:
        yield module


def test_what_a_token_signs_verifies_like_any_signature(hsm: HardwareModule) -> None:
    uri, public = hsm.make("ES256", "itx env", secrets.token_bytes)
    verify(public, b"said", hsm.sign(uri, b"said"))
    with pytest.raises(BadSignature):
        verify(public, b"said otherwise", hsm.sign(uri, b"said"))


def test_what_is_sealed_to_a_key_on_a_token_opens(hsm: HardwareModule) -> None:
    uri, public = hsm.make("p256", "itx kem", secrets.token_bytes)
    for text in (b"", b"x", secrets.token_bytes(100_000)):
        assert hsm.open(uri, public.raw, INFO, seal(public, INFO, text)) == text


@pytest.mark.parametrize(
    "spoil",
    [
        lambda ct: ct[:-1] + bytes([ct[-1] ^ 1]),
        lambda ct: ct[:70],
        lambda ct: b"",
        lambda ct: b"\x04" + bytes(64) + ct[65:],
        lambda ct: b"\x02" + ct[1:],
        lambda ct: bytes(65) + ct[65:],
    ],
    ids=["a changed byte", "cut short", "nothing", "a point beside the curve", "another form", "the point at infinity"],
)
def test_what_was_spoilt_does_not_open_and_does_not_say_why(hsm: HardwareModule, spoil: object) -> None:
    assert callable(spoil)
    uri, public = hsm.make("p256", "itx kem", secrets.token_bytes)
    with pytest.raises(DecryptFailed, match="does not open"):
        hsm.open(uri, public.raw, INFO, spoil(seal(public, INFO, b"text")))
    with pytest.raises(DecryptFailed, match="does not open"):
        hsm.open(uri, public.raw, b"another context", seal(public, INFO, b"text"))


def test_the_key_schedule_of_ours_is_that_of_the_library() -> None:
    seed = draw_seed("p256", secrets.token_bytes)
    key = opening_key("p256", seed)
    private = ec.derive_private_key(int.from_bytes(seed, "big"), ec.SECP256R1())

    def agree(point: bytes) -> bytes:
        return private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point))

    for size in range(0, 400, 13):
        info, text = secrets.token_bytes(size), secrets.token_bytes(size)
        ct = seal(key.public, info, text)
        assert open_sealed(agree, key.public.raw, info, ct) == text == key.open(info, ct)


def test_a_vault_keeps_classical_keys_on_the_token_and_no_seed_of_them(hsm: HardwareModule, tmp_path: Path) -> None:
    vault = Vault.create(tmp_path / "keys", b"passphrase", secrets.token_bytes, hardware=hsm)
    make_first_keys(vault, secrets.token_bytes)
    again = Vault.open(tmp_path / "keys", b"passphrase", hardware=hsm)
    places = {(one.use, one.alg): one.uri.split(":")[0] for one in again.records()}
    assert {alg for (_, alg), place in places.items() if place == "pkcs11"} == {"ES256", "p256"}
    assert {alg for (_, alg), place in places.items() if place == "file"} == {"Ed25519", "ML-DSA-65", "ML-DSA-44"}
    boxes = [one["box"] for one in json.loads((tmp_path / "keys" / "vault.json").read_bytes())["keys"]]
    assert boxes.count("") == sum(place == "pkcs11" for place in places.values())
    (signer,) = again.signers("env")
    (record,) = again.records("env")
    verify(admit("ES256", record.raw), b"said", signer.sign(b"said"))
    (kem,) = again.records("kem")
    assert again.unseal(kem.kid, INFO, seal(admit("p256", kem.raw), INFO, b"text")) == b"text"
    with pytest.raises(UnknownKey):
        again.unseal("another", INFO, b"")


def test_a_vault_without_its_module_says_what_is_missing(hsm: HardwareModule, tmp_path: Path) -> None:
    vault = Vault.create(tmp_path / "keys", b"passphrase", secrets.token_bytes, hardware=hsm)
    vault.new_key("env", "ES256", secrets.token_bytes)
    without = Vault.open(tmp_path / "keys", b"passphrase")
    with pytest.raises(CustodyUnsupported, match=r"\[custody\]"):
        without.signers("env")


def test_no_private_key_can_be_taken_off_the_token(hsm: HardwareModule) -> None:
    uri, _ = hsm.make("ES256", "itx env", secrets.token_bytes)
    code = f"""
import pkcs11
from pkcs11 import Attribute, ObjectClass
session = pkcs11.lib({MODULE!r}).get_token(token_label={LABEL!r}).open(user_pin={PIN.decode()!r})
key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, id={Place.parse(uri).id!r})
print(key[Attribute.SENSITIVE], key[Attribute.EXTRACTABLE])
try:
    key[Attribute.VALUE]
except pkcs11.exceptions.AttributeSensitive:
    print("refused")
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.split() == ["True", "False", "refused"]


# ---------------------------------------------------------------- what fails


def test_a_wrong_pin_is_tried_once_and_never_again(tmp_path: Path) -> None:
    asked = []
    with token(tmp_path, "locked") as right:
        wrong = HardwareModule(right.token, MODULE, lambda: asked.append(1) or b"0000", time.monotonic)  # type: ignore[func-returns-value]
        for _ in range(3):
            with pytest.raises(WrongPin, match="not tried again"):
                wrong.check()
        right.check()
    assert asked == [1]


def test_a_signer_process_that_dies_is_begun_again(hsm: HardwareModule) -> None:
    uri, public = hsm.make("ES256", "itx env", secrets.token_bytes)
    assert hsm._process is not None
    hsm._process.send_signal(signal.SIGKILL)
    hsm._process.wait()
    verify(public, b"said", hsm.sign(uri, b"said"))


def test_a_signer_process_that_hangs_is_ended_and_begun_again(
    hsm: HardwareModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri, public = hsm.make("ES256", "itx env", secrets.token_bytes)
    monkeypatch.setattr(asking, "ANSWER_S", 3.0)
    assert hsm._process is not None
    hsm._process.send_signal(signal.SIGSTOP)
    verify(public, b"said", hsm.sign(uri, b"said"))


def test_a_token_pulled_out_is_a_fault_that_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "PAUSE_S", 0.2)
    with token(tmp_path) as module:
        uri, public = module.make("ES256", "itx env", secrets.token_bytes)
        (tmp_path / "tokens").rename(tmp_path / "pulled")
        assert module._process is not None
        module._process.kill()
        for _ in range(2):  # the second is told so without a try
            with pytest.raises(HardwareUnavailable, match="see that the token is there"):
                module.sign(uri, b"said")
            assert module.is_away
        (tmp_path / "pulled").rename(tmp_path / "tokens")
        monkeypatch.setattr(module, "_not_before_s", 0.0)
        verify(public, b"said", module.sign(uri, b"said"))
        assert not module.is_away


def test_a_session_that_outlived_its_token_is_opened_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with token(tmp_path) as module:
        uri, public = module.make("ES256", "itx env", secrets.token_bytes)
        (tmp_path / "tokens").rename(tmp_path / "pulled")
        monkeypatch.setattr(module, "_opened_s", float("inf"))  # young for ever: what is not found is not there
        with pytest.raises(KeyNotHeld):
            module.sign(uri, b"said")
        (tmp_path / "pulled").rename(tmp_path / "tokens")
        with pytest.raises(KeyNotHeld):  # the module has given the token up
            module.sign(uri, b"said")
        monkeypatch.setattr(module, "_opened_s", -float("inf"))
        verify(public, b"said", module.sign(uri, b"said"))


def test_a_token_that_fails_twice_in_one_question_is_unavailable(
    hsm: HardwareModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PAUSE_S", 0.0)
    uri, public = hsm.make("ES256", "itx env", secrets.token_bytes)
    with monkeypatch.context() as patch:
        patch.setattr(asking, "_PROGRAM", "input(); print('{\"done\": {}}', flush=True); input()")
        hsm.close()
        with pytest.raises(HardwareUnavailable):
            hsm.sign(uri, b"said")
    verify(public, b"said", hsm.sign(uri, b"said"))


def test_a_locked_token_is_named_and_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_PROGRAM", 'input(); print(\'{"fault": "locked"}\', flush=True); input()')
    module = HardwareModule(Token(LABEL), MODULE, lambda: PIN, time.monotonic)
    for _ in range(2):
        with pytest.raises(WrongPin, match="security officer"):
            module.check()
    module.close()


def test_a_signer_process_that_is_gone_before_it_is_asked_is_begun_again(
    hsm: HardwareModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri, public = hsm.make("ES256", "itx env", secrets.token_bytes)
    assert hsm._process is not None
    hsm._process.kill()
    hsm._process.wait()  # what is written now meets a closed pipe
    verify(public, b"said", hsm.sign(uri, b"said"))


def test_the_process_speaks_through_its_own_pipe_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, told, noise = (tmp_path / name for name in ("asked", "told", "noise"))
    asked.write_bytes(b'{"do": "open", "module": "/nowhere", "token": "x", "serial": "", "pin": "1"}\n')
    with asked.open() as stdin, told.open("w") as stdout, noise.open("w") as stderr:
        for name, stream in (("stdin", stdin), ("stdout", stdout), ("stderr", stderr)):
            monkeypatch.setattr(sys, name, stream)
        main()
        stdout.write("what a module prints")
    assert (told.read_text(), noise.read_text()) == ('{"fault": "no-module"}\n', "what a module prints")


def test_a_key_the_token_has_not_is_named(hsm: HardwareModule) -> None:
    with pytest.raises(KeyNotHeld, match="has not this key"):
        hsm.sign(Place(hsm.token, b"nobody made me").uri, b"said")
    with pytest.raises(KeyNotHeld, match="'another', not on 'itx test'"):
        hsm.sign(Place(Token("another"), b"x").uri, b"said")


def test_a_module_that_does_not_load_is_named(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.so"
    nothing.write_bytes(b"no library")
    with pytest.raises(CustodyUnsupported, match="no PKCS#11 module"):
        HardwareModule(Token("x"), str(nothing), lambda: PIN, time.monotonic).check()


def test_the_signer_process_answers_line_by_line(hsm: HardwareModule) -> None:
    """In this process, where what it does is measured; the module's own tests run it apart."""
    _, a_point = hsm.make("p256", "itx kem", secrets.token_bytes)
    questions = [
        {"do": "open", "module": MODULE, "token": "nobody", "serial": "", "pin": "1"},
        {"do": "open", "module": MODULE, "token": LABEL, "serial": "0", "pin": "1"},
        {"do": "open", "module": MODULE, "token": LABEL, "serial": "", "pin": "1"},
        {"do": "open", "module": MODULE, "token": LABEL, "serial": "", "pin": PIN.decode()},
        {"do": "make", "for": "sign", "id": base64url.encode(b"s"), "label": "s"},
        {"do": "make", "for": "open", "id": base64url.encode(b"o"), "label": "o"},
        {"do": "sign", "id": base64url.encode(b"s"), "digest": base64url.encode(bytes(32))},
        {"do": "sign", "id": base64url.encode(b"s"), "digest": base64url.encode(bytes(32))},
        {"do": "sign", "id": base64url.encode(b"?"), "digest": base64url.encode(bytes(32))},
        {"do": "agree", "id": base64url.encode(b"o"), "point": base64url.encode(bytes(65))},
        {"do": "agree", "id": base64url.encode(b"o"), "point": base64url.encode(a_point.raw)},
        {"do": "destroy", "id": base64url.encode(b"s")},
        {"do": "sign", "id": base64url.encode(b"s"), "digest": base64url.encode(bytes(32))},
        {"do": "open", "module": "/nowhere", "token": LABEL, "serial": "", "pin": "1"},
    ]
    answers = io.BytesIO()
    serve(io.BytesIO(b"".join(json.dumps(one).encode() + b"\n" for one in questions)), answers)
    told = [json.loads(line) for line in answers.getvalue().splitlines()]
    assert [one.get("fault") or next(iter(one["done"]), "nothing") for one in told] == [
        "no-token", "no-token", "wrong-pin", "serial", "point", "point", "signature", "signature", "no-key",
        "device", "shared", "nothing", "no-key", "no-module",
    ]  # fmt: skip


def test_a_destroyed_key_leaves_the_token_and_every_vault_that_looks_again(hsm: HardwareModule, tmp_path: Path) -> None:
    vault = Vault.create(tmp_path / "keys", b"words", secrets.token_bytes, hardware=hsm)
    make_first_keys(vault, secrets.token_bytes)
    other = Vault.open(tmp_path / "keys", b"words", hardware=hsm)
    (record,) = vault.records("env")
    assert vault.destroy({record.kid}) == (record.kid,)
    with pytest.raises(KeyNotHeld):
        hsm.sign(record.uri, b"said")
    hsm.destroy(record.uri)
    assert (other.reload(), other.records("env"), len(other.signers("rcpt"))) == (True, (), 1)
