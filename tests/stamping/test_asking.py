"""Asking a time-stamp authority: what comes is judged first, and whatever goes wrong is said in a sentence."""

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography.hazmat import asn1

from keys.stamps import forms, judge, query
from tests.stamping.authority import Authority, made_at
from tests.stamping.counter import Counter, Reply
from tests.world import free_port
from tracing.casework.evidence import NotStamped
from tracing.clock import Ids, SystemClock
from tracing.settings import EvidenceSettings, Settings
from tracing.stamping import LOOPBACK, Stamper

DIGEST = sha256(b"lines").digest()
random_bytes = Ids(SystemClock()).random_bytes


def stamper_at(counter: Counter, **changed: Any) -> Stamper:
    return Stamper(**{"url": counter.url, "ca": str(counter.authority.folder / "authority.pem"), "allowed": LOOPBACK,
                      "random_bytes": random_bytes} | changed)  # fmt: skip


async def refusal(stamper: Stamper) -> str:
    with pytest.raises(NotStamped) as refused:
        await stamper.stamp(DIGEST)
    return str(refused.value)


async def test_a_stamp_is_asked_for_as_the_standard_says_and_judged(counter: Counter) -> None:
    stamped = await stamper_at(counter).stamp(DIGEST)
    ((media, body),) = counter.asked
    asked = asn1.decode_der(forms.Asked, body)
    assert (media, asked.imprint.digest, asked.nonce) == ("application/timestamp-query", DIGEST, stamped.nonce)
    assert asked.certificates
    assert judge(stamped.answer, DIGEST, stamped.nonce, [counter.authority.root.certificate]).authority


async def test_each_question_bears_another_number(counter: Counter) -> None:
    one, two = [await stamper_at(counter).stamp(DIGEST) for _ in range(2)]
    assert one.nonce != two.nonce


async def _status(_: web.Request, __: bytes) -> web.StreamResponse:
    return web.Response(status=503, text="later")


async def _elsewhere(request: web.Request, __: bytes) -> web.StreamResponse:
    return web.Response(status=307, headers={"Location": str(request.url / "again")})


async def _page(_: web.Request, __: bytes) -> web.StreamResponse:
    return web.Response(text="<html>please sign in</html>", content_type="text/html")


async def _nothing(_: web.Request, __: bytes) -> web.StreamResponse:
    return web.Response(body=b"")


async def _refused(_: web.Request, __: bytes) -> web.StreamResponse:
    said = forms.Answer(status=forms.Status(status=2, texts=["no"], failure=None), token=None)
    return web.Response(body=asn1.encode_der(said))


async def _much(_: web.Request, __: bytes) -> web.StreamResponse:
    return web.Response(body=bytes(70_000))


async def _without_end(request: web.Request, __: bytes) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(bytes(65_536))


async def _cut(request: web.Request, __: bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "4000"})
    await response.prepare(request)
    await response.write(b"0")
    assert request.transport is not None
    request.transport.abort()
    return response


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (_status, "the status 503"), (_elsewhere, "the status 307"), (_page, "does not hold: expected an answer"),
        (_nothing, "does not hold"), (_refused, "expected a time-stamp that was granted, got the status 2"),
        (_much, "more than 65536 bytes"), (_without_end, ""), (_cut, "broke off"),
    ],
)  # fmt: skip
async def test_rubbish_is_not_taken_and_said(counter: Counter, reply: Reply, words: str) -> None:
    counter.reply = reply
    assert words in await refusal(stamper_at(counter))
    assert len(counter.asked) == 1


async def test_the_answer_to_another_question_is_not_taken(counter: Counter, authority: Authority) -> None:
    async def earlier(_: web.Request, __: bytes) -> web.StreamResponse:
        return web.Response(body=await asyncio.to_thread(authority.answer, query(DIGEST, 1)))

    counter.reply = earlier
    assert "the number that was sent" in await refusal(stamper_at(counter))


async def test_an_authority_that_takes_its_time_is_left(counter: Counter) -> None:
    async def slow(_: web.Request, __: bytes) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    counter.reply = slow
    assert await refusal(stamper_at(counter, whole_s=0.2)) == "no complete answer within the time"


async def test_an_authority_that_is_away_is_said_to_be(counter: Counter) -> None:
    url = f"http://127.0.0.1:{free_port()}/"
    assert await refusal(stamper_at(counter, url=url)) == "the connection was refused"


async def test_no_inner_address_is_reached_unless_the_settings_allow_it(counter: Counter) -> None:
    assert "inner address" in await refusal(stamper_at(counter, allowed=()))
    assert counter.asked == []


async def test_a_stamp_for_which_nobody_known_vouches_is_not_taken(counter: Counter, tmp_path: Path) -> None:
    (tmp_path / "other.pem").write_bytes(made_at("Another authority", ca=True).pem)
    assert "vouched for" in await refusal(stamper_at(counter, ca=str(tmp_path / "other.pem")))


async def test_without_a_named_authority_any_stamp_that_holds_is_taken(counter: Counter) -> None:
    assert (await stamper_at(counter, ca="").stamp(DIGEST)).answer


@pytest.mark.parametrize("text", [None, "no PEM"])
async def test_where_it_cannot_be_read_who_vouches_nobody_is_asked(
    counter: Counter, tmp_path: Path, text: str | None
) -> None:
    file = tmp_path / "ca.pem"
    if text is not None:
        file.write_text(text)
    assert "cannot be read as PEM" in await refusal(stamper_at(counter, ca=str(file)))
    assert counter.asked == []


# ---------------------------------------------------------------- settings

NODE = {"authority": "br", "country": "BRA", "name": "Point", "exchange": "127.0.0.1:25001", "desk": "127.0.0.1:25002"}


@pytest.mark.parametrize(
    "said",
    [
        {"timestamp_url": "tsa.example.org"}, {"timestamp_url": "ftp://tsa.example.org/"},
        {"timestamp_url": "http://user@tsa.example.org/"}, {"timestamp_url": "http://tsa.example.org/a b"},
        {"timestamp_url": "http:///"}, {"timestamp_ca": "ca.pem"}, {"allow": ["0.0.0.0/0"]}, {"url": "x"},
    ],
)  # fmt: skip
def test_settings_that_nobody_can_mean_are_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        EvidenceSettings(**said)


def test_a_node_that_names_no_authority_asks_nobody() -> None:
    ids = Ids(SystemClock())
    said = {"evidence": {"timestamp_url": "http://tsa.example.org/", "allow": ["10.1.2.3/32"]}}
    plain, asking, training = (Settings(**NODE | more) for more in ({"net": "real"}, said | {"net": "real"},
                                                                    said | {"net": "training"}))  # fmt: skip
    assert Stamper.of(plain, ids) is None
    found = [Stamper.of(one, ids) for one in (asking, training)]
    assert [one and len(one.allowed) for one in found] == [1, 3]
