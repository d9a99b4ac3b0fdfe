"""Living keys: announced, live, retired, destroyed; revoked and replaced. Pure, so years pass in a moment."""

from collections.abc import Collection

import pytest

from keys.errors import Frozen
from keys.keyset import Contact, Keyset, first_keyset, issue_keyset
from keys.roots import read_root
from keys.rotation import KeyState, Slot, bared, destroyable, entries, revoke, states, turn, wanted
from keys.trust import TrustSet
from keys.uses import FIRST_KEYS, PublicKeyRecord, Use
from protocol import base64url
from tests.trust.authority import DAY, NET, NOW, digest, kem_key, key, online, root, sign_root

ROOT = sign_root(root())
REFRESH = DAY


def record(use: Use, alg: str, word: str) -> PublicKeyRecord:
    one = kem_key(f"{use}{word}", alg) if alg in ("xwing", "p256") else key(f"{use}{word}", alg)
    pub = one.public
    return PublicKeyRecord(use=use, alg=alg, kid=pub.kid, pub=base64url.encode(pub.raw), uri=f"file:{pub.kid}")


def first() -> Keyset:
    records = [record(use, alg, "first") for use, alg in FIRST_KEYS if use is not Use.KEYSET]
    return first_keyset(
        read_root(ROOT).root, records, at_ms=NOW, origin="ke.example/itx", contact=Contact(name="Trace desk Nairobi")
    )


class Authority:
    """One that looks at its keys whenever it is told to, as a node does."""

    def __init__(self) -> None:
        self.keyset = first()
        self.held = {str(one.kid) for one in entries(self.keyset)}
        self.trust = TrustSet.pin([ROOT], digest(ROOT), NET, at_ms=NOW).update_keyset(self.signed())
        self.made = 0

    def signed(self) -> bytes:
        return issue_keyset(self.keyset, online())

    def make(self, slots: Collection[Slot]) -> list[PublicKeyRecord]:
        self.made += 1
        fresh = [record(use, alg, f"later {self.made}") for use, alg in slots]
        self.held |= {one.kid for one in fresh}
        return fresh

    def look(self, at_ms: int, early: Collection[Slot] = ()) -> bool:
        """True if a keyset was issued; every one must be believed by who believed the one before."""
        self.held -= set(destroyable(self.keyset, at_ms=at_ms))
        fresh = self.make(wanted(self.keyset, at_ms=at_ms, early=early))
        return self._take(turn(self.keyset, fresh, self.held, at_ms=at_ms))

    def _take(self, after: Keyset | None) -> bool:
        if after is None:
            return False
        self.keyset = after
        self.trust = self.trust.update_keyset(self.signed())
        return True

    def revoke(self, kids: Collection[str], since_ms: int, at_ms: int) -> None:
        fresh = self.make(bared(self.keyset, kids))
        self._take(revoke(self.keyset, kids, fresh, since_ms=since_ms, at_ms=at_ms))

    def status(self, use: str, status: str) -> list[str]:
        return [str(one.kid) for one in self.keyset.keys if (one.use, one.status) == (use, status)]

    def kem(self, carriage: str, status: str) -> list[str]:
        return [str(one.kid) for one in self.keyset.kem if (one.carriage, one.status) == (carriage, status)]

    def log(self, status: str) -> list[str]:
        return [str(one.kid) for one in self.keyset.log.keys if one.status == status]

    def state(self, kid: str) -> KeyState:
        return next(one for one in states(self.keyset, self.held) if one.kid == kid)


@pytest.fixture
def ke() -> Authority:
    return Authority()


def walk(ke: Authority, first_day: int, last_day: int) -> None:
    for day in range(first_day, last_day + 1):
        ke.look(NOW + day * DAY)


def test_nothing_moves_while_no_time_has_come(ke: Authority) -> None:
    assert not ke.look(NOW + DAY)
    assert (ke.keyset.ver, ke.made) == (1, 1)


def test_the_keyset_is_issued_again_when_a_third_of_its_term_is_left(ke: Authority) -> None:
    assert not ke.look(NOW + 60 * DAY - 1)
    assert ke.look(NOW + 60 * DAY)
    assert (ke.keyset.ver, ke.keyset.exp) == (2, NOW + 150 * DAY)


def test_a_key_to_seal_to_is_announced_goes_live_and_the_old_one_opens_for_thirty_days(ke: Authority) -> None:
    (old,) = ke.kem("online", "active")
    walk(ke, 80, 83)
    (new,) = ke.kem("online", "next")
    walk(ke, 84, 89)
    assert ke.kem("online", "active") == [old]
    walk(ke, 90, 90)
    assert (ke.kem("online", "active"), ke.kem("online", "retired")) == ([new], [old])
    walk(ke, 91, 119)
    assert old in ke.held
    walk(ke, 120, 121)
    assert old not in ke.held
    assert old not in [str(one.kid) for one in ke.keyset.kem]


def test_a_key_for_carriage_by_file_opens_for_four_hundred_days(ke: Authority) -> None:
    (old,) = ke.kem("file", "active")
    walk(ke, 80, 489)
    assert old in ke.held
    walk(ke, 490, 491)
    assert old not in ke.held


