"""The cast's evidence with a time-stamp in it, as it should be and spoilt.

A row is a file, the code it must be refused with, and words of the reason; all of them fail in the line of the
time-stamp unless they say otherwise.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from keys.stamps import forms, query
from protocol import base64url, evidence, jws, strictjson
from protocol.evidence import Stamped
from tests.stamping.authority import DAY, NOW, Authority, Parts, digest_of, made_at, old_name
from tests.wire.cast import SENDER
from tests.wire.exhibits import WHOLE, inventory_of, spelt
from tests.wire.provers import as_is

__all__ = ["LINE", "NONCE", "Spoilt", "all_spoilt", "stamped", "whole"]

NONCE = 0x8F01_0203_0405_0607
LINE = 8
Change = Callable[[Parts], object]


@dataclass(frozen=True)
class Spoilt:
    """One file, and why it must be refused."""

    name: str
    data: bytes
    code: str
    words: str
    line: int = LINE
    piece: str = "stamp"
    authorities: tuple[x509.Certificate, ...] = ()


def lines_of() -> list[tuple[str, str, bytes]]:
    """What is stamped."""
    return [(kind, of, spelt(value)) for kind, of, value in WHOLE.lines()]


def imprint() -> bytes:
    return digest_of(b"".join(line + b"\n" for _, _, line in lines_of()))


def stamped(*lines: bytes, of: str = evidence.STAMP, version: int = 2, place: int = 7) -> bytes:
    """The whole file with these lines of time-stamps, signed for by its exporter."""
    all_lines = lines_of()
    all_lines[place:place] = [("stamp", of, line) for line in lines]
    signed = jws.sign(spelt(inventory_of(all_lines)), evidence.TYP, [as_is(key) for key in SENDER.stmt])
    return evidence.write(evidence.inventory_line(signed, version), [line for _, _, line in all_lines])


def whole(answer: bytes, nonce: int = NONCE) -> bytes:
    """With this answer of an authority."""
    return stamped(evidence.stamp_line(Stamped(nonce, answer)))


def all_spoilt(by: Authority) -> Iterator[Spoilt]:
    """Every one of them, from a real answer of the authority."""
    good = by.answer(query(imprint(), NONCE))
    yield from by_outsiders(whole(good))
    yield from shapes(good)
    yield from questions(by, good)
    for name, change, code, words in (*tokens(), *signatures(by), *certificates(by)):
        yield Spoilt(name, whole(by.altered(good, change)), code, words, authorities=(by.root.certificate,))
    yield from chains(by, good)


def by_outsiders(data: bytes) -> Iterator[Spoilt]:
    """Without the exporter's key nobody takes it away, changes or replaces it."""
    lines = data.splitlines(keepends=True)
    plain = stamped(version=1).splitlines(keepends=True)
    yield Spoilt("taken away", b"".join(lines[:-1]), "schema", "expected a line", piece="file")
    yield Spoilt("twice", data + lines[-1], "schema", "nothing behind", line=LINE + 1, piece="file")
    yield Spoilt("put into a file without one", b"".join(plain) + lines[-1], "schema", "nothing behind", piece="file")
    for at in (30, 200, len(lines[-1]) - 9):
        spoilt = bytearray(lines[-1])
        spoilt[at] ^= 1
        yield Spoilt(f"byte {at} of the line", b"".join(lines[:-1]) + bytes(spoilt), "mismatch", "signed for")
    first = lines[0].replace(b'"itx_evidence":2', b'"itx_evidence":1')
    yield Spoilt("called version 1", b"".join([first, *lines[1:]]), "unsupported-version", "version 2", 1, "inventory")


