"""Hello: an authentic "I am up"."""

from typing import Any

import pytest

from protocol import hello, jws, strictjson
from protocol.errors import (
    ProtocolError,
    SchemaInvalid,
    TooLarge,
    UnknownKey,
    UnsupportedVersion,
    WrongNetwork,
    WrongRecipient,
)
from tests.wire import cast
from tests.wire.keyring import knows

ITEM = hello.say(net=cast.NET, sender=cast.AT, to=cast.KE, at=cast.IAT, nonce=bytes(16), signer=cast.RECIPIENT.rcpt)
MEMBERS = strictjson.load(hello.parse(ITEM).jws.payload, 1 << 12)


def take(item: Any) -> hello.Hello:
    return hello.authenticate(hello.parse(item), me=cast.KE, net=cast.NET, verify=knows(cast.RECIPIENT.rcpt))


def said(**changed: Any) -> dict[str, Any]:
    return jws.sign(strictjson.dump(MEMBERS | changed), hello.TYP, [cast.RECIPIENT.rcpt])


def test_a_hello_arrives_as_it_was_said() -> None:
    assert (take(ITEM).from_, take(ITEM).at) == (cast.AT, cast.IAT)


def test_a_hello_may_ask_for_as_many_attachments_as_fit() -> None:
    assert take(said(want=["0" * 64] * hello.MAX_WANT)).want == ("0" * 64,) * 32


def test_a_hello_that_asks_for_nothing_says_nothing_of_it() -> None:
    assert (take(ITEM).want, "want" in MEMBERS) == (None, False)


def test_a_hello_may_tell_which_keyset_its_sender_has_now() -> None:
    told = take(said(ks={"ver": 7, "sha256": "2" * 64})).ks
    assert told is not None
    assert (told.ver, told.sha256) == (7, "2" * 64)


def test_a_hello_may_name_the_run_of_its_sender_and_another_beside_it() -> None:
    told = take(said(run="3" * 32, also="4" * 32))
    assert (told.run, told.also, "run" in MEMBERS) == ("3" * 32, "4" * 32, False)


def test_a_hello_may_say_what_its_sender_has_left() -> None:
    told = take(said(have={"seq": 7, "rid": cast.RID, "sack": {"hi": 9, "missing": [[2, 3]]}}))
    assert told.have is not None
    assert told.have.sack is not None
    assert (told.have.seq, told.have.rid, told.have.sack.missing) == (7, cast.RID, ((2, 3),))


def test_a_hello_that_lost_nothing_says_not_what_came_to_its_sender() -> None:
    told = take(said(have={"seq": 7, "rid": None, "sack": None}))
    assert told.have is not None
    assert (told.have.rid, told.have.sack) == (None, None)


def test_a_hello_may_say_what_its_sender_knows_of_the_other() -> None:
    told = take(said(knows={"seq": 9, "rid": cast.RID, "ks": {"ver": 2, "sha256": "2" * 64}, "back": 3, "lost": 1}))
    assert told.knows is not None
    assert (told.knows.seq, told.knows.back, told.knows.lost, "have" in MEMBERS) == (9, 3, 1, False)


def test_a_hello_may_ask_for_what_was_said_under_numbers_used_twice() -> None:
    have = {
        "seq": 7,
        "rid": None,
        "sack": None,
        "after": {"seq": 5, "mid": None, "rid": cast.RID},
        "unsure": [[6, cast.MID]],
    }
    told = take(said(have=have)).have
    assert told is not None
    assert told.after is not None
    assert (told.after.seq, told.after.mid, told.after.rid, told.unsure) == (5, None, cast.RID, ((6, cast.MID),))
    assert told.model_dump() == {**have, "unsure": ((6, cast.MID),)}


def test_a_hello_may_name_what_was_said_under_numbers_used_twice() -> None:
    told = take(said(knows=HOLDS | {"twice": [[6, cast.MID]]})).knows
    assert told is not None
    assert told.twice == ((6, cast.MID),)


