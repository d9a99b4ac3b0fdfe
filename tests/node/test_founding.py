"""Making a node: nothing is written over, a real node waits for the root its holders signed, and takes no other."""

import json
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from keys.ceremony import combine, new_ceremony, proposal, propose, sign_part
from keys.errors import KeysError, ThresholdNotMet
from keys.founding import read_founding
from keys.holders import new_holder, open_holder, read_holder
from tests.world import COUNTRIES
from tracing import audit
from tracing.clock import Ids, SystemClock
from tracing.founding import FOUNDING, HomeExists, claim_home, found_node, install_root, log_origin
from tracing.node import Node, NotFounded
from tracing.settings import ConfigInvalid, Settings

CLOCK = SystemClock()
IDS = Ids(CLOCK)
PASSPHRASE = b"for tests only"
PERSONS = ("Achieng", "Baraka", "Chebet")


def found(home: Path, net: str = "real", authority: str = "ke") -> Settings:
    settings = Settings.for_new(
        home, authority=authority, country=COUNTRIES[authority], name=f"Tracing point of {authority}", net=net,
        exchange="127.0.0.1:0", desk="127.0.0.1:0",
    )  # fmt: skip
    found_node(home, settings, PASSPHRASE, CLOCK, IDS)
    return settings


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a real node that waits for its root."""
    home = tmp_path_factory.mktemp("real") / "ke"
    found(home)
    return home


@pytest.fixture
def home(founded: Path, tmp_path: Path) -> Path:
    """A copy of it, at a place of its own."""
    return Path(shutil.copytree(founded, tmp_path / "ke"))


@pytest.fixture(scope="module")
def holders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The key files of three holders."""
    folder = tmp_path_factory.mktemp("holders")
    for name in PERSONS:
        new_holder(folder / name, name, b"word", secrets.token_bytes)
    return {name: folder / name for name in PERSONS}


Signed = Callable[..., bytes]


@pytest.fixture
def signed(holders: dict[str, Path]) -> Signed:
    """A root over a founding request, signed by those named, each on a machine of his own."""

    def make(request: bytes, *by: str) -> bytes:
        members = [read_holder(path) for path in holders.values()]
        file = proposal(propose(read_founding(request), members, 2, at_ms=CLOCK.now_ms()))
        return combine(sign_part(file, open_holder(holders[name], b"word")) for name in by)

    return make


def installed(home: Path, root: bytes) -> Any:
    return install_root(home, PASSPHRASE, root, CLOCK, IDS)


# ---------------------------------------------------------------- the home


@pytest.mark.parametrize("net", ["training", "real"])
def test_a_home_that_holds_anything_is_left_as_it_is(tmp_path: Path, net: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "letter.txt").write_text("mine")
    with pytest.raises(HomeExists, match="never written over"):
        found(home, net)
    assert [(one.name, one.read_text()) for one in home.iterdir()] == [("letter.txt", "mine")]


def test_a_file_where_the_home_should_be_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("mine")
    with pytest.raises(HomeExists):
        found(tmp_path / "home")
    assert (tmp_path / "home").read_text() == "mine"


def test_an_empty_folder_may_become_a_home_and_is_its_owners_alone(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o755)
    claim_home(tmp_path / "home")
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700


def test_a_node_is_not_founded_a_second_time(home: Path) -> None:
    before = {one: one.read_bytes() for one in home.rglob("*") if one.is_file()}
    with pytest.raises(HomeExists):
        found(home)
    assert {one: one.read_bytes() for one in home.rglob("*") if one.is_file()} == before


def test_nothing_secret_in_a_home_is_readable_by_others(home: Path) -> None:
    assert [one for one in (home / "keys").rglob("*") if one.is_file() and one.stat().st_mode & 0o077] == []


# ---------------------------------------------------------------- training


def test_a_training_node_is_ready_at_once_and_says_so_in_its_trail(tmp_path: Path) -> None:
    found(tmp_path / "br", "training", "br")
    node = Node.open(tmp_path / "br", PASSPHRASE)
    result = node.store.read_now(lambda view: audit.verify(view, node.checkpoints.check))
    node.close()
    assert (node.trust.net, node.trust.root.threshold) == ("training", 1)
    assert (result.ok, result.trees) == (True, {"private": 2})


def test_a_log_is_named_after_network_and_authority(tmp_path: Path) -> None:
    settings = Settings.for_new(tmp_path, authority="br", country="BRA", name="x", net="training")
    assert log_origin(settings) == "itx.training/br"


# ---------------------------------------------------------------- a real node


def test_a_real_node_waits_for_its_root(home: Path) -> None:
    with pytest.raises(NotFounded, match="tracing root install"):
        Node.open(home, PASSPHRASE)


def test_the_founding_request_asks_for_what_the_settings_say(home: Path) -> None:
    request = read_founding((home / FOUNDING).read_bytes())
    assert (request.auth, request.country, request.net) == ("ke", "KEN", "real")


