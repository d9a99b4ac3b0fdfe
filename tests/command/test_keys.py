"""``tracing keys`` and the root after the first: what an officer and the holders do with keys over the years."""

from pathlib import Path

import pytest

from keys.trust import TrustSet
from tests.command.conftest import Command
from tests.commanding import Ended, command
from tests.world import PASSPHRASE
from tracing.cli.exits import Exit
from tracing.node import Node

HYPHENED, TWO_HYPHENS = f"-{'s' * 42}", f"--{'a' * 41}"  # kids, as base64url may have them
WORDS = ("--authority", "ke", "--country", "KEN", "--name", "Tracing point")


def test_a_new_node_lists_every_key_with_what_comes_next(at_home: Command) -> None:
    listed = at_home("keys", "list", "--json").json
    assert sorted(one["use"] for one in listed) == [
        "env", "kem", "kem-file", "keyset", "keyset", "log", "log", "pull", "rcpt", "stmt", "stmt",
    ]  # fmt: skip
    kem = next(one for one in listed if one["use"] == "kem")
    assert (kem["state"], kem["age_days"], kem["then"]) == ("active", 0, "is retired, its successor goes live")
    assert "pre-activation" not in at_home("keys", "list").out


def test_a_rotation_announces_a_successor_and_changes_nothing_yet(at_home: Command) -> None:
    before = {one["kid"] for one in at_home("keys", "list", "--json").json}
    said = at_home("keys", "rotate", "env", "--json").json
    assert said == {"announced": [{"use": "env", "algorithm": "Ed25519"}], "keyset": 2}
    (new,) = (one for one in at_home("keys", "list", "--json").json if one["kid"] not in before)
    assert (new["use"], new["state"], new["then"]) == ("env", "pre-activation", "goes live")


def test_a_rotation_of_everything_announces_every_key_once(at_home: Command) -> None:
    assert len(at_home("keys", "rotate", "--json").json["announced"]) == 9
    assert at_home("keys", "rotate", "--json").json["keyset"] == 2


def test_a_keyset_is_issued_above_the_one_a_copy_has_shown(at_home: Command) -> None:
    assert at_home("keys", "issue", "--above", "6", "--json").json == {"keyset": 7}
    assert "keyset 8 is issued" in at_home("keys", "issue", "--above", "2").out
    refused = at_home("keys", "issue", "--above", "4000000000")
    assert (refused.code, "leaps" in refused.err) == (Exit.INTEGRITY, True)
    assert at_home("keys", "issue", "--above", "-1").code == Exit.USAGE
    assert at_home("keys", "issue", "--json").json == {"keyset": 9}


def test_a_revoked_key_is_replaced_at_once_and_the_node_opens(at_home: Command) -> None:
    (env,) = (one["kid"] for one in at_home("keys", "list", "--json").json if one["use"] == "env")
    said = at_home("keys", "revoke", env, "--since", "2026-01-01", "--yes", "--json").json
    assert said == {"revoked": [env], "keyset": 2}
    states = {one["state"] for one in at_home("keys", "list", "--json").json if one["use"] == "env"}
    assert states == {"compromised", "active"}


def test_all_keys_are_revoked_in_one_act(at_home: Command) -> None:
    assert len(at_home("keys", "revoke", "--all", "--yes", "--json").json["revoked"]) == 9
    assert at_home("doctor").code == Exit.DONE
    assert at_home("audit", "verify").code == Exit.DONE


def test_a_key_revoked_twice_changes_nothing_unless_it_was_lost_earlier_than_known(at_home: Command) -> None:
    (env,) = (one["kid"] for one in at_home("keys", "list", "--json").json if one["use"] == "env")
    revoke = ("keys", "revoke", env, "--yes")
    said = at_home(*revoke, "--since", "2026-01-02").out
    assert said.startswith("1 key is revoked, and replaced if it was in use, in keyset 2;")
    assert "no key was left to revoke" in at_home(*revoke).out
    assert at_home(*revoke, "--since", "2026-01-02", "--json").json == {"revoked": [], "keyset": 2}
    assert at_home(*revoke, "--since", "2026-01-01", "--json").json == {"revoked": [env], "keyset": 3}
    every = at_home("keys", "revoke", "--all", "--yes", "--since", "2025-12-31")
    now, moved = "9 keys are revoked, those in use replaced", "1 key revoked before counts as revoked since the earlier"
    assert every.out.startswith(f"{now}; {moved} moment now, in keyset 4;")
    assert "Were they in other hands too: only the holders replace such a key" in every.out


