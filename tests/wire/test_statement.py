"""Statements: what is signed as evidence."""

from typing import Any

import pytest
from pydantic import ValidationError

from protocol import elements, strictjson
from protocol.errors import SchemaInvalid, TooLarge, UnsupportedVersion
from protocol.names import DossierId
from protocol.statement import Statement
from tests.wire import cast

COMPOSED = cast.composed()
MEMBERS = strictjson.load(COMPOSED.payload, 1 << 20)
HIGH, LOW = f"ke:{cast.uuid7(9)}", f"at:{cast.uuid7(5)}"


def test_a_statement_reads_as_it_was_signed() -> None:
    assert Statement.read(COMPOSED.payload) == COMPOSED.statement


def test_a_statement_writes_the_bytes_it_was_read_from() -> None:
    assert Statement.read(COMPOSED.payload).payload() == COMPOSED.payload


def test_nothing_of_a_message_is_in_the_clear_in_its_statement() -> None:
    assert (MEMBERS["body"], b"Glock" in COMPOSED.payload) == ({"elements": list(COMPOSED.statement.elements)}, False)


def test_the_digests_are_those_of_the_disclosures() -> None:
    assert [part.digest for part in COMPOSED.disclosures] == list(COMPOSED.statement.elements)


def test_one_element_of_a_statement_is_proved_alone() -> None:
    assert elements.check(COMPOSED.disclosures[:1], COMPOSED.statement.elements) is None


def test_what_is_answered_is_listed_sorted_and_once() -> None:
    assert cast.composed(re=(HIGH, LOW, HIGH)).statement.re == (LOW, HIGH)


def test_a_thread_may_be_a_dossier() -> None:
    dossier = DossierId.new("ke", cast.uuid7(4))
    assert type(Statement.read(cast.composed(thread=dossier).payload).thread) is DossierId


def test_unknown_members_are_kept_and_shown() -> None:
    assert Statement.read(strictjson.dump(MEMBERS | {"news": 1})).unknown == {"news": 1}


@pytest.mark.parametrize(
    ("name", "value"),
    [("mid", "x"), ("sender", ""), ("thread", "x"), ("iat", -1), ("net", "lab"), ("hand", ("x" * 65,)), ("due", "1")],
)
def test_nothing_ill_formed_is_composed(name: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        cast.composed(**{name: value})


def test_a_refusal_does_not_repeat_a_name_its_sender_chose() -> None:
    with pytest.raises(SchemaInvalid) as caught:
        Statement.read(strictjson.dump(MEMBERS | {"body": MEMBERS["body"] | {"a\nforged line": 1}}))
    assert str(caught.value) == "Statement: body: extra_forbidden"


@pytest.mark.parametrize("name", sorted(MEMBERS))
def test_no_member_may_be_left_out(name: str) -> None:
    with pytest.raises(SchemaInvalid):
        Statement.read(strictjson.dump({other: MEMBERS[other] for other in MEMBERS if other != name}))


@pytest.mark.parametrize("name", sorted(MEMBERS))
def test_no_member_may_be_an_object_or_true(name: str) -> None:
    for value in ({"x": 1}, True):
        with pytest.raises((SchemaInvalid, UnsupportedVersion)):
            Statement.read(strictjson.dump(MEMBERS | {name: value}))


SEALED = {"ct_len": 73, "ct_sha256": "0" * 64, "on_demand": False, "disclosure": "0" * 64}


@pytest.mark.parametrize(
    ("name", "item", "most"), [("re", HIGH, 1024), ("hand", "x", 32), ("att", SEALED, 64), ("crit", "x", 16)]
)
def test_every_list_has_a_bound(name: str, item: Any, most: int) -> None:
    with pytest.raises(SchemaInvalid, match=f"{name}: too_long"):
        Statement.read(strictjson.dump(MEMBERS | {name: [item] * (most + 1)}))


def test_a_statement_over_its_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(TooLarge):
        Statement.read(b" " * (256 * 1024 + 1))
