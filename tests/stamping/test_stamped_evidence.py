"""A time-stamp in a file of evidence: what it proves, and that whatever is altered is refused by its name, by both
verifiers alike."""

import io
import json
import random
import sys
from pathlib import Path
from subprocess import run

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from keys import evidence
from keys.evidence import Evidence, EvidenceRefused
from keys.stamps import judge, query, read_authorities
from protocol.errors import ProtocolError, SchemaInvalid
from tests.conformance import verifier
from tests.stamping import exhibits
from tests.stamping.authority import Authority, made_at, old_name
from tests.stamping.exhibits import LINE, NONCE, Spoilt, all_spoilt, imprint, whole
from tests.wire.exhibits import PINS, WHOLE, written

pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")  # bits of a certificate were turned


@pytest.fixture(scope="module")
def good(authority: Authority) -> bytes:
    return authority.answer(query(imprint(), NONCE))


@pytest.fixture(scope="module")
def spoilt(authority: Authority) -> list[Spoilt]:
    return list(all_spoilt(authority))


def judged(data: bytes, *known: x509.Certificate) -> Evidence:
    return evidence.verify(io.BytesIO(data), PINS, authorities=known)


def of_ours(one: Spoilt) -> tuple[int, str, str, str] | None:
    try:
        judged(one.data, *one.authorities)
    except EvidenceRefused as refused:
        return refused.line, str(refused.piece), refused.code, str(refused)
    return None


def of_the_other(one: Spoilt) -> tuple[int, str, str] | None:
    try:
        verifier.Evidence(io.BytesIO(one.data), PINS, one.authorities).run()
    except verifier.Broken as broken:
        return broken.line, broken.piece, broken.code
    return None


def test_whatever_is_altered_is_refused_by_its_name_and_with_its_reason(spoilt: list[Spoilt]) -> None:
    wrong = {}
    for one in spoilt:
        found = of_ours(one)
        if found is None or found[:3] != (one.line, one.piece, one.code) or one.words not in found[3]:
            wrong[one.name] = found
    assert wrong == {}
    assert len({one.name for one in spoilt}) == len(spoilt) > 60


def test_both_verifiers_name_the_same_line_piece_and_code(spoilt: list[Spoilt]) -> None:
    found = {one.name: ((of_ours(one) or ())[:3], of_the_other(one)) for one in spoilt}
    assert {name: both for name, both in found.items() if both[0] != both[1]} == {}


def test_a_bit_turned_in_an_answer_is_read_by_both_verifiers_alike(authority: Authority, good: bytes) -> None:
    chance, known = random.Random(3161), (authority.root.certificate,)
    for _ in range(1500):
        spoilt = bytearray(good)
        spoilt[chance.randrange(len(good))] ^= 1 << chance.randrange(8)
        ours = theirs = ""
        try:
            judge(bytes(spoilt), imprint(), NONCE, known)
        except ProtocolError as error:
            ours = error.code
        try:
            verifier.read_stamp(bytes(spoilt), imprint(), NONCE, known)
        except verifier.Refused as refused:
            theirs = refused.code
        assert ours == theirs, spoilt.hex()


# ---------------------------------------------------------------- what holds


def test_the_history_existed_no_later_than_the_stamp_says(authority: Authority, good: bytes) -> None:
    found = judged(whole(good), authority.root.certificate)
    assert found.stamp is not None
    assert (found.stamp.signer, found.stamp.authority) == ("CN=Clock of tests", "CN=Authority of tests")
    assert found.stamp.latest_ms == found.stamp.time_ms + 1500
    assert found.messages == 3


def test_without_a_known_authority_the_time_rests_on_nobody(good: bytes) -> None:
    found = judged(whole(good))
    assert found.stamp is not None
    assert found.stamp.authority is None


def test_a_file_without_one_is_of_version_1_as_before(authority: Authority) -> None:
    data = written(WHOLE)
    assert b'"itx_evidence":1' in data.partition(b"\n")[0]
    assert judged(data, authority.root.certificate).stamp is None


