"""Asking for a time-stamp, and judging the answer: what it is of, who signed it, and whether he could then."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ObjectIdentifier
from cryptography.x509.oid import ExtendedKeyUsageOID

from keys.stamps import forms
from keys.stamps.chain import vouched
from keys.stamps.forms import Answer, Asked, Imprint, SignedData, SignerInfo, TstInfo
from protocol.errors import (
    BadSignature,
    Expired,
    Mismatch,
    SchemaInvalid,
    UnknownKey,
    UnsupportedSuite,
    UnsupportedVersion,
)

__all__ = ["Stamp", "judge", "query", "read_authorities"]

GRANTED: Final = {0, 1}  # granted, granted with changes: what was changed is judged like the rest
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
HASHES: Final[dict[ObjectIdentifier, Callable[[], hashes.HashAlgorithm]]] = {
    forms.SHA256: hashes.SHA256, forms.SHA384: hashes.SHA384, forms.SHA512: hashes.SHA512,
}  # fmt: skip
NAMING: Final = HASHES | {forms.SHA1: hashes.SHA1}  # names a certificate that is there; proves nothing
RSA: Final = {
    forms.RSA: None, forms.RSA256: forms.SHA256, forms.RSA384: forms.SHA384, forms.RSA512: forms.SHA512,
}  # fmt: skip
ECDSA: Final = {forms.ES256: forms.SHA256, forms.ES384: forms.SHA384, forms.ES512: forms.SHA512}
LEAST_RSA_BITS: Final = 2048
CURVES: Final = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time-stamp that holds: what was stamped existed no later than ``latest_ms``, says ``signer``.

    ``authority`` is the one of those known to the judge that vouches for the signer; None where he named none.
    """

    time_ms: int
    latest_ms: int  # with the accuracy it states
    signer: str
    issuer: str
    policy: str
    serial: str
    authority: str | None


def query(digest: bytes, nonce: int) -> bytes:
    """What is asked of an authority, for the SHA-256 of what is to be stamped: with its certificates."""
    imprint = Imprint(algorithm=forms.IMPRINT, digest=digest)
    return asn1.encode_der(Asked(version=1, imprint=imprint, nonce=nonce, certificates=True))