def test_a_key_of_the_log_is_revoked_like_any_other_and_the_trail_verifies(at_home: Command) -> None:
    first, second = (one["kid"] for one in at_home("keys", "list", "--json").json if one["use"] == "log")
    assert at_home("keys", "revoke", first, "--yes", "--json").json["revoked"] == [first]
    log = {one["kid"]: one["state"] for one in at_home("keys", "list", "--json").json if one["use"] == "log"}
    assert (log.pop(first), log.pop(second), list(log.values())) == ("compromised", "active", ["active"])
    assert at_home("audit", "verify").code == Exit.DONE


def test_a_key_that_signs_keysets_is_named_to_the_holders_by_every_verb(at_home: Command) -> None:
    kid = next(one["kid"] for one in at_home("keys", "list", "--json").json if one["use"] == "keyset")
    for words, code in ((("revoke", kid, "--yes"), Exit.FAILED), (("rotate", "keyset"), Exit.USAGE)):
        ended = at_home("keys", *words)
        assert (ended.code, "only the holders replace such a key, with the next root" in ended.err) == (code, True)
    assert at_home("keys", "rotate", "env", "--json").json["keyset"] == 2


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("rotate", "root"), Exit.USAGE, "no use of a key that turns"),
        (("revoke",), Exit.USAGE, "name the keys"),
        (("revoke", "x", "--all"), Exit.USAGE, "name the keys"),
        (("revoke", "x", "--yes"), Exit.FAILED, "lists no key x"),
        (("revoke", "x", "--since", "yesterday"), Exit.USAGE, "is no moment"),
        (("revoke", "x", "--since", "2026-01-01T08:00"), Exit.USAGE, "with its zone"),
        (("revoke", "x", "--since", "9999-01-01", "--yes"), Exit.USAGE, "has not come yet"),
        (("revoke", "x"), Exit.FAILED, "lists no key x"),
        (("revoke", HYPHENED, "--yes"), Exit.FAILED, f"lists no key {HYPHENED}"),
        (("revoke", "x", HYPHENED, "--since", "2026-01-01", "--yes"), Exit.FAILED, "lists no key"),
        (("revoke", TWO_HYPHENS, "--yes"), Exit.FAILED, f"lists no key {TWO_HYPHENS}"),
        (("revoke", HYPHENED, "--all"), Exit.USAGE, "name the keys"),
        (("revoke", HYPHENED[:-1], "--yes"), Exit.USAGE, "No such option"),
        (("revoke", "--all"), Exit.USAGE, "say --yes"),
    ],
)
def test_what_is_not_understood_changes_no_key(at_home: Command, words: tuple[str, ...], code: int, said: str) -> None:
    before = at_home("keys", "list", "--json").json
    ended = at_home("keys", *words)
    assert (ended.code, said in ended.err) == (code, True)
    assert [one["kid"] for one in at_home("keys", "list", "--json").json] == [one["kid"] for one in before]


def test_a_kid_behind_two_hyphens_is_taken_as_ever(home: Path, kept: Path) -> None:
    at = ("--home", home, "--passphrase-file", kept)
    for kids in ((HYPHENED,), (HYPHENED, TWO_HYPHENS)):
        ended = command(*at, "keys", "revoke", "--yes", "--", *kids)
        assert (ended.code, f"lists no key {HYPHENED}" in ended.err) == (Exit.FAILED, True)
    assert command(*at, "keys", "rotate", "env", "--json").json["keyset"] == 2


# ---------------------------------------------------------------- the next root