def test_members_that_older_programs_do_not_know_are_left_out_where_nothing_is_said_in_them() -> None:
    have, knows = hello.Have(seq=7, rid=None, sack=None), hello.Knows.model_validate(HOLDS)
    assert (set(have.model_dump()), set(knows.model_dump())) == ({"seq", "rid", "sack"}, set(HOLDS))


def test_a_hello_of_the_longest_names_with_all_it_may_say_is_not_too_long() -> None:
    name = "a" * 63
    mid, at, most = (
        f"{name}:{cast.MID.partition(':')[2]}",
        2**53 - 1,
        [[2**53 - 33 + n, 2**53 - 33 + n] for n in range(0, 32, 2)],
    )
    have = hello.Have.model_validate({
        "seq": at, "rid": mid, "sack": {"hi": at, "missing": most}, "after": {"seq": at, "mid": mid, "rid": mid},
        "unsure": [[at, mid]] * hello.MAX_UNSURE,
    })  # fmt: skip
    keyset = {"ver": at, "sha256": "2" * 64}
    knows = hello.Knows.model_validate(
        {"seq": at, "rid": mid, "ks": keyset, "back": at, "lost": at, "twice": [[at, mid]] * hello.MAX_TWICE}
    )
    for members in ({"have": have}, {"knows": knows, "also": "4" * 32}):
        item = hello.say(
            net="training", sender=name, to="b" * 63, at=at, nonce=bytes(16), signer=cast.SENDER.rcpt, run="3" * 32,
            ks=(at, "2" * 64), **members,
        )  # fmt: skip
        assert hello.parse(item).hello.at == at


def test_the_wire_of_a_hello_is_its_canonical_dump() -> None:
    assert hello.parse(ITEM).wire == strictjson.dump(ITEM)


HOLDS: dict[str, Any] = {"seq": 9, "rid": None, "ks": None, "back": 3, "lost": 1}
REFUSED: dict[str, tuple[dict[str, Any], type[ProtocolError]]] = {
    "another version": ({"v": 2}, UnsupportedVersion),
    "another network": ({"net": "real"}, WrongNetwork),
    "another listener": ({"to": "br"}, WrongRecipient),
    "a run that is none": ({"run": "3" * 33}, SchemaInvalid),
    "a short nonce": ({"nonce": "AAAA"}, SchemaInvalid),
    "a nonce that is none": ({"nonce": "!" * 22}, SchemaInvalid),
    "no time": ({"at": None}, SchemaInvalid),
    "naming no message": ({"knows": HOLDS | {"twice": []}}, SchemaInvalid),
    "naming no number": ({"knows": HOLDS | {"twice": [[cast.MID]]}}, SchemaInvalid),
    "naming too many": ({"knows": HOLDS | {"twice": [[1, cast.MID]] * 17}}, SchemaInvalid),
    "unsure of what is no message": (
        {"have": {"seq": 7, "rid": None, "sack": None, "unsure": [[1, "ke"]]}},
        SchemaInvalid,
    ),
    "asking for nothing": ({"want": []}, SchemaInvalid),
    "asking for too much": ({"want": ["0" * 64] * 33}, SchemaInvalid),
    "asking for no digest": ({"want": ["0"]}, SchemaInvalid),
    "a keyset without a version": ({"ks": {"sha256": "2" * 64}}, SchemaInvalid),
    "too long": ({"news": "x" * 5000}, TooLarge),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hello_that_does_not_hold_is_refused(name: str) -> None:
    members, expected = REFUSED[name]
    with pytest.raises(expected):
        take(said(**members))


def test_a_hello_of_a_stranger_is_refused() -> None:
    with pytest.raises(UnknownKey):
        take(jws.sign(strictjson.dump(MEMBERS), hello.TYP, [cast.SENDER.env]))
