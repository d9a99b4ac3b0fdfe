"""``tracing webhook``: named, tried, rotated, moved, removed; what cannot be is refused."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.channels.receiving import Receiving, receiving
from tests.command.conftest import Command


@pytest.fixture
async def receiver() -> AsyncIterator[Receiving]:
    async with receiving() as one:
        yield one


def of_doctor(found: Any) -> dict[str, Any]:
    return next(one for one in found.json["checks"] if one["layer"] == "webhooks")


async def test_a_webhook_is_named_tried_and_given_another_secret(receiver: Receiving, at_home: Command) -> None:
    async def call(*words: str) -> Any:
        ended = await asyncio.to_thread(at_home, "webhook", *words, "--json")
        assert ended.code == 0, ended.err
        return ended.json

    first = await call("add", "chat", receiver.url, "--role", "officer", "--language", "fr")
    assert (await call("test", "chat"))["taken"] is True
    second = await call("rotate", "chat")
    await call("test", "chat")
    assert [one.is_signed(first["secret"]) for one in receiver.calls] == [True, True]
    assert receiver.calls[1].is_signed(second["secret"])


def test_a_webhook_is_shown_chosen_moved_and_removed(at_home: Command) -> None:
    def call(*words: str) -> Any:
        return at_home("webhook", *words, "--json").json

    assert at_home("webhook", "add", "chat", "https://chat.example/x?token=1", "--role", "officer").code == 0
    (row,) = call("list")
    assert (row["for"], row["host"], row["trouble"]) == ("officer", "https://chat.example/…", None)
    assert call("choose", "chat", "--near", "off")["near"] == "off"
    assert call("move", "chat", "https://other.example/x")["host"] == "https://other.example/…"
    assert call("again", "chat")["again"] == 0
    assert of_doctor(at_home("doctor", "--json"))["said"] == "1 webhook(s)"
    assert (call("remove", "chat", "--yes")["removed"], call("list")) == (True, [])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("add", "chat", "http://chat.example/x"), 2),
        (("add", "chat", "https://10.0.0.1/x"), 2),
        (("add", "chat", "https://chat.example/x", "--role", "admin"), 2),
        (("add", "chat", "https://chat.example/x", "--user", "nobody"), 1),
        (("test", "chat"), 1),
        (("rotate", "chat"), 1),
        (("choose", "chat", "--near", "off"), 1),
        (("move", "chat", "https://chat.example/x"), 1),
        (("again", "chat"), 1),
        (("remove", "chat", "--yes"), 1),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_is_kept(
    at_home: Command, words: tuple[str, ...], code: int
) -> None:
    assert at_home("webhook", *words).code == code
    assert at_home("webhook", "list", "--json").json == []


def test_a_receiver_that_is_away_is_unreachable(at_home: Command) -> None:
    assert at_home("webhook", "add", "chat", "http://127.0.0.1:9/x").code == 0
    ended = at_home("webhook", "test", "chat")
    assert (ended.code, "the connection was refused" in ended.err) == (5, True)
    assert at_home("webhook", "choose", "chat", "--near", "weekly").code == 1
    assert at_home("webhook", "rotate", "chat", "--days", "999").code == 1
