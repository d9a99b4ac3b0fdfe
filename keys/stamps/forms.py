"""The ASN.1 forms of time-stamps (RFC 3161, RFC 5652, RFC 5035), as far as one of them is asked for and judged.

Sets that a signer may write in any order (BER: certificates, revocation lists) are read as lists. What the signature is
over is DER, and read strictly.
"""

from typing import Annotated

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

__all__ = [
    "CONTENT_TYPE", "DIGEST", "ES256", "ES384", "ES512", "IMPRINT", "RSA", "RSA256", "RSA384", "RSA512", "SHA1",
    "SHA256", "SHA384", "SHA512", "SIGNED_DATA", "SIGNER", "SIGNER_V2", "TST_INFO", "Algorithm", "Answer", "Asked",
    "Attribute", "Imprint", "Named", "NamedV2", "SignedData", "SignerInfo", "TstInfo",
]  # fmt: skip

SIGNED_DATA = ObjectIdentifier("1.2.840.113549.1.7.2")
TST_INFO = ObjectIdentifier("1.2.840.113549.1.9.16.1.4")
CONTENT_TYPE = ObjectIdentifier("1.2.840.113549.1.9.3")
DIGEST = ObjectIdentifier("1.2.840.113549.1.9.4")
SIGNER = ObjectIdentifier("1.2.840.113549.1.9.16.2.12")
SIGNER_V2 = ObjectIdentifier("1.2.840.113549.1.9.16.2.47")
SHA1 = ObjectIdentifier("1.3.14.3.2.26")
SHA256 = ObjectIdentifier("2.16.840.1.101.3.4.2.1")
SHA384 = ObjectIdentifier("2.16.840.1.101.3.4.2.2")
SHA512 = ObjectIdentifier("2.16.840.1.101.3.4.2.3")
RSA = ObjectIdentifier("1.2.840.113549.1.1.1")  # the digest is then the one named beside it
RSA256 = ObjectIdentifier("1.2.840.113549.1.1.11")
RSA384 = ObjectIdentifier("1.2.840.113549.1.1.12")
RSA512 = ObjectIdentifier("1.2.840.113549.1.1.13")
ES256 = ObjectIdentifier("1.2.840.10045.4.3.2")
ES384 = ObjectIdentifier("1.2.840.10045.4.3.3")
ES512 = ObjectIdentifier("1.2.840.10045.4.3.4")


@asn1.sequence
class Algorithm:
    oid: ObjectIdentifier
    parameters: asn1.Null | None = None


IMPRINT = Algorithm(oid=SHA256, parameters=asn1.Null())


@asn1.sequence
class Imprint:
    algorithm: Algorithm
    digest: bytes


@asn1.sequence
class Asked:
    """TimeStampReq."""

    version: int
    imprint: Imprint
    policy: ObjectIdentifier | None = None
    nonce: int | None = None
    certificates: Annotated[bool, asn1.Default(value=False)] = False


@asn1.sequence
class Accuracy:
    seconds: int | None
    millis: Annotated[int | None, asn1.Implicit(0)]
    micros: Annotated[int | None, asn1.Implicit(1)]


@asn1.sequence
class TstInfo:
    """What was signed. ``authority`` and ``extensions`` are not read: whoever signed stands in the certificate."""

    version: int
    policy: ObjectIdentifier
    imprint: Imprint
    serial: int
    time: asn1.GeneralizedTime
    accuracy: Accuracy | None
    ordering: Annotated[bool, asn1.Default(value=False)]
    nonce: int | None
    authority: Annotated[list[asn1.TLV] | None, asn1.Implicit(0)]
    extensions: Annotated[list[asn1.TLV] | None, asn1.Implicit(1)]


@asn1.sequence
class Attribute:
    oid: ObjectIdentifier
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class IssuerAndSerial:
    issuer: x509.Name
    serial: int


@asn1.sequence
class SignerInfo:
    version: int
    certificate: IssuerAndSerial
    digest: Algorithm
    attributes: Annotated[asn1.SetOf[Attribute] | None, asn1.Implicit(0)]
    algorithm: Algorithm
    signature: bytes
    unsigned: Annotated[list[asn1.TLV] | None, asn1.Implicit(1)]


@asn1.sequence
class Content:
    oid: ObjectIdentifier
    data: Annotated[bytes, asn1.Explicit(0)]


@asn1.sequence
class SignedData:
    version: int
    digests: asn1.SetOf[Algorithm]
    content: Content
    certificates: Annotated[list[x509.Certificate] | None, asn1.Implicit(0)]
    revoked: Annotated[list[asn1.TLV] | None, asn1.Implicit(1)]
    signers: asn1.SetOf[SignerInfo]


@asn1.sequence
class Token:
    oid: ObjectIdentifier
    signed: Annotated[SignedData, asn1.Explicit(0)]


@asn1.sequence
class Status:
    status: int
    texts: list[str] | None
    failure: asn1.BitString | None


@asn1.sequence
class Answer:
    """TimeStampResp."""

    status: Status
    token: Token | None


@asn1.sequence
class CertificateId:
    """ESSCertID, of SHA-1."""

    digest: bytes
    issuer: list[asn1.TLV] | None


@asn1.sequence
class CertificateIdV2:
    """ESSCertIDv2, of SHA-256 where it names nothing else."""

    algorithm: Annotated[Algorithm, asn1.Default(Algorithm(oid=SHA256))]
    digest: bytes
    issuer: list[asn1.TLV] | None


@asn1.sequence
class Named:
    certificates: list[CertificateId]
    policies: list[asn1.TLV] | None


@asn1.sequence
class NamedV2:
    certificates: list[CertificateIdV2]
    policies: list[asn1.TLV] | None
