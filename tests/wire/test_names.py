"""Names that cannot be malformed."""

from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError

from protocol import names
from protocol.names import AuthorityId, CaseId, DossierId, KeyId, MessageId, ReceiptId

SEVEN = UUID("0198c5f0-0000-7000-8000-000000000001")
FOUR = UUID("0198c5f0-0000-4000-8000-000000000001")


@pytest.mark.parametrize("text", ["ke", "br", "xb.customs", "a-b", "9a", "a" * 63])
def test_a_well_formed_authority_is_taken(text: str) -> None:
    assert AuthorityId(text) == text


@pytest.mark.parametrize(
    "text", ["", "k", "KE", "-a", ".a", "a_b", "ké", "ke ", "ke\n", "a" * 64, "a:b", "a/b", "а" * 2]
)
def test_an_ill_formed_authority_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="AuthorityId"):
        AuthorityId(text)


def test_a_message_is_named_after_its_sender() -> None:
    assert MessageId.new("xb.customs", SEVEN).authority == AuthorityId("xb.customs")


def test_a_receipt_is_named_after_its_signer() -> None:
    assert ReceiptId.new("ke", SEVEN).authority == "ke"


def test_a_case_is_named_after_its_requester() -> None:
    assert CaseId.new("xb.customs", SEVEN).requester == AuthorityId("xb.customs")


def test_a_dossier_is_a_case_with_a_mark() -> None:
    assert DossierId.new("ke", SEVEN) == f"ke.d{SEVEN.hex}"


def test_a_dossier_knows_its_requester() -> None:
    assert DossierId.new("ke.d", SEVEN).requester == "ke.d"


def test_no_text_is_both_a_case_and_a_dossier() -> None:
    with pytest.raises(ValueError, match="CaseId"):
        CaseId(DossierId.new("ke", SEVEN))


@pytest.mark.parametrize("kind", [MessageId, ReceiptId, CaseId, DossierId])
def test_only_uuids_of_version_7_make_names(kind: type[MessageId] | type[CaseId]) -> None:
    with pytest.raises(ValueError, match="well formed"):
        kind.new("ke", FOUR)


@pytest.mark.parametrize(
    "text", [f"ke:{SEVEN}\n", f"ke:{str(SEVEN).upper()}", f"ke:{SEVEN.hex}", f"KE:{SEVEN}", f":{SEVEN}"]
)
def test_a_message_id_has_one_spelling(text: str) -> None:
    with pytest.raises(ValueError, match="MessageId"):
        MessageId(text)


@pytest.mark.parametrize("text", ["A" * 43, "_" * 42 + "8"])
def test_a_thumbprint_is_a_key_id(text: str) -> None:
    assert KeyId(text) == text


@pytest.mark.parametrize("text", ["A" * 42, "A" * 44, "A" * 42 + "B", "A" * 42 + "=", "+" + "A" * 42])
def test_what_no_digest_spells_is_no_key_id(text: str) -> None:
    with pytest.raises(ValueError, match="KeyId"):
        KeyId(text)


@pytest.mark.parametrize("name", names.__all__)
def test_a_very_long_text_is_no_name(name: str) -> None:
    with pytest.raises(ValueError, match="well formed"):
        getattr(names, name)("a" * 100_000)


def test_a_model_builds_the_name_from_text() -> None:
    assert type(TypeAdapter(AuthorityId).validate_python("ke")) is AuthorityId


@pytest.mark.parametrize("value", [5, None, b"ke", ["ke"], "KE", "a" * 200])
def test_a_model_takes_nothing_but_well_formed_text(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(AuthorityId).validate_python(value)
