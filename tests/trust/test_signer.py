"""Where a key lies is a URI; what is not served is refused with a sentence."""

import pytest

from keys.errors import CustodyUnsupported
from keys.signer import FileSigner, custody_uri, is_on_hardware
from tests.trust.authority import key

KEY = key("signer")


def test_a_key_of_the_vault_signs_under_its_name() -> None:
    signer = FileSigner(KEY.kid, KEY.alg, KEY)
    assert (signer.kid, signer.alg, signer.sign(b"said")) == (KEY.kid, "Ed25519", KEY.sign(b"said"))


def test_a_uri_says_whether_a_key_lies_on_hardware() -> None:
    assert [is_on_hardware(uri) for uri in (custody_uri(KEY.kid), "pkcs11:token=ke;id=%01")] == [False, True]


@pytest.mark.parametrize("uri", ["", "file:", "https://keys.example/1", "kid-without-a-scheme"])
def test_an_unknown_place_of_a_key_is_refused(uri: str) -> None:
    with pytest.raises(CustodyUnsupported, match="file:<kid>"):
        is_on_hardware(uri)
