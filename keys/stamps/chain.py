"""Whether an authority that somebody knows vouches for a certificate that signs time-stamps, at the time of one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, Policy, PolicyBuilder, Store, VerificationError

from protocol.errors import UnknownKey

__all__ = ["vouched"]

DEEPEST: Final = 8
FOR: Final = {ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}


def vouched(
    certificate: x509.Certificate, others: Sequence[x509.Certificate], authorities: Sequence[x509.Certificate],
    time: datetime,
) -> x509.Certificate:  # fmt: skip
    """The authority at the end of the chain; UnknownKey where none of them is."""
    policy = PolicyBuilder().store(Store(list(authorities))).time(time.replace(tzinfo=None)).max_chain_depth(DEEPEST)
    verifier = policy.extension_policies(ca_policy=_OF_AUTHORITIES, ee_policy=_OF_SIGNERS).build_client_verifier()
    try:
        return verifier.verify(certificate, list(others)).chain[-1]
    except VerificationError as error:
        raise UnknownKey("expected a signer that a known authority vouched for at that time") from error


def _check_signing(_policy: Policy, _of: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("expected a key that may sign certificates")


def _check_use(_policy: Policy, _of: x509.Certificate, uses: x509.ExtendedKeyUsage | None) -> None:
    if uses is not None and FOR.isdisjoint(uses):
        raise ValueError("expected an authority for time-stamping")


_OF_AUTHORITIES: Final = (
    ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, Criticality.CRITICAL, None)  # what it says is judged in any case
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _check_signing)
    .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _check_use)
)
_OF_SIGNERS: Final = ExtensionPolicy.permit_all()  # what a signer's must say was looked at before
