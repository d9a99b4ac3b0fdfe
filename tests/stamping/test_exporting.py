"""Evidence that leaves with a time-stamp, and without one where the authority does not give it."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from keys import evidence
from keys.stamps import query
from tests.casework.conftest import trio as trio  # noqa: PLC0414 - three nodes
from tests.casework.test_evidence import exported
from tests.casework.test_proving import answered, last_leaf, pins
from tests.command.conftest import Command
from tests.command.conftest import at_home as at_home  # noqa: PLC0414 - homes to run the command at
from tests.command.conftest import founded as founded  # noqa: PLC0414 - the same
from tests.command.conftest import home as home  # noqa: PLC0414 - the same
from tests.command.conftest import kept as kept  # noqa: PLC0414 - the same
from tests.command.test_elements import asked as asked  # noqa: PLC0414 - a request by letter
from tests.commanding import command
from tests.conformance import verifier
from tests.dossiers.exhibits import lacking, pages_of
from tests.stamping.counter import Counter
from tests.stamping.exhibits import NONCE, imprint, whole
from tests.stamping.test_asking import stamper_at
from tests.wire.exhibits import PINS
from tests.world import World
from tracing.cli.exits import Exit
from tracing.desk.catalogues import offered
from tracing.desk.papers.press import Press


async def _away(_: web.Request, __: bytes) -> web.StreamResponse:
    return web.Response(status=502)


@pytest.fixture
def stamping(trio: World, counter: Counter) -> Any:
    """br asks the counter, in this test."""
    trio["br"].office.stamper = stamper_at(counter)
    yield
    trio["br"].office.stamper = None


async def test_a_case_leaves_with_a_stamp_of_all_its_lines(trio: World, counter: Counter, stamping: None) -> None:
    one = await answered(trio)
    made = await exported(trio, "br", one.case)
    known = [counter.authority.root.certificate]
    found = evidence.verify(io.BytesIO(made.data), pins(trio), authorities=known)
    assert found.stamp is not None
    assert (found.stamp, found.messages, made.unstamped) == (made.found.stamp, 2, None)
    assert found.stamp.authority == "CN=Authority of tests"
    said = verifier.Evidence(io.BytesIO(made.data), pins(trio), known).run()
    assert (said["stamp"]["time"], said["from"]) == (found.stamp.time_ms, "br")
    leaf = await last_leaf(trio, "br", one.case)
    assert ("stamped" in leaf, leaf["file"]) == (True, made.sha256)


async def test_where_no_stamp_comes_the_case_leaves_all_the_same_and_that_is_noted(
    trio: World, counter: Counter, stamping: None
) -> None:
    counter.reply = _away
    one = await answered(trio)
    made = await exported(trio, "br", one.case)
    found = evidence.verify(io.BytesIO(made.data), pins(trio))
    assert (found.stamp, found.messages, made.unstamped) == (None, 2, "it answered with the status 502")
    assert (await last_leaf(trio, "br", one.case))["unstamped"] == made.unstamped


async def test_who_asks_nobody_exports_and_notes_as_ever(trio: World, counter: Counter) -> None:
    one = await answered(trio)
    made = await exported(trio, "br", one.case)
    assert (made.found.stamp, made.unstamped, counter.asked) == (None, None, [])
    assert {"stamped", "unstamped"}.isdisjoint(await last_leaf(trio, "br", one.case))


# ---------------------------------------------------------------- by command


@pytest.fixture
def asking(home: Path, counter: Counter) -> Counter:
    """The settings of the home name the counter."""
    file, ca = home / "node.toml", counter.authority.folder / "authority.pem"
    text = file.read_text().replace('timestamp_url = ""', f'timestamp_url = "{counter.url}"')
    file.write_text(text.replace('timestamp_ca = ""', f'timestamp_ca = "{ca}"'))
    return counter


def test_the_command_says_which_time_is_proved_and_by_whom(
    at_home: Command,
    asking: Counter,
    asked: tuple[str, str],
    tmp_path: Path,
) -> None:
    file, ca = tmp_path / "case", asking.authority.folder / "authority.pem"
    made = at_home("evidence", "export", asked[0], "-o", file, "--json")
    assert (made.code, made.json["timestamp"]["given"]) == (Exit.DONE, True), made.err
    pin = ("--pin", f"br={at_home('root', 'show', '--json').json['digest']}")
    ended = command("evidence", "verify", file, *pin, "--timestamp-ca", ca)
    assert ended.code == Exit.DONE, ended.err
    assert re.search(
        r"existed no later than 20\S+Z:\n  so says the time-stamp authority \"CN=Clock of tests\"", ended.out
    )
    assert "whom you named" in ended.out
    unknown = command("evidence", "verify", file, *pin)
    assert "whom nobody vouched for here: see --timestamp-ca" in unknown.out
    assert "when it existed: nobody who is known here vouches" in unknown.out
    said = command("evidence", "verify", file, *pin, "--json").json["stamp"]
    assert (said["by"], said["authority"]) == ("CN=Clock of tests", None)


def test_the_command_says_that_a_stamp_was_asked_for_and_not_given(
    at_home: Command,
    asking: Counter,
    asked: tuple[str, str],
    tmp_path: Path,
) -> None:
    asking.reply = _away
    made = at_home("evidence", "export", asked[0], "-o", tmp_path / "case")
    assert (made.code, "asked for and not given: it answered with the status 502" in made.out) == (Exit.DONE, True)
    again = at_home("evidence", "export", asked[0], "-o", tmp_path / "again", "--json").json
    assert again["timestamp"] == {"asked": True, "given": False, "why": "it answered with the status 502"}


def test_the_doctor_asks_for_a_stamp_and_warns_where_none_comes(at_home: Command, asking: Counter) -> None:
    def found() -> tuple[bool, str]:
        checks = at_home("doctor", "--json").json["checks"]
        (one,) = (each for each in checks if each["layer"] == "time-stamps")
        assert one["ok"]
        return one["warning"], one["said"]

    assert found() == (False, "a stamp came, and holds")
    asking.reply = _away
    assert found()[0]
    assert "the status 502" in found()[1]


def test_a_file_of_authorities_that_is_none_ends_the_verification(tmp_path: Path) -> None:
    (tmp_path / "case").write_bytes(b"")
    (tmp_path / "ca").write_text("none")
    words = ("evidence", "verify", tmp_path / "case", "--pin", f"br={'0' * 64}", "--timestamp-ca", tmp_path / "ca")
    assert command(*words).code == Exit.USAGE


# ---------------------------------------------------------------- on paper


@pytest.mark.parametrize("language", offered())
async def test_the_paper_says_when_it_existed_at_the_latest(counter: Counter, tmp_path: Path, language: str) -> None:
    if said := lacking():
        pytest.skip(said)
    data = whole(counter.authority.answer(query(imprint(), NONCE)))
    pages = pages_of((await Press().paper(data, "case.itx-evidence", PINS, language)).data, tmp_path)
    assert "CN=Clock of tests" in pages.text
    assert ("existed no later than" in re.sub(r"\s+", " ", pages.text)) == (language == "en")
    assert "RFC 3161" in pages.text
    assert "--timestamp-ca" in pages.text
