"""Where a key lies is a URI; what is not served is refused with a sentence."""

import pytest

from keys.algorithms import SigningKey
from keys.errors import CustodyUnsupported
from keys.signer import custody_uri, signer_at
from tests.trust.authority import key

KEY = key("signer")
NOBODY: dict[str, SigningKey] = {}


def test_the_uri_of_a_vault_key_leads_to_its_signer() -> None:
    signer = signer_at(custody_uri(KEY.kid), {KEY.kid: KEY}.__getitem__)
    assert (signer.kid, signer.alg, signer.sign(b"said")) == (KEY.kid, "Ed25519", KEY.sign(b"said"))


def test_a_hardware_module_is_refused_by_name() -> None:
    with pytest.raises(CustodyUnsupported, match="hardware module"):
        signer_at("pkcs11:token=ke;object=env", NOBODY.__getitem__)


@pytest.mark.parametrize("uri", ["", "file:", "https://keys.example/1", "kid-without-a-scheme"])
def test_an_unknown_place_of_a_key_is_refused(uri: str) -> None:
    with pytest.raises(CustodyUnsupported, match="file:<kid>"):
        signer_at(uri, NOBODY.__getitem__)
