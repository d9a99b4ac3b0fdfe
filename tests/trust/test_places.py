"""The URIs of keys on tokens: read, written, and refused where they hold more than a node may be told."""

import pytest

from keys.errors import CustodyUnsupported
from keys.hardware import Place, Token


@pytest.mark.parametrize(
    ("token", "uri"),
    [
        (Token("itx-br"), "pkcs11:token=itx-br"),
        (Token("Büro 7", "00ff"), "pkcs11:token=B%C3%BCro%207;serial=00ff"),
    ],
)
def test_a_token_is_read_as_it_is_written(token: Token, uri: str) -> None:
    assert (Token.parse(uri), token.uri) == (token, uri)
    place = Place(token, b"\x00key")
    assert (Place.parse(place.uri), place.uri) == (place, f"{uri};id=%00key")


@pytest.mark.parametrize(
    "uri",
    [
        "", "file:x", "pkcs11:", "pkcs11:serial=1", "pkcs11:token=", "pkcs11:token=a;token=b", "pkcs11:token=%FF",
        "pkcs11:token=a;pin-value=1234", "pkcs11:token=a?pin-source=file:x", "pkcs11:token=a b", "pkcs11:token=a;x",
        "pkcs11:token=" + "a" * 600,
    ],
)  # fmt: skip
def test_a_uri_that_says_less_or_more_is_refused(uri: str) -> None:
    with pytest.raises(CustodyUnsupported, match="expected"):
        Token.parse(uri)


def test_a_pin_in_a_uri_is_refused_and_not_repeated() -> None:
    with pytest.raises(CustodyUnsupported) as refused:
        Token.parse("pkcs11:token=a;pin-value=1234")
    assert "1234" not in str(refused.value)


def test_a_key_without_its_id_is_no_key() -> None:
    with pytest.raises(CustodyUnsupported, match="with id="):
        Place.parse("pkcs11:token=itx-br")