def test_both_verifiers_read_the_same_out_of_it(authority: Authority, good: bytes) -> None:
    known = (authority.root.certificate,)
    stamp, said = judged(whole(good), *known).stamp, verifier.Evidence(io.BytesIO(whole(good)), PINS, known).run()
    assert stamp is not None
    assert said["stamp"] == {"time": stamp.time_ms, "latest": stamp.latest_ms, "signer": stamp.signer,
                             "authority": stamp.authority}  # fmt: skip


@pytest.mark.parametrize(
    ("digest", "naming", "kind"), [("sha256", "sha1", "RSA"), ("sha384", "sha256", "EC"), ("sha512", "sha512", "RSA")]
)
def test_authorities_that_sign_otherwise_are_understood(
    authority: Authority, tmp_path: Path, digest: str, naming: str, kind: str
) -> None:
    key = rsa.generate_private_key(65537, 2048) if kind == "RSA" else None
    by = Authority(tmp_path, digest=digest, naming=naming, key=key)
    data = whole(by.answer(query(imprint(), NONCE)))
    for found in (judged(data, by.root.certificate).stamp,
                  verifier.Evidence(io.BytesIO(data), PINS, [by.root.certificate]).run()["stamp"]):  # fmt: skip
        assert "CN=Authority of tests" in str(found)


def test_an_authority_between_and_both_names_of_the_signer_hold(authority: Authority, good: bytes) -> None:
    branch = made_at("Branch", by=authority.root, ca=True, deep=0)
    by = made_at("Clock of the branch", by=branch)

    def change(parts: exhibits.Parts) -> None:
        exhibits._by(by, branch.certificate)(parts)
        parts.attribute(exhibits.forms.SIGNER, old_name(by))

    data = whole(authority.altered(good, change))
    stamp = judged(data, authority.root.certificate).stamp
    assert stamp is not None
    assert (stamp.signer, stamp.authority) == ("CN=Clock of the branch", "CN=Authority of tests")
    assert verifier.Evidence(io.BytesIO(data), PINS, [authority.root.certificate]).run()["stamp"]["authority"]


def test_a_stamp_without_accuracy_is_taken_at_its_word(authority: Authority, good: bytes) -> None:
    stamp = judged(whole(authority.altered(good, lambda parts: setattr(parts.info, "accuracy", None)))).stamp
    assert stamp is not None
    assert stamp.latest_ms == stamp.time_ms


def test_a_file_of_no_certificates_names_no_authority() -> None:
    for pem in (b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        with pytest.raises(SchemaInvalid):
            read_authorities(pem)


# ---------------------------------------------------------------- by the programs of others


def test_what_is_stamped_is_verified_by_openssl_with_the_lines_between(
    authority: Authority, good: bytes, tmp_path: Path
) -> None:
    between = b"".join(whole(good).splitlines(keepends=True)[1:-1])
    (tmp_path / "lines").write_bytes(between)
    (tmp_path / "answer").write_bytes(good)
    ca = authority.folder / "authority.pem"
    argv = ["openssl", "ts", "-verify", "-data", "lines", "-in", "answer", "-CAfile", ca]
    ended = run(argv, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert (ended.returncode, "Verification: OK" in ended.stdout) == (0, True), ended.stderr


@pytest.mark.parametrize(("known", "words"), [("authority.pem", "which you named"), (None, "nobody known vouches")])
def test_the_other_verifier_says_in_words_what_it_proves(
    authority: Authority, good: bytes, tmp_path: Path, known: str | None, words: str
) -> None:
    (tmp_path / "case").write_bytes(whole(good))
    pins = [word for name, pin in PINS.items() for word in ("--pin", f"{name}={pin}")]
    more = ["--timestamp-ca", str(authority.folder / known)] if known else []
    argv = [sys.executable, "-I", verifier.__file__, "evidence", "case", *pins, *more]
    ended = run(argv, cwd=tmp_path, check=False, capture_output=True, text=True)
    said = json.loads(ended.stdout)
    assert (ended.returncode, said["proved"]) == (0, True)
    assert "existed no later than" in said["stamp"]["says"]
    assert words in said["stamp"]["says"]


def test_the_line_of_a_stamp_is_the_last(spoilt: list[Spoilt], good: bytes) -> None:
    assert whole(good).count(b"\n") == LINE
    assert [one.line for one in spoilt if one.name == "taken away"] == [LINE]