def test_a_retired_signing_key_stays_listed_and_its_private_half_goes(ke: Authority) -> None:
    olds = ke.status("stmt", "active")
    walk(ke, 358, 366)
    assert (ke.status("stmt", "retired"), len(ke.status("stmt", "active"))) == (olds, 2)
    walk(ke, 367, 367)
    assert ke.held.isdisjoint(olds)
    walk(ke, 368, 3650)
    assert set(olds) <= set(ke.status("stmt", "retired"))


def test_a_node_that_was_down_announces_first_and_waits_all_the_same(ke: Authority) -> None:
    (old,) = ke.status("env", "active")
    ke.look(NOW + 500 * DAY)
    ke.look(NOW + 500 * DAY + 3 * REFRESH - 1)
    assert ke.status("env", "active") == [old]
    ke.look(NOW + 500 * DAY + 3 * REFRESH)
    assert ke.status("env", "retired") == [old]


def test_nothing_ever_goes_live_before_three_refresh_intervals_after_its_publication(ke: Authority) -> None:
    published = {str(one.kid): NOW - 9 * DAY for one in (*ke.keyset.keys, *ke.keyset.kem)}
    for half_day in range(2 * 3 * 365):
        at_ms = NOW + half_day * DAY // 2
        ke.look(at_ms)
        for one in (*ke.keyset.keys, *ke.keyset.kem):
            published.setdefault(str(one.kid), at_ms)
            assert one.status != "active" or at_ms >= published[str(one.kid)] + 3 * REFRESH
        assert ke.trust.freshness(at_ms).value == "current" or at_ms >= ke.trust.root.exp
    assert (len(ke.status("env", "retired")), ke.keyset.ver > 30) == (3 - 1, True)


def test_a_rotation_asked_for_goes_live_after_its_notice(ke: Authority) -> None:
    (old,) = ke.status("rcpt", "active")
    ke.look(NOW + 10 * DAY, early=[Slot(Use.RCPT, "Ed25519")])
    (new,) = ke.status("rcpt", "next")
    ke.look(NOW + 13 * DAY - 1)
    assert ke.status("rcpt", "active") == [old]
    ke.look(NOW + 13 * DAY)
    assert (ke.status("rcpt", "active"), ke.status("rcpt", "retired")) == ([new], [old])


def test_a_rotation_asked_for_twice_announces_one_key(ke: Authority) -> None:
    ke.look(NOW + DAY, early=[Slot(Use.RCPT, "Ed25519")])
    ke.look(NOW + 2 * DAY, early=[Slot(Use.RCPT, "Ed25519")])
    assert len(ke.status("rcpt", "next")) == 1


def test_an_announced_key_whose_private_half_is_not_here_never_goes_live(ke: Authority) -> None:
    (old,) = ke.status("rcpt", "active")
    ke.look(NOW + DAY, early=[Slot(Use.RCPT, "Ed25519")])
    ke.held -= set(ke.status("rcpt", "next"))
    ke.look(NOW + 20 * DAY)
    assert ke.status("rcpt", "active") == [old]


# ---------------------------------------------------------------- revocation


def test_a_revoked_key_is_replaced_at_once(ke: Authority) -> None:
    (lost,) = ke.status("env", "active")
    ke.revoke([lost], NOW + DAY, NOW + 2 * DAY)
    (entry,) = (one for one in ke.keyset.keys if one.kid == lost)
    assert (entry.status, entry.since) == ("revoked", NOW + DAY)
    assert len(ke.status("env", "active")) == 1
    assert ke.trust.active("env") == tuple(ke.status("env", "active"))


def test_a_revoked_key_is_replaced_by_the_one_announced(ke: Authority) -> None:
    (lost,) = ke.status("env", "active")
    ke.look(NOW + DAY, early=[Slot(Use.ENV, "Ed25519")])
    (known,) = ke.status("env", "next")
    ke.revoke([lost], NOW, NOW + 2 * DAY)
    assert (ke.status("env", "active"), ke.status("env", "next")) == ([known], [])


def test_all_keys_of_a_keyset_are_revoked_and_replaced(ke: Authority) -> None:
    lost = {str(one.kid) for one in (*ke.keyset.keys, *ke.keyset.kem)}
    ke.revoke(lost, NOW, NOW + DAY)
    listed = {str(one.kid): one.status for one in (*ke.keyset.keys, *ke.keyset.kem)}
    assert {listed[kid] for kid in lost} == {"revoked"}
    assert [status for kid, status in listed.items() if kid not in lost] == ["active"] * 7


def test_an_announced_key_that_is_revoked_bares_nothing(ke: Authority) -> None:
    ke.look(NOW + DAY, early=[Slot(Use.ENV, "Ed25519")])
    assert bared(ke.keyset, ke.status("env", "next")) == ()


