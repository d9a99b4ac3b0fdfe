"""Roots and keysets over decades: chains walked version by version, stolen keyset keys cut off, ids told apart."""

import os
from pathlib import Path

import pytest

from keys import errors
from keys.ceremony import Change, describe, next_ceremony, sign_file, sign_part
from keys.founding import FoundingRequest
from keys.holders import open_holder
from keys.lookalikes import check_apart
from keys.roots import read_root
from keys.trust import TrustSet
from tests.trust.authority import (
    DAY,
    LIVE_FOR,
    NET,
    NOW,
    PERSONS,
    digest,
    holder,
    holder_keys,
    kem_entry,
    key,
    keyset,
    next_root,
    online_entry,
    root,
    sign_keyset,
    sign_root,
)

AT = NOW + DAY
FIRST = sign_root(root())
OTHERS = (key("other"), key("other", "ML-DSA-65"))
CUT_OFF = next_root(FIRST, keyset=[online_entry(one) for one in OTHERS])  # the keys of the thief are named no more
HELD = TrustSet.pin([FIRST], digest(FIRST), NET, at_ms=AT).update_keyset(sign_keyset(keyset(ver=9)))


def chain(length: int) -> list[bytes]:
    """Every root but the last ended long before it is walked over."""
    roots = [sign_root(root(iat=NOW - 3000 * DAY, exp=NOW - 2999 * DAY))]
    while len(roots) < length:
        last = {"iat": NOW, "exp": NOW + LIVE_FOR["root"]} if len(roots) == length - 1 else {}
        roots.append(next_root(roots[-1], **last))
    return roots


def test_fifty_versions_are_walked_though_all_but_the_last_have_ended() -> None:
    roots = chain(51)
    trust = TrustSet.resume(roots[:1], digest(roots[0]), NET)
    with pytest.raises(errors.RootExpired):
        trust.update_roots(roots[1:50], at_ms=AT)
    assert trust.update_roots(roots[1:], at_ms=AT).root.ver == 51


def test_a_walk_with_one_version_left_out_ends_nowhere() -> None:
    roots = chain(6)
    trust = TrustSet.resume(roots[:1], digest(roots[0]), NET)
    with pytest.raises(errors.VersionSkipped):
        trust.update_roots([*roots[1:3], *roots[4:]], at_ms=AT)
    assert trust.root.ver == 1


def test_a_root_with_other_keyset_keys_makes_the_thiefs_keyset_worthless_whatever_its_version() -> None:
    stolen = HELD.update_keyset(sign_keyset(keyset(ver=900)))
    after = stolen.update_root(CUT_OFF, at_ms=AT)
    assert after.keyset is None
    with pytest.raises(errors.SignatureRefused):
        after.update_keyset(sign_keyset(keyset(ver=901)))
    assert after.update_keyset(sign_keyset(keyset(ver=2), *OTHERS)).keyset.ver == 2  # type: ignore[union-attr]


def test_what_a_root_dropped_is_dropped_again_when_it_is_resumed() -> None:
    dropped = TrustSet.resume([FIRST, CUT_OFF], digest(FIRST), NET, sign_keyset(keyset(ver=900)), under=1)
    assert (dropped.root.ver, dropped.keyset) == (2, None)


def test_a_keyset_that_stands_under_the_next_root_too_is_kept_when_it_is_resumed() -> None:
    kept = TrustSet.resume([FIRST, next_root(FIRST)], digest(FIRST), NET, sign_keyset(keyset(ver=9)), under=1)
    assert (kept.root.ver, kept.keyset.ver) == (2, 9)  # type: ignore[union-attr]


# ---------------------------------------------------------------- one key, one authority


def test_a_key_that_another_authority_lists_too_is_refused() -> None:
    theirs = sign_root(root(auth="at", country="AUT"))
    copied = TrustSet.pin([theirs], digest(theirs), NET, at_ms=AT)
    with pytest.raises(errors.KeyShared, match="at and ke"):
        copied.check_alone([HELD])