class Holders:
    """A real node and the holders of its root, all by commands and files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "ke"
        self.secret = folder / "secret"
        self.secret.write_bytes(PASSPHRASE + b"\n")
        self.secret.chmod(0o600)

    def at(self, *words: object) -> Ended:
        return command(*words, "--home", self.home, "--passphrase-file", self.secret, "--yes")

    def sign(self, root: str, *keys: str, after: Path | None = None) -> Ended:
        more = () if after is None else ("--after", after)
        for key in keys:
            ended = self.at("root", "sign", self.folder / root, "--key", self.folder / key, *more, "--json")
            assert ended.code == Exit.DONE, ended.err
        return ended

    def found(self) -> Path:
        """The node with its first root, which is given back as a file."""
        self.at("init", *WORDS)
        three = (word for name in ("Achieng", "Baraka", "Chebet") for word in ("--holder", name))
        self.at("root", "new", "--threshold", 2, *three, "-o", self.folder)
        self.sign("root-1.json", "holder-1-achieng.key", "holder-2-baraka.key")
        assert self.at("root", "install", self.folder / "root-1.json").code == Exit.DONE
        first = self.folder / "first.json"
        self.at("root", "show", "-o", first)
        return first

    def role(self) -> list[str]:
        """The states of the keys that sign keysets."""
        return sorted(one["state"] for one in self.at("keys", "list", "--json").json if one["use"] == "keyset")

    def trust(self) -> TrustSet:
        node = Node.open(self.home, PASSPHRASE)
        node.close()
        return node.trust


@pytest.fixture
def holders(tmp_path: Path) -> Holders:
    return Holders(tmp_path)


def test_another_holder_and_other_keyset_keys_come_with_the_next_root(holders: Holders) -> None:
    first = holders.found()
    before = holders.trust()
    asked = holders.folder / "asked.json"
    assert holders.at("keys", "request", "-o", asked).code == Exit.DONE
    assert holders.role() == ["active", "active", "pre-activation", "pre-activation"]
    made = holders.at(
        "root", "new", "--after", first, "--threshold", 2, "--keep", "Achieng", "--keep", "Baraka",
        "--holder", "Dalila", "--founding", asked, "-o", holders.folder, "--json",
    )  # fmt: skip
    assert made.code == Exit.DONE, made.err
    early = holders.sign("root-2.json", "holder-1-achieng.key", after=first)
    assert (early.json["complete"], early.json["former_missing"]) == (False, 1)
    assert early.json["changes"][:2] == ["no longer a holder: Chebet", "a holder from now on: Dalila"]
    assert [each.partition(":")[0] for each in early.json["changes"][2:]] == [
        "no longer signs keysets", "signs keysets from now on",
    ]  # fmt: skip
    assert holders.at("root", "install", holders.folder / "root-2.json").code == Exit.INTEGRITY
    assert holders.trust().root.ver == 1
    whole = holders.sign("root-2.json", "holder-2-baraka.key", after=first)
    assert whole.json["complete"]
    assert "Achieng, Baraka" in holders.at("root", "show", holders.folder / "root-2.json", "--after", first).out
    assert holders.at("root", "install", holders.folder / "root-2.json", "--json").json["version"] == 2
    after = holders.trust()
    assert (after.digest, after.root.ver, after.keyset.ver) == (before.digest, 2, 2)  # type: ignore[union-attr]
    assert {key.kid for key in after.root.keyset}.isdisjoint(key.kid for key in before.root.keyset)
    assert holders.role() == ["active", "active", "deactivated", "deactivated"]
    assert [one.name for one in after.root.holders] == ["Achieng", "Baraka", "Dalila"]
    assert holders.at("root", "install", holders.folder / "root-2.json").code == Exit.FAILED
    assert holders.at("keys", "rotate", "--json").json["keyset"] == 3
    assert holders.role() == ["active", "active", "destroyed", "destroyed"]
    assert holders.at("root", "show", "--json").json["former_missing"] == 0


def test_a_holder_with_a_new_key_file_is_said_so_and_a_former_signature_needs_the_former_root(holders: Holders) -> None:
    first = holders.found()
    made = holders.at(
        "root", "new", "--after", first, "--threshold", 2, "--keep", "Achieng", "--keep", "Baraka",
        "--holder", "Chebet", "-o", holders.folder, "--json",
    )  # fmt: skip
    assert made.code == Exit.DONE, made.err
    early = holders.sign("root-2.json", "holder-3-chebet.key", after=first)
    assert early.json["changes"] == ["a holder as before, with a new key file: Chebet"]
    assert (early.json["former_signed"], early.json["missing"], early.json["former_missing"]) == (["Chebet"], 2, 1)
    alone = holders.at("root", "show", holders.folder / "root-2.json")
    assert (alone.code, "give that with --after FILE" in alone.err) == (Exit.INTEGRITY, True)
    shown = holders.at("root", "show", holders.folder / "root-2.json", "--after", first)
    assert "2 more of its own and 1 more of the former root's holders must sign" in shown.out


def test_a_root_with_keyset_keys_of_nobody_is_not_installed(holders: Holders) -> None:
    first = holders.found()
    command("init", *WORDS, "--home", holders.folder / "twin", "--passphrase-file", holders.secret, "--yes")
    stays = ("--keep", "Achieng", "--keep", "Baraka", "--keep", "Chebet")
    strange = holders.folder / "twin" / "founding.json"
    holders.at("root", "new", "--after", first, "--threshold", 2, *stays, "--founding", strange, "-o", holders.folder)
    holders.sign("root-2.json", "holder-1-achieng.key", "holder-2-baraka.key", after=first)
    ended = holders.at("root", "install", holders.folder / "root-2.json")
    assert (ended.code, "does not hold" in ended.err) == (Exit.FAILED, True)
    assert holders.trust().root.ver == 1


def test_a_holder_reads_what_the_next_root_changes_before_he_signs(holders: Holders) -> None:
    first = holders.found()
    stays = ("--keep", "Achieng", "--keep", "Baraka", "--keep", "Chebet")
    made = holders.at("root", "new", "--after", first, "--threshold", 3, *stays, "-o", holders.folder)
    assert made.out.strip().endswith("is for the holders to sign, each with the file he has")
    key = ("--key", holders.folder / "holder-1-achieng.key")
    ended = holders.at("root", "sign", holders.folder / "root-2.json", *key, "--after", first)
    assert "What it changes:\n  must sign: 2 of 3, from now on 3 of 3" in ended.err
    shown = holders.at("root", "show", holders.folder / "root-2.json", "--after", first)
    assert "must sign: 2 of 3, from now on 3 of 3" in shown.out


def test_who_is_no_holder_cannot_stay_one(holders: Holders) -> None:
    first = holders.found()
    words = ("--keep", "Achieng", "--keep", "Zuberi", "--threshold", 2)
    ended = holders.at("root", "new", "--after", first, *words, "-o", holders.folder)
    assert (ended.code, "Zuberi is no holder of root 1" in ended.err) == (Exit.FAILED, True)
    assert not (holders.folder / "root-2.json").exists()


def test_a_lost_node_gets_a_new_home_under_the_next_root_and_its_card(holders: Holders) -> None:
    holders.found()
    before, card = holders.trust(), holders.folder / "ke.card"
    assert holders.at("card", "-o", card).code == Exit.DONE
    holders.home.rename(holders.folder / "lost")
    assert holders.at("init", *WORDS).code == Exit.DONE
    asked = ("--founding", holders.home / "founding.json")
    stays = ("--keep", "Achieng", "--keep", "Baraka", "--keep", "Chebet")
    made = holders.at("root", "new", "--after", card, "--threshold", 2, *stays, *asked, "-o", holders.folder)
    assert made.code == Exit.DONE, made.err
    early = holders.sign("root-2.json", "holder-1-achieng.key", after=card)
    install = ("root", "install", holders.folder / "root-2.json")
    assert (early.json["missing"], holders.at(*install, "--card", card).code) == (1, Exit.INTEGRITY)
    holders.sign("root-2.json", "holder-2-baraka.key", after=card)
    alone = holders.at(*install)
    assert (alone.code, "--card" in alone.err, "root new" in alone.err) == (Exit.CONFIGURATION, True, False)
    installed = holders.at(*install, "--card", card, "--json")
    assert (installed.code, installed.json["version"], installed.json["digest"]) == (Exit.DONE, 2, before.digest)
    after = holders.trust()
    assert (after.digest, after.keyset.ver, after.keyset.log.origin) == (before.digest, 2, "itx.real/ke/R2")  # type: ignore[union-attr]
    states = {(one["use"], one["state"]) for one in holders.at("keys", "list", "--json").json}
    assert {("env", "active"), ("env", "destroyed"), ("log", "destroyed"), ("keyset", "destroyed")} <= states
    assert (holders.at(*install, "--card", card).code, holders.at("audit", "verify").code) == (Exit.FAILED, Exit.DONE)
