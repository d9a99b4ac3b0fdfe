"""A time-stamp authority: `openssl ts` with certificates made here, and answers that it would never give.

``answer`` is what the real program says. ``altered`` takes such an answer apart by its ASN.1 forms, lets a test change
what it likes, and signs it again with the authority's key: so what is refused is what was changed, not the signature.
"""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha1, sha256
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from keys.stamps import forms
from keys.stamps.forms import Answer, Attribute, SignedData, SignerInfo, TstInfo

__all__ = ["NOW", "Authority", "Bearer", "Parts", "made_at", "name"]

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
STAMPING = (ExtendedKeyUsageOID.TIME_STAMPING,)
CONFIGURATION = """
[tsa]
default_tsa = t
[t]
serial = {folder}/serial
signer_cert = {folder}/signer.pem
certs = {folder}/authority.pem
signer_key = {folder}/signer.key
signer_digest = {digest}
default_policy = 1.3.6.1.4.1.32473.1
digests = sha256
accuracy = secs:1, millisecs:500
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = {naming}
"""
USAGES = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
          "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


@dataclass(frozen=True)
class Bearer:
    """A certificate and the key to it."""

    certificate: x509.Certificate
    key: Any

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def made_at(
    common: str, *, by: Bearer | None = None, key: Any = None, of: Any = None, ca: bool = False,
    uses: tuple[x509.ObjectIdentifier, ...] = STAMPING, critical: bool = True,
    valid: tuple[datetime, datetime] = (NOW - DAY, NOW + 365 * DAY), deep: int | None = None, signs: bool = True,
) -> Bearer:  # fmt: skip
    """A certificate of this name: an authority's own, or one that somebody signed."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    issuer = by or Bearer(None, key)  # type: ignore[arg-type]
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(common))
        .issuer_name(name(common) if by is None else by.certificate.subject)
        .public_key(of or key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
        .add_extension(x509.BasicConstraints(ca=ca, path_length=deep), critical=True)
    )
    if uses and (not ca or uses != STAMPING):
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=critical)
    if ca:
        usage = dict.fromkeys(USAGES, False) | {"key_cert_sign": signs, "digital_signature": not signs}
        builder = builder.add_extension(x509.KeyUsage(**usage), critical=True)
    return Bearer(builder.sign(issuer.key, hashes.SHA256()), key)


@dataclass
class Parts:
    """An answer taken apart. ``sign`` makes its signature anew when it is put together again."""

    answer: Answer
    info: TstInfo
    authority: "Authority"
    sign: bool = True
    signer: Bearer | None = None  # somebody else who signs

    @property
    def signed(self) -> SignedData:
        assert self.answer.token is not None
        return self.answer.token.signed

    @property
    def info_of_signer(self) -> SignerInfo:
        return self.signed.signers.as_list()[0]

    def attribute(self, oid: x509.ObjectIdentifier, *values: Any) -> None:
        """Put another value into a signed attribute, or take it away."""
        signer = self.info_of_signer
        assert signer.attributes is not None
        kept = [one for one in signer.attributes.as_list() if one.oid != oid]
        new = Attribute(oid=oid, values=asn1.SetOf([asn1.decode_der(asn1.TLV, asn1.encode_der(one)) for one in values]))
        self.replaced(attributes=asn1.SetOf([*kept, *([new] if values else [])]))

    def replaced(self, **members: Any) -> None:
        """Other members of the one that says who signed."""
        signer = self.info_of_signer
        names = SignerInfo.__dataclass_fields__
        changed = SignerInfo(**{each: getattr(signer, each) for each in names} | members)
        self.signed.signers = asn1.SetOf([changed])

    def borne(self, by: Bearer) -> None:
        """Another signs, and everything names him."""
        self.signer = by
        assert self.signed.certificates is not None
        self.signed.certificates = [by.certificate, self.authority.root.certificate]
        said = forms.IssuerAndSerial(issuer=by.certificate.issuer, serial=by.certificate.serial_number)
        kind = {True: forms.RSA256, False: forms.ES256}[isinstance(by.key, rsa.RSAPrivateKey)]
        self.replaced(certificate=said, algorithm=forms.Algorithm(oid=kind), digest=forms.IMPRINT)
        self.attribute(forms.SIGNER_V2, named(by))

    def together(self) -> bytes:
        """The bytes."""
        if self.sign:
            self.signed.content.data = asn1.encode_der(self.info)
            digest = {forms.SHA256: hashes.SHA256, forms.SHA384: hashes.SHA384, forms.SHA512: hashes.SHA512}.get(
                self.info_of_signer.digest.oid, hashes.SHA256
            )
            if self.info_of_signer.attributes is not None:
                whole = hashes.Hash(digest())
                whole.update(self.signed.content.data)
                self.attribute(forms.DIGEST, whole.finalize())
                data = asn1.encode_der(self.info_of_signer.attributes)
                key = (self.signer or self.authority.signer).key
                how = (padding.PKCS1v15(), digest()) if isinstance(key, rsa.RSAPrivateKey) else (ec.ECDSA(digest()),)
                self.replaced(signature=key.sign(data, *how))
        return asn1.encode_der(self.answer)


def named(by: Bearer) -> Any:
    """The signed attribute that names a certificate."""
    digest = by.certificate.fingerprint(hashes.SHA256())
    return forms.NamedV2(certificates=[forms.CertificateIdV2(digest=digest, issuer=None,
                         algorithm=forms.Algorithm(oid=forms.SHA256))], policies=None)  # fmt: skip


class Authority:
    """Its certificates, its keys, and the real program behind it."""

    def __init__(self, folder: Path, *, digest: str = "sha256", naming: str = "sha256", key: Any = None) -> None:
        self.folder = folder
        self.root = made_at("Authority of tests", ca=True, valid=(NOW - 30 * DAY, NOW + 3650 * DAY))
        self.signer = made_at("Clock of tests", by=self.root, key=key)
        (folder / "authority.pem").write_bytes(self.root.pem)
        (folder / "signer.pem").write_bytes(self.signer.pem)
        (folder / "signer.key").write_bytes(self.signer.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ))  # fmt: skip
        (folder / "serial").write_text("01\n")
        (folder / "ts.cnf").write_text(CONFIGURATION.format(folder=folder, digest=digest, naming=naming))

    def answer(self, query: bytes) -> bytes:
        """What `openssl ts` answers."""
        asked, said = self.folder / "asked", self.folder / "said"
        asked.write_bytes(query)
        command = ["openssl", "ts", "-reply", "-config", self.folder / "ts.cnf", "-queryfile", asked, "-out", said]
        subprocess.run(command, check=True, capture_output=True)
        return said.read_bytes()

    def parts(self, answer: bytes) -> Parts:
        found = asn1.decode_der(Answer, answer)
        assert found.token is not None
        return Parts(found, asn1.decode_der(TstInfo, found.token.signed.content.data), self)

    def altered(self, answer: bytes, change: Callable[[Parts], object]) -> bytes:
        """The answer with something changed, and signed again unless the change says no."""
        parts = self.parts(answer)
        change(parts)
        return parts.together()


def old_name(by: Bearer) -> Any:
    """The same in the older form, by SHA-1."""
    digest = sha1(by.certificate.public_bytes(serialization.Encoding.DER), usedforsecurity=False).digest()
    return forms.Named(certificates=[forms.CertificateId(digest=digest, issuer=None)], policies=None)


def digest_of(text: bytes) -> bytes:
    return sha256(text).digest()