def shapes(good: bytes) -> Iterator[Spoilt]:
    """Lines that are none."""
    nonce, answer = base64url.encode(NONCE.to_bytes(8, "big")), base64url.encode(good)

    def line(value: Any) -> bytes:
        return stamped(strictjson.dump(value))

    said = {"nonce": nonce, "answer": answer}
    for name, value in (
        ("no object", []), ("nothing in it", {"stamp": {}}), ("without a number", {"stamp": {"answer": answer}}),
        ("a member more", {"stamp": said | {"note": ""}}), ("two things", {"stamp": said, "head": ""}),
        ("a number of 7 bytes", {"stamp": said | {"nonce": base64url.encode(bytes(7))}}),
        ("no base64url", {"stamp": said | {"answer": "+/+/"}}), ("a number for one", {"stamp": said | {"answer": 1}}),
        ("an answer without bound", {"stamp": said | {"answer": "A" * 87_386}}),
    ):  # fmt: skip
        yield Spoilt(f"shape: {name}", line(value), "schema", "")
    stamp = evidence.stamp_line(Stamped(NONCE, good))
    for name, data in (
        ("two of them", stamped(stamp, stamp)), ("of another kind", stamped(stamp, of="rfc4998")),
        ("before the messages", stamped(stamp, place=3)),
    ):  # fmt: skip
        yield Spoilt(f"inventory: {name}", data, "schema", "", 1, "inventory")
    yield Spoilt("inventory: version 3", stamped(stamp, version=3), "unsupported-version", "1 or 2", 1, "inventory")
    yield Spoilt("version 2 without one", stamped(), "unsupported-version", "else of version 1", 1, "inventory")