def test_a_root_signed_by_two_of_three_holders_opens_the_node(home: Path, signed: Signed) -> None:
    root = signed((home / FOUNDING).read_bytes(), "Achieng", "Chebet")
    trust = installed(home, root)
    node = Node.open(home, PASSPHRASE)
    result = node.store.read_now(lambda view: audit.verify(view, node.checkpoints.check))
    node.close()
    assert (node.trust.digest, node.trust.authority, node.trust.net) == (trust.digest, "ke", "real")
    assert result.ok


def test_a_root_made_by_the_files_of_the_ceremony_opens_the_node(home: Path, tmp_path: Path) -> None:
    request = read_founding((home / FOUNDING).read_bytes())
    folder = tmp_path / "ceremony"
    words = {name: name.encode() for name in PERSONS}
    path = new_ceremony(folder, request, words, 2, secrets.token_bytes, at_ms=CLOCK.now_ms())
    data = path.read_bytes()
    for key in sorted(folder.glob("holder-*.key"))[:2]:
        name = next(one for one in PERSONS if one.casefold() in key.name)
        data = sign_part(data, open_holder(key, words[name]))
    assert installed(home, data).authority == "ke"


@pytest.mark.parametrize("by", [(), ("Achieng",)])
def test_a_root_with_too_few_signatures_is_refused_and_the_node_goes_on_waiting(
    home: Path, signed: Signed, by: tuple[str, ...]
) -> None:
    request = (home / FOUNDING).read_bytes()
    if by:
        root = signed(request, *by)
    else:
        whole = json.loads(signed(request, "Achieng", "Baraka"))
        root = json.dumps(whole | {"signatures": []}, separators=(",", ":"), sort_keys=True).encode()
    with pytest.raises(ThresholdNotMet):
        installed(home, root)
    with pytest.raises(NotFounded):
        Node.open(home, PASSPHRASE)


def test_a_root_over_the_keys_of_another_node_is_refused(home: Path, signed: Signed, tmp_path: Path) -> None:
    found(tmp_path / "other")
    root = signed((tmp_path / "other" / FOUNDING).read_bytes(), "Achieng", "Baraka")
    with pytest.raises(KeysError, match="keyset"):
        installed(home, root)


def test_a_root_of_another_authority_is_refused(home: Path, signed: Signed, tmp_path: Path) -> None:
    found(tmp_path / "br", authority="br")
    root = signed((tmp_path / "br" / FOUNDING).read_bytes(), "Achieng", "Baraka")
    with pytest.raises(KeysError, match="auth"):
        installed(home, root)


@pytest.mark.parametrize("root", [b"", b"{}", b"not a root", b'{"payload":"","signatures":[]}'])
def test_a_file_that_is_no_root_is_refused(home: Path, root: bytes) -> None:
    with pytest.raises(KeysError):
        installed(home, root)


def test_a_second_root_of_version_one_is_refused_and_changes_nothing(home: Path, signed: Signed) -> None:
    request = (home / FOUNDING).read_bytes()
    first = installed(home, signed(request, "Achieng", "Baraka"))
    with pytest.raises(IntegrityError):
        installed(home, signed(request, "Achieng", "Chebet"))
    node = Node.open(home, PASSPHRASE)
    result = node.store.read_now(lambda view: audit.verify(view, node.checkpoints.check))
    node.close()
    assert (node.trust.digest, result.ok) == (first.digest, True)


# ---------------------------------------------------------------- settings and identity

OTHERS = [("country", "KEN", "UGA"), ("net", "real", "training"), ("authority", "ke", "ug")]


def rename(home: Path, name: str, old: str, new: str) -> None:
    """Change one line of the settings."""
    file = home / "node.toml"
    text = file.read_text()
    assert f'{name} = "{old}"' in text
    file.write_text(text.replace(f'{name} = "{old}"', f'{name} = "{new}"'))


@pytest.mark.parametrize(("name", "old", "new"), OTHERS)
def test_settings_that_name_another_node_than_its_root_are_refused(
    home: Path, signed: Signed, name: str, old: str, new: str
) -> None:
    installed(home, signed((home / FOUNDING).read_bytes(), "Achieng", "Baraka"))
    rename(home, name, old, new)
    with pytest.raises(ConfigInvalid, match=f'{name} is "{new}"'):
        Node.open(home, PASSPHRASE)


@pytest.mark.parametrize(("name", "old", "new"), OTHERS)
def test_settings_that_name_another_node_than_was_founded_get_no_root(
    home: Path, signed: Signed, name: str, old: str, new: str
) -> None:
    root = signed((home / FOUNDING).read_bytes(), "Achieng", "Baraka")
    rename(home, name, old, new)
    with pytest.raises(ConfigInvalid, match=f'{name} is "{new}"'):
        installed(home, root)