def read_authorities(pem: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates in a file of them. SchemaInvalid where there is none."""
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except ValueError as error:
        raise SchemaInvalid("expected the certificates of authorities as PEM") from error


def judge(answer: bytes, digest: bytes, nonce: int, authorities: Sequence[x509.Certificate] = ()) -> Stamp:
    """What the answer proves of ``digest``. One of the errors of the wire says what does not hold."""
    try:
        return _judged(answer, digest, nonce, authorities)
    except (ValueError, x509.DuplicateExtension, x509.InvalidVersion, UnsupportedAlgorithm) as error:
        raise SchemaInvalid("expected an answer of a time-stamp authority in DER") from error


def _judged(answer: bytes, digest: bytes, nonce: int, authorities: Sequence[x509.Certificate]) -> Stamp:
    signed = _signed(asn1.decode_der(Answer, answer))
    info = asn1.decode_der(TstInfo, signed.content.data)
    _check_asked(info, digest, nonce)
    signer = _only(signed.signers.as_list(), "signer")
    certificate = _check_signature(signed, signer)
    time = info.time.as_datetime()
    _check_certificate(certificate, time)
    by = vouched(certificate, signed.certificates or (), authorities, time) if authorities else None
    ms = (time - EPOCH) // timedelta(milliseconds=1)
    return Stamp(
        ms, ms + _accuracy_ms(info), certificate.subject.rfc4514_string(), certificate.issuer.rfc4514_string(),
        info.policy.dotted_string, f"{info.serial:x}", None if by is None else by.subject.rfc4514_string(),
    )  # fmt: skip


def _signed(answer: Answer) -> SignedData:
    """What the authority signed, as it claims."""
    if answer.status.status not in GRANTED or answer.token is None:
        raise SchemaInvalid(f"expected a time-stamp that was granted, got the status {answer.status.status}")
    if answer.token.oid != forms.SIGNED_DATA or answer.token.signed.content.oid != forms.TST_INFO:
        raise SchemaInvalid("expected a time-stamp in what was signed")
    return answer.token.signed


def _check_asked(info: TstInfo, digest: bytes, nonce: int) -> None:
    """It is of what was to be stamped, and answers this question."""
    if info.version != 1:
        raise UnsupportedVersion("expected a time-stamp of version 1")
    if info.imprint.algorithm.oid != forms.SHA256 or info.imprint.digest != digest:
        raise Mismatch("expected a time-stamp of these very bytes, by SHA-256")
    if info.nonce != nonce:
        raise Mismatch("expected the number that was sent with the question")


def _accuracy_ms(info: TstInfo) -> int:
    """How much later than it states it may have been, in full milliseconds."""
    if info.accuracy is None:
        return 0
    parts = (info.accuracy.seconds or 0, info.accuracy.millis or 0, info.accuracy.micros or 0)
    if min(parts) < 0 or max(parts[1:]) > 999 or parts[0] > 86_400:
        raise SchemaInvalid("expected an accuracy of at most a day")
    return 1000 * parts[0] + parts[1] + (parts[2] > 0)


# ---------------------------------------------------------------- the signature


def _check_signature(signed: SignedData, signer: SignerInfo) -> x509.Certificate:
    """The signer's certificate, once its key signed the attributes, and they name the content and it."""
    if signer.attributes is None:
        raise SchemaInvalid("expected signed attributes")
    if signer.digest.oid not in HASHES:
        raise UnsupportedSuite("expected a digest of SHA-256, SHA-384 or SHA-512")
    if _attribute(signer, forms.CONTENT_TYPE).parse(ObjectIdentifier) != forms.TST_INFO:
        raise Mismatch("expected signed attributes of a time-stamp")
    if _attribute(signer, forms.DIGEST).parse(bytes) != _hashed(signer.digest.oid, signed.content.data):
        raise Mismatch("expected signed attributes of this very time-stamp")
    certificate = _named(signed, signer)
    _verify(certificate.public_key(), signer, asn1.encode_der(signer.attributes))
    return certificate


def _attribute(signer: SignerInfo, oid: ObjectIdentifier) -> asn1.TLV:
    """The only value of an attribute that must be there."""
    value: asn1.TLV = _only(_attributes(signer, oid), f"value of the signed attribute {oid.dotted_string}")
    return value


def _attributes(signer: SignerInfo, oid: ObjectIdentifier) -> list[asn1.TLV]:
    assert signer.attributes is not None
    return [value for one in signer.attributes.as_list() if one.oid == oid for value in one.values.as_list()]


def _only(some: Sequence[Any], what: str) -> Any:
    if len(some) != 1:
        raise SchemaInvalid(f"expected one {what}, got {len(some)}")
    return some[0]


def _named(signed: SignedData, signer: SignerInfo) -> x509.Certificate:
    """The certificate among those that came along which issuer, serial number and every signed attribute name."""
    said = signer.certificate
    alike = [one for one in signed.certificates or () if (one.issuer, one.serial_number) == (said.issuer, said.serial)]
    names = list(_names(signer))
    if not names:
        raise SchemaInvalid("expected a signed attribute that names the signer's certificate")
    for one in alike:
        if all(one.fingerprint(NAMING[oid]()) == digest for oid, digest in names):
            return one
    raise UnknownKey("expected the signer's certificate in the answer, the one that was signed for")


def _names(signer: SignerInfo) -> Iterator[tuple[ObjectIdentifier, bytes]]:
    """What the signed attributes name it by: (digest, of it)."""
    for value in _attributes(signer, forms.SIGNER):
        yield from ((forms.SHA1, first.digest) for first in value.parse(forms.Named).certificates[:1])
    for value in _attributes(signer, forms.SIGNER_V2):
        for first in value.parse(forms.NamedV2).certificates[:1]:  # the others name those above it
            if first.algorithm.oid not in NAMING:
                raise UnsupportedSuite("expected a certificate named by SHA-1 or SHA-2")
            yield first.algorithm.oid, first.digest


def _hashed(oid: ObjectIdentifier, data: bytes) -> bytes:
    whole = hashes.Hash(HASHES[oid]())
    whole.update(data)
    return whole.finalize()


def _verify(key: Any, signer: SignerInfo, data: bytes) -> None:
    """BadSignature, or UnsupportedSuite where it is of no kind that counts."""
    kind, digest = signer.algorithm.oid, signer.digest.oid
    try:
        if isinstance(key, rsa.RSAPublicKey) and RSA.get(kind, "") in {None, digest} and key.key_size >= LEAST_RSA_BITS:
            key.verify(signer.signature, data, padding.PKCS1v15(), HASHES[digest]())
        elif isinstance(key, ec.EllipticCurvePublicKey) and ECDSA.get(kind) == digest and isinstance(key.curve, CURVES):
            key.verify(signer.signature, data, ec.ECDSA(HASHES[digest]()))
        else:
            raise UnsupportedSuite("expected RSA of 2,048 bits or more or ECDSA on a NIST curve, with its digest")
    except InvalidSignature as error:
        raise BadSignature("expected the signature of the certificate's key") from error


# ---------------------------------------------------------------- the certificate


def _check_certificate(certificate: x509.Certificate, time: datetime) -> None:
    """For time-stamping alone (RFC 3161, section 2.3), and valid when it signed."""
    try:
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound as error:
        raise UnknownKey("expected a certificate that says it is for time-stamping") from error
    if not uses.critical or list(uses.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise UnknownKey("expected a certificate for time-stamping and nothing else")
    if not certificate.not_valid_before_utc <= time <= certificate.not_valid_after_utc:
        raise Expired("expected a certificate that was valid at the time it states")