def test_an_earlier_moment_replaces_a_later_one_and_never_the_other_way(ke: Authority) -> None:
    (lost,) = ke.status("env", "active")
    ke.revoke([lost], NOW + 2 * DAY, NOW + 3 * DAY)
    ke.revoke([lost], NOW + DAY, NOW + 4 * DAY)
    ke.revoke([lost], NOW + 3 * DAY, NOW + 4 * DAY)
    assert [one.since for one in ke.keyset.keys if one.kid == lost] == [NOW + DAY]


def test_a_revoked_key_to_seal_to_stays_listed_when_its_private_half_is_gone(ke: Authority) -> None:
    (lost,) = ke.kem("online", "active")
    ke.revoke([lost], NOW, NOW + DAY)
    ke.look(NOW + 61 * DAY)
    assert (lost in ke.held, ke.kem("online", "revoked")) == (False, [lost])


# ---------------------------------------------------------------- what an officer sees


def test_the_list_names_the_state_of_every_key_and_what_happens_next(ke: Authority) -> None:
    (old,) = ke.kem("online", "active")
    assert ke.state(old) == KeyState(
        old, "kem", "xwing", "active", "active", NOW, NOW + 90 * DAY, "is retired, its successor goes live"
    )
    walk(ke, 83, 84)
    (new,) = ke.kem("online", "next")
    assert (ke.state(new).state, ke.state(new).until_ms) == ("pre-activation", NOW + 90 * DAY)
    walk(ke, 85, 90)
    assert (ke.state(old).state, ke.state(old).until_ms) == ("deactivated", NOW + 120 * DAY)
    (env,) = ke.status("env", "active")
    ke.revoke([env], NOW, NOW + 91 * DAY)
    assert ke.state(env).state == "compromised"
    ke.look(NOW + 93 * DAY)
    assert (ke.state(env).state, ke.state(env).until_ms) == ("destroyed compromised", None)
    walk(ke, 358, 367)
    assert {ke.state(kid).state for kid in ke.status("stmt", "retired")} == {"destroyed"}


# ---------------------------------------------------------------- a clock that is stopped


def test_what_shows_nothing_newer_though_promised_is_frozen(ke: Authority) -> None:
    with pytest.raises(Frozen) as refusal:
        ke.trust.check_not_frozen(NOW + DAY, promised=2)
    assert (refusal.value.code, ke.trust.keyset.ver) == ("freeze", 1)  # type: ignore[union-attr]


def test_what_has_ended_when_it_is_fetched_is_frozen(ke: Authority) -> None:
    ke.trust.check_not_frozen(NOW + 90 * DAY - 1, promised=1)
    with pytest.raises(Frozen, match="has ended"):
        ke.trust.check_not_frozen(NOW + 90 * DAY)


def test_without_a_keyset_nothing_can_be_frozen() -> None:
    assert TrustSet.pin([ROOT], digest(ROOT), NET, at_ms=NOW).check_not_frozen(NOW, promised=7) is None


# ---------------------------------------------------------------- the keys of the log


def test_the_keys_of_the_log_turn_after_a_year_and_stay_listed_for_ever(ke: Authority) -> None:
    olds = ke.log("active")
    walk(ke, 357, 357)
    assert ke.log("next") == []
    walk(ke, 358, 366)
    news = ke.log("active")
    assert (ke.log("retired"), len(news), ke.trust.log_active) == (olds, 2, tuple(news))
    walk(ke, 367, 367)
    assert ke.held.isdisjoint(olds)
    walk(ke, 368, 3650)
    assert {*olds, *news} <= {key.kid for key, counts in ke.trust.log_keys if counts}


def test_a_revoked_key_of_the_log_counts_no_more_and_is_replaced_at_once(ke: Authority) -> None:
    lost, kept = ke.log("active")
    ke.revoke([lost], NOW, NOW + DAY)
    assert {key.kid for key, counts in ke.trust.log_keys if not counts} == {lost}
    assert (lost in ke.trust.log_active, kept in ke.trust.log_active) == (False, True)


def test_a_keyset_that_lists_no_keys_of_the_log_is_followed_by_one_that_does(ke: Authority) -> None:
    pair = ke.log("active")
    bare = ke.keyset.model_dump() | {"log": ke.keyset.log.model_dump(exclude={"keys"})}
    ke.keyset = Keyset.model_validate(bare)
    ke.trust = TrustSet.pin([ROOT], digest(ROOT), NET, at_ms=NOW).update_keyset(ke.signed())
    assert (ke.keyset.log.keys, ke.trust.log_active) == ((), tuple(pair))
    walk(ke, 60, 60)
    assert (ke.keyset.ver, ke.log("active")) == (2, pair)
    assert {one.since for one in ke.keyset.log.keys} == {NOW}


def test_an_active_key_whose_successor_was_announced_early_shows_when_it_makes_room(ke: Authority) -> None:
    (env,) = ke.status("env", "active")
    assert ke.state(env).until_ms == NOW + 365 * DAY
    ke.look(NOW + DAY, early=[Slot(Use.ENV, "Ed25519")])
    (new,) = ke.status("env", "next")
    assert ke.state(env).until_ms == ke.state(new).until_ms == NOW + DAY + 3 * REFRESH
