"""``tracing mail`` and ``tracing user mail``, and what the doctor says of mail."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.channels.postoffice import PostOffice, opened
from tests.command.conftest import Command


def with_mail(home: Path, **mail: Any) -> None:
    """Name a server in the settings of a home."""
    place = home / "node.toml"
    text = place.read_text("utf-8").partition("\n[mail]")[0]
    lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in mail.items())
    place.write_text(f"{text}\n[mail]\n{lines}\n", "utf-8")


@pytest.fixture
async def office(tmp_path: Path, home: Path) -> AsyncIterator[PostOffice]:
    """A server that the home names."""
    async with opened(tmp_path) as one:
        with_mail(home, server=f"127.0.0.1:{one.port}", sender="node@tracing.example", authorities_file=one.authorities)
        yield one


def of_doctor(found: Any) -> dict[str, Any]:
    return next(one for one in found.json["checks"] if one["layer"] == "mail")


def test_without_a_server_a_test_says_what_to_do(at_home: Command) -> None:
    ended = at_home("mail", "test", "ada@tracing.example")
    assert (ended.code, "no server in [mail]" in ended.err) == (4, True)
    assert of_doctor(at_home("doctor", "--json"))["said"].startswith("no server in [mail]")


@pytest.mark.parametrize("words", [("no address",), ("ada@tracing.example", "--language", "de")])
def test_a_test_that_cannot_be_is_refused(at_home: Command, home: Path, words: tuple[str, ...]) -> None:
    with_mail(home, server="127.0.0.1:9", sender="node@tracing.example")
    assert at_home("mail", "test", *words).code == 2


async def test_a_test_is_sent_and_the_doctor_finds_the_server(office: PostOffice, at_home: Command) -> None:
    ended = await asyncio.to_thread(at_home, "mail", "test", "ada@tracing.example", "--language", "ar")
    assert (ended.code, [to for to, _mail in office.kept]) == (0, ["ada@tracing.example"])
    found = of_doctor(await asyncio.to_thread(at_home, "doctor", "--json"))
    assert (found["ok"], found["said"]) == (True, f"127.0.0.1:{office.port} (starttls) answers")


async def test_a_test_that_the_server_refuses_fails_and_says_its_words(office: PostOffice, at_home: Command) -> None:
    office.to_readers = "550 no such person"
    ended = await asyncio.to_thread(at_home, "mail", "test", "ada@tracing.example")
    assert (ended.code, "550 no such person" in ended.err, office.kept) == (1, True, [])


def test_a_server_that_is_away_is_unreachable_and_a_problem_for_the_doctor(at_home: Command, home: Path) -> None:
    with_mail(home, server="127.0.0.1:9", sender="node@tracing.example")
    assert at_home("mail", "test", "ada@tracing.example").code == 5
    assert of_doctor(at_home("doctor", "--json"))["ok"] is False


def test_what_a_person_wants_is_kept_and_shown(at_home: Command) -> None:
    assert at_home("user", "add", "ada", "--role", "officer").code == 0
    kept = at_home("user", "mail", "ada", "ada@tracing.example", "--near", "off", "--json").json
    assert kept == {"user": "ada", "address": "ada@tracing.example", "near": "off", "passed": "at_once",
                    "again": "digest", "escalated": "at_once"}  # fmt: skip
    assert at_home("user", "mail", "ada", "--json").json == kept
    assert at_home("user", "mail", "ada", "", "--json").json == kept | {"address": ""}
    assert at_home("mail", "show", "--json").json["waiting"] == 0


@pytest.mark.parametrize(
    ("words", "code"), [(("nobody", "a@b.c"), 1), (("ada", "here"), 2), (("ada", "a@b.c", "--near", "weekly"), 2)]
)
def test_a_wish_that_cannot_be_is_refused_and_nothing_is_kept(
    at_home: Command, words: tuple[str, ...], code: int
) -> None:
    assert at_home("user", "add", "ada", "--role", "officer").code == 0
    assert at_home("user", "mail", *words).code == code
    assert at_home("user", "mail", "ada", "--json").json["address"] == ""
