"""The memory of a running node holds no private key that lies on a token; the same search finds keys of a file."""

import asyncio
import re
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from keys.admission import PublicKey, admit
from keys.hardware import HardwareModule, Place
from keys.vault import Vault
from tests.bench.pair import RECEIVER, SENDER, Pair
from tests.faults.on_token import OnToken
from tests.softhsm import LABEL, PIN, custody, needs_softhsm, token

pytestmark = needs_softhsm
MOST_AT_ONCE = 16 * 1024 * 1024


@pytest.fixture
def scalars(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[bytes]:
    """The private scalars of the keys brought onto the token in the place of ones it would draw itself."""
    known: list[bytes] = []

    def make(module: HardwareModule, alg: str, label: str, random: Any) -> tuple[str, PublicKey]:
        private, name = ec.generate_private_key(ec.SECP256R1()), random(16)
        pem = tmp_path / "key.pem"
        pem.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        bring_in = ["softhsm2-util", "--import", pem, "--token", LABEL, "--label", label, "--id", name.hex()]
        subprocess.run([*bring_in, "--pin", PIN.decode()], check=True, capture_output=True)
        pem.unlink()
        known.append(private.private_numbers().private_value.to_bytes(32, "big"))
        point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return Place(module.token, name).uri, admit(alg, point)

    monkeypatch.setattr(HardwareModule, "make", make)
    return known


@pytest.fixture
def pair(tmp_path: Path, scalars: list[bytes]) -> Iterator[Pair]:
    with token(tmp_path / "hsm") as module, OnToken(tmp_path, custody(tmp_path / "hsm", module)) as made:
        made.found()
        assert scalars
        for authority in (SENDER, RECEIVER):
            made.start(authority)
        yield made


def found_in(pid: int, wanted: list[bytes]) -> int:
    """How many of these are somewhere in the memory of a process."""
    seen: set[bytes] = set()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span = re.match(r"([0-9a-f]+)-([0-9a-f]+) r", line)
            if span is None or "[v" in line:  # vvar, vsyscall: the kernel's own
                continue
            first, last = (int(edge, 16) for edge in span.groups())
            for at in range(first, last, MOST_AT_ONCE):
                memory.seek(at)
                piece = memory.read(min(MOST_AT_ONCE + 64, last - at))
                seen |= {one for one in wanted if one in piece}
    return len(seen)


def both_ways(keys: list[bytes]) -> list[bytes]:
    """As written, and as big numbers lie in memory, the lowest byte first."""
    return [*keys, *(key[::-1] for key in keys)]


@pytest.mark.timeout(400)
def test_no_key_of_the_token_is_in_the_memory_of_its_node(pair: Pair, scalars: list[bytes]) -> None:
    load = asyncio.run(pair.load(count=20, at_once=4, most_s=60))
    assert (len(load.took_s), load.failed) == (20, ())
    pair.settle()
    assert found_in(pair.pid(SENDER), both_ways(scalars)) == 0
    assert found_in(pair.pid(SENDER), [secrets.token_bytes(32), PIN]) <= 1  # the PIN passes through
    vault = Vault.open(pair.folder / RECEIVER / "keys", pair.passphrase_file.read_bytes().strip())
    signing = [key._private.private_bytes_raw() for key in vault._signing.values() if key.alg == "Ed25519"]
    assert found_in(pair.pid(RECEIVER), signing), "the search finds nothing where there is something"