def questions(by: Authority, good: bytes) -> Iterator[Spoilt]:
    """Genuine answers, to another question."""
    yield Spoilt("of the file before", whole(by.answer(query(digest_of(b"x"), NONCE))), "mismatch", "these very bytes")
    yield Spoilt("to another number", whole(good, NONCE + 1), "mismatch", "the number that was sent")
    head = digest_of(spelt({"head": WHOLE.head}))
    yield Spoilt("of the head alone", whole(by.answer(query(head, NONCE))), "mismatch", "these very bytes")
    refused = asn1.encode_der(forms.Answer(status=forms.Status(status=2, texts=None, failure=None), token=None))
    yield Spoilt("a refusal", whole(refused), "schema", "granted")
    for name, answer in (
        ("nothing", b""), ("half of it", good[: len(good) // 2]), ("bytes behind", good + b"\0"),
        ("a page of HTML", b"<html>"), ("no DER", b"\x30\x80" + good), ("deep", b"\x30\x84\xff\xff\xff\xff" * 99),
    ):  # fmt: skip
        yield Spoilt(f"answer: {name}", whole(answer), "schema", "in DER")


def tokens() -> list[tuple[str, Change, str, str]]:
    """What the authority states, signed by its key."""

    def info(**members: Any) -> Change:
        return lambda parts: [setattr(parts.info, each, value) for each, value in members.items()]

    def unsigned(change: Change) -> Change:
        return lambda parts: (change(parts), setattr(parts, "sign", False), _put_back(parts))

    sha512, accuracy = forms.Algorithm(oid=forms.SHA512, parameters=asn1.Null()), forms.Accuracy
    at = asn1.GeneralizedTime
    return [
        ("token: another imprint", info(imprint=forms.Imprint(algorithm=forms.IMPRINT, digest=bytes(32))), "mismatch",
         "these very bytes"),
        ("token: an imprint cut off", info(imprint=forms.Imprint(algorithm=forms.IMPRINT, digest=imprint()[:31])),
         "mismatch", "these very bytes"),
        ("token: an imprint of another digest", info(imprint=forms.Imprint(algorithm=sha512, digest=imprint())),
         "mismatch", "by SHA-256"),
        ("token: another number", info(nonce=NONCE - 1), "mismatch", "the number that was sent"),
        ("token: no number", info(nonce=None), "mismatch", "the number that was sent"),
        ("token: another version", info(version=2), "unsupported-version", "version 1"),
        ("token: an earlier time, not signed anew", unsigned(info(time=at(NOW - DAY))),
         "mismatch", "this very time-stamp"),
        ("token: a later time, not signed anew", unsigned(info(time=at(NOW + DAY))),
         "mismatch", "this very time-stamp"),
        ("token: a time before its certificate", info(time=at(NOW - 2 * DAY)), "expired",
         "valid at the time"),
        ("token: a time after its certificate", info(time=at(NOW + 366 * DAY)), "expired",
         "valid at the time"),
        ("token: an accuracy of years", info(accuracy=accuracy(seconds=10**9, millis=None, micros=None)), "schema",
         "at most a day"),
        ("token: an accuracy that makes it earlier", info(accuracy=accuracy(seconds=-9, millis=None, micros=None)),
         "schema", "at most a day"),
        ("token: thousands of milliseconds", info(accuracy=accuracy(seconds=0, millis=5000, micros=None)), "schema",
         "at most a day"),
    ]  # fmt: skip


def _put_back(parts: Parts) -> None:
    """What was changed, under the signature that is there."""
    parts.signed.content.data = asn1.encode_der(parts.info)


def signatures(by: Authority) -> list[tuple[str, Change, str, str]]:
    """What is signed over, and by whom."""
    other = made_at("Clock of tests", by=by.root)
    weak = made_at("Weak clock", by=by.root, key=rsa.generate_private_key(65537, 1024))
    odd = made_at("Odd clock", by=by.root, key=ec.generate_private_key(ec.SECP256K1()))

    def attributed(oid: Any, *values: Any) -> Change:
        return lambda parts: parts.attribute(oid, *values)

    def unsigned(change: Change) -> Change:
        return lambda parts: (change(parts), setattr(parts, "sign", False))

    def twice(parts: Parts) -> None:
        signer = parts.info_of_signer
        parts.signed.signers = asn1.SetOf([signer, signer])
        parts.sign = False

    sha1 = forms.Algorithm(oid=forms.SHA1, parameters=asn1.Null())
    flipped = lambda parts: parts.replaced(signature=parts.info_of_signer.signature[:-1] + b"\0")  # noqa: E731 - one line
    return [
        ("signature: a byte of it", unsigned(flipped), "bad-signature", "the certificate's key"),
        ("signature: by another key", lambda parts: setattr(parts, "signer", other), "bad-signature", "key"),
        ("signature: by two", twice, "schema", "one signer"),
        ("signature: by nobody", unsigned(lambda parts: setattr(parts.signed, "signers", asn1.SetOf([]))), "schema",
         "one signer"),
        ("signature: over nothing", lambda parts: parts.replaced(attributes=None), "schema", "signed attributes"),
        ("signature: by SHA-1", unsigned(lambda parts: parts.replaced(digest=sha1)), "unsupported-suite", "SHA-256"),
        ("signature: an algorithm for other keys", lambda parts: parts.replaced(algorithm=forms.Algorithm(
            oid=forms.RSA256)), "unsupported-suite", "with its digest"),
        ("signature: an algorithm of another digest", lambda parts: parts.replaced(algorithm=forms.Algorithm(
            oid=forms.ES512)), "unsupported-suite", "with its digest"),
        ("signature: RSA of 1,024 bits", lambda parts: parts.borne(weak), "unsupported-suite", "2,048"),
        ("signature: a curve that does not count", lambda parts: parts.borne(odd), "unsupported-suite", "curve"),
        ("attributes: of another content", attributed(forms.CONTENT_TYPE, forms.SIGNED_DATA), "mismatch",
         "of a time-stamp"),
        ("attributes: of no content", attributed(forms.CONTENT_TYPE), "schema", "signed attribute"),
        ("attributes: of two contents", attributed(forms.CONTENT_TYPE, forms.TST_INFO, forms.SIGNED_DATA), "schema",
         "signed attribute"),
        ("attributes: of another digest", unsigned(attributed(forms.DIGEST, bytes(32))), "mismatch",
         "this very time-stamp"),
        ("attributes: naming nobody", attributed(forms.SIGNER_V2), "schema", "names the signer"),
        ("attributes: naming nobody in a list", attributed(forms.SIGNER_V2, forms.NamedV2(
            certificates=[], policies=None)), "schema", "names the signer"),
        ("attributes: naming by an unknown digest", attributed(forms.SIGNER_V2, forms.NamedV2(certificates=[
            forms.CertificateIdV2(algorithm=forms.Algorithm(oid=forms.RSA), digest=bytes(32), issuer=None)],
            policies=None)), "unsupported-suite", "named by"),
        ("attributes: naming another certificate", lambda parts: parts.attribute(forms.SIGNER, old_name(other)),
         "unknown-key", "signed for"),
        ("content: of another kind", unsigned(lambda parts: setattr(parts.signed.content, "oid", forms.SIGNED_DATA)),
         "schema", "a time-stamp in what"),
    ]  # fmt: skip


def certificates(by: Authority) -> list[tuple[str, Change, str, str]]:
    """Whose certificate it is, and what for."""
    web, any_use = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
    both = (ExtendedKeyUsageOID.TIME_STAMPING, web)
    past, soon = (NOW - 9 * DAY, NOW - DAY), (NOW + DAY, NOW + 9 * DAY)
    foreign = made_at("Another authority", ca=True)
    branch = {
        "that may sign nothing": made_at("Branch", by=by.root, ca=True, signs=False),
        "that is none": made_at("Branch", by=by.root),
        "that was over": made_at("Branch", by=by.root, ca=True, valid=past),
        "for web servers": made_at("Branch", by=by.root, ca=True, uses=(web,)),
    }
    rows: list[tuple[str, Any, str, str]] = [
        ("for web servers", made_at("A", by=by.root, uses=(web,)), "unknown-key", "time-stamping and nothing else"),
        ("for everything", made_at("A", by=by.root, uses=(any_use,)), "unknown-key", "and nothing else"),
        ("for web servers too", made_at("A", by=by.root, uses=both), "unknown-key", "and nothing else"),
        ("for it, but not bound to that", made_at("A", by=by.root, critical=False), "unknown-key", "nothing else"),
        ("for nothing", made_at("A", by=by.root, uses=()), "unknown-key", "says it is for time-stamping"),
        ("that was over", made_at("A", by=by.root, valid=past), "expired", "valid at the time"),
        ("that begins tomorrow", made_at("A", by=by.root, valid=soon), "expired", "valid at the time"),
        ("of another authority", made_at("A", by=foreign), "unknown-key", "vouched for"),
        ("of its own", made_at("Clock of tests"), "unknown-key", "vouched for"),
    ]
    changes = [(f"certificate: {name}", _by(one), code, words) for name, one, code, words in rows]
    for name, authority in branch.items():
        one = made_at("A", by=authority)
        change = _by(one, authority.certificate)
        changes.append((f"certificate: by an authority between {name}", change, "unknown-key", "vouched for"))
    short = made_at("Branch", by=by.root, ca=True, deep=0)
    twig = made_at("Twig", by=short, ca=True)
    change = _by(made_at("A", by=twig), twig.certificate, short.certificate)
    changes.append(("certificate: by too long a chain", change, "unknown-key", "vouched for"))
    nowhere = lambda parts: setattr(parts.signed, "certificates", None)  # noqa: E731 - one line
    replaced = lambda parts: setattr(parts.signed, "certificates", [made_at("Clock of tests", by=by.root,  # noqa: E731
                                     of=by.signer.key.public_key()).certificate])  # fmt: skip
    return [
        *changes,
        ("certificate: not there", nowhere, "unknown-key", "in the answer"),
        ("certificate: another one for the same key", replaced, "unknown-key", "in the answer"),
    ]


def _by(bearer: Any, *between: x509.Certificate) -> Change:
    def change(parts: Parts) -> None:
        parts.borne(bearer)
        assert parts.signed.certificates is not None
        parts.signed.certificates += between

    return change


def chains(by: Authority, good: bytes) -> Iterator[Spoilt]:
    """A good token, and a reader who knows other authorities than the one that vouches for it."""
    for name, known in (
        ("another authority", made_at("Another authority", ca=True)),
        ("one of the same name", made_at("Authority of tests", ca=True)),
        ("one that is over", made_at("Authority of tests", ca=True, key=by.root.key,
                                     valid=(NOW - 9 * DAY, NOW - timedelta(hours=1)))),
        ("one that is none", made_at("Authority of tests", key=by.root.key)),
    ):  # fmt: skip
        yield Spoilt(f"known: {name}", whole(good), "unknown-key", "vouched for", authorities=(known.certificate,))
