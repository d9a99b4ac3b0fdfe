"""Secrets and contents of cases, made up so that they can be found, are searched wherever they must not be."""

import asyncio
import base64
import re
import signal
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from keys.vault import Vault
from tests.bench.pair import BOTH, RECEIVER, SENDER, entered
from tests.commanding import command
from tests.faults.on_token import OnToken
from tests.softhsm import PIN, custody, needs_softhsm, token

pytestmark = [needs_softhsm, pytest.mark.timeout(400)]
PASSPHRASE = b"for measuring only"  # of both homes
SERIAL, PLACE, PERSON = b"CANARYSERIAL7Q", b"Canary Quay 7", b"Canarina Canary"


@dataclass
class Searched:
    """What was searched, and where which canary was found."""

    places: int
    hits: list[tuple[str, str]]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[OnToken]:
    with token(tmp_path / "hsm") as module, OnToken(tmp_path, custody(tmp_path / "hsm", module)) as made:
        made.found()
        for authority in BOTH:
            made.start(authority)
        yield made


def spelt(secret: bytes) -> list[bytes]:
    """As it is, in hex, in base64 of both alphabets (inside a longer text its ends may differ, so the middle of it)."""
    plain = base64.b64encode(secret).rstrip(b"=")
    return [secret, secret.hex().encode(), plain, plain.translate(bytes.maketrans(b"+/", b"-_"))]


def secrets_of(pair: OnToken) -> dict[str, list[bytes]]:
    """Passphrase, PIN, every private seed and named secret of both vaults."""
    found = {"passphrase": spelt(PASSPHRASE), "pin": spelt(PIN)}
    for authority in BOTH:
        vault = Vault.open(pair.folder / authority / "keys", PASSPHRASE)
        assert vault._lock is not None
        for sealed in vault._file.keys:
            if sealed.box:
                found[f"{authority} {sealed.record.name}"] = spelt(vault._lock.unseal(sealed.box, sealed.record.name))
        found |= {f"{authority} secret {name}": spelt(value) for name, value in vault._secrets.items()}
    return found


def contents() -> dict[str, list[bytes]]:
    return {name: spelt(one) for name, one in (("serial", SERIAL), ("place", PLACE), ("person", PERSON))}


def search(places: dict[str, bytes], canaries: dict[str, list[bytes]]) -> Searched:
    hits = [
        (where, name) for where, data in places.items() for name, forms in canaries.items()
        if any(form in data for form in forms)
    ]  # fmt: skip
    return Searched(len(places), hits)


async def work(pair: OnToken) -> list[bytes]:
    """What officers do, right and wrong; the answers to what was wrong."""
    body = entered(1)
    body["weapon"]["serial"]["text"] = SERIAL.decode()
    body["found"] |= {"place": PLACE.decode(), "circumstances": f"taken from {PERSON.decode()}"}
    headers = {"Authorization": f"Bearer {pair._token}", "Prefer": "wait=20"}
    told = []
    async with aiohttp.ClientSession(pair.desk[SENDER], headers=headers) as session:
        async with session.post("/api/v1/requests", json=body) as answer:
            assert answer.status == 201, await answer.text()
            case = (await answer.json())["case"]
        wrong = body | {"to": "nobody"}
        for url, given in (
            ("/api/v1/requests", wrong), (f"/api/v1/cases/{case}/answer", body), ("/api/v1/requests", {"x": body}),
        ):  # fmt: skip
            async with session.post(url, json=given) as answer:
                assert 400 <= answer.status < 500
                told.append(await answer.read())
        async with session.get("/api/v1/cases", headers={"Authorization": "Bearer CANARYTOKEN"}) as answer:
            assert answer.status == 401
            told.append(await answer.read())
    return told


def processes(pair: OnToken) -> dict[str, bytes]:
    """Command line and environment of the nodes and of every process they began."""
    ours = {str(pair.pid(authority)) for authority in BOTH}
    found: dict[str, bytes] = {}
    for entry in Path("/proc").iterdir():
        status = entry / "status"
        if entry.name.isdigit() and status.exists():
            parent = re.search(r"PPid:\s+(\d+)", status.read_text())
            if entry.name in ours or (parent is not None and parent[1] in ours):
                found |= {f"{name} of {entry.name}": (entry / name).read_bytes() for name in ("cmdline", "environ")}
    return found


def files(folder: Path, *, but: set[Path], since: float = 0.0) -> dict[str, bytes]:
    return {
        str(file): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and file.stat().st_mtime >= since and not any(file.is_relative_to(one) for one in but)
    }


def test_no_secret_and_nothing_of_a_case_is_where_it_must_not_be(pair: OnToken, tmp_path: Path) -> None:
    began = time.time()
    told = asyncio.run(work(pair))
    pair.settle()
    wrong = tmp_path / "wrong"
    wrong.write_bytes(b"not " + PASSPHRASE + b"\n")
    wrong.chmod(0o600)
    ended = command("--home", tmp_path / SENDER, "--passphrase-file", wrong, "--json", "case", "list")
    assert ended.code == 4
    origin = {pair.passphrase_file, wrong, Path(pair.section["pin_file"])}  # where they come from
    homes = {
        f"{authority}{name}": data
        for authority in BOTH
        for name, data in files(tmp_path / authority, but=set()).items()
    }
    logs = {f"{authority}.log": (tmp_path / f"{authority}.log").read_bytes() for authority in BOTH}
    errors = {"stderr": ended.err.encode(), "stdout": ended.out.encode()}
    around = processes(pair)
    assert len(around) >= 6, "two nodes and a signer process, each with two places"
    elsewhere = files(Path(tempfile.gettempdir()), but={tmp_path.parent.parent, *origin}, since=began)
    canaries = secrets_of(pair)
    everywhere = homes | logs | errors | around | elsewhere | {f"answer {n}": one for n, one in enumerate(told)}
    assert search(everywhere, canaries).hits == []
    assert search(homes | logs | errors | around | elsewhere, contents()).hits == []
    planted = {"here": b"... " + base64.b64encode(PIN) + b" ..." + SERIAL}
    assert {name for _, name in search(planted, canaries | contents()).hits} == {"pin", "serial"}


def test_a_node_that_crashes_leaves_no_core(pair: OnToken) -> None:
    limits = Path(f"/proc/{pair.pid(RECEIVER)}/limits").read_text()
    assert re.search(r"Max core file size\s+0\s+0\s", limits)
    before = set(Path().iterdir())
    process = pair.running.pop(RECEIVER)
    process.send_signal(signal.SIGSEGV)
    process.wait()
    assert set(Path().iterdir()) == before