def test_an_authority_shares_its_keys_with_itself_and_with_nobody_else() -> None:
    persons = [f"other {person}" for person in PERSONS]
    strange = sign_root(
        root(auth="at", country="AUT", holders=[], keyset=[online_entry(one) for one in OTHERS])
        | {"holders": [holder(person) for person in persons]},
        *persons,
    )
    alone = TrustSet.pin([strange], digest(strange), NET, at_ms=AT)
    assert alone.check_alone([HELD, alone]) is None
    assert kem_entry()["kid"] in HELD.kids


@pytest.mark.parametrize(("one", "other"), [("bl", "b1"), ("ke.", "ke"), ("xb-customs", "xb.customs"), ("am", "arn")])
def test_an_id_that_is_taken_for_another_is_refused(one: str, other: str) -> None:
    with pytest.raises(errors.LookAlike) as refusal:
        check_apart(one, ["fr", other])
    assert refusal.value.code == "look-alike"


def test_ids_that_differ_to_the_eye_stand_side_by_side() -> None:
    assert check_apart("br", ["br", "bg", "at"]) is None


# ---------------------------------------------------------------- the ceremony of the next root


def change(**members: object) -> Change:
    usual = {"stay": PERSONS[:2], "come": {"Dalila": b"a word"}, "threshold": 2}
    return Change(**usual | members)  # type: ignore[arg-type]


def asked(**members: object) -> FoundingRequest:
    names = {"itx_founding": 1, "net": NET, "auth": "ke", "country": "KEN", "name": "Kenya"}
    keys = tuple(online_entry(one) for one in OTHERS)
    return FoundingRequest.model_validate(names | {"keyset": keys} | members)


def test_the_next_root_is_made_signed_by_old_and_new_and_believed(tmp_path: Path) -> None:
    former = read_root(FIRST)
    path = next_ceremony(tmp_path / "next", former, change(request=asked()), os.urandom, at_ms=NOW)
    new = open_holder(tmp_path / "next" / "holder-root-2-1-dalila.key", b"a word")
    signed = sign_part(sign_part(path.read_bytes(), holder_keys("Achieng"), former), holder_keys("Chebet"), former)
    assert (describe(signed, former).missing, describe(signed, former).former_missing) == (1, 0)
    path.write_bytes(sign_part(signed, new, former))
    assert HELD.update_root(path.read_bytes(), at_ms=AT).root.ver == 2


def test_without_a_request_the_keyset_keys_stay(tmp_path: Path) -> None:
    path = next_ceremony(tmp_path, read_root(FIRST), change(come={}, stay=PERSONS), os.urandom, at_ms=NOW)
    assert describe(path.read_bytes()).root.keyset == read_root(FIRST).root.keyset


REFUSED: dict[str, tuple[dict[str, object], type[errors.KeysError]]] = {
    "somebody who is no holder": ({"stay": ("Zuberi",)}, errors.CeremonyRefused),
    "a threshold nobody meets": ({"threshold": 4}, errors.CeremonyRefused),
    "a holder twice": ({"come": {"Achieng": b"a word"}}, errors.CeremonyRefused),
    "no passphrase": ({"come": {"Dalila": b""}}, errors.CeremonyRefused),
    "a request of another authority": ({"request": asked(auth="at")}, errors.CeremonyRefused),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_ceremony_that_does_not_fit_leaves_no_file(tmp_path: Path, name: str) -> None:
    members, error = REFUSED[name]
    with pytest.raises(error):
        next_ceremony(tmp_path / "next", read_root(FIRST), change(**members), os.urandom, at_ms=NOW)
    assert not (tmp_path / "next").exists()


def test_a_ceremony_is_not_held_over_another(tmp_path: Path) -> None:
    path = next_ceremony(tmp_path, read_root(FIRST), change(), os.urandom, at_ms=NOW)
    before = path.read_bytes()
    with pytest.raises(errors.VaultExists):
        next_ceremony(tmp_path, read_root(FIRST), change(), os.urandom, at_ms=NOW)
    assert path.read_bytes() == before
    assert sign_file(path, tmp_path / "holder-root-2-1-dalila.key", b"a word", read_root(FIRST)).former_missing == 2
