"""The node's end of the signer process: asks, waits, and begins again when the token or the process went away.

Rules
- Safe in threads: one question at a time, the others wait in turn.
- An answer that does not come within ``ANSWER_S`` ends the process, and the question with HardwareUnavailable. What
  failed for the device's sake is asked once more in a fresh session; then, for ``PAUSE_S``, nobody asks.
- A session that outlived its token (pulled out and put back) finds no key in it for ever: what is not found counts as
  missing only in a session younger than ``PAUSE_S``; an older one is opened anew first.
- WrongPin and a locked token are final until the node starts again. The PIN is fetched anew at each opening and not
  kept.
"""

import hashlib
import json
import select
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any, Final

from keys.admission import PublicKey, admit
from keys.algorithms import Random
from keys.errors import CustodyFault, CustodyUnsupported, HardwareUnavailable, KeyNotHeld, WrongPin
from keys.hardware.opening import open_sealed
from keys.hardware.place import Place, Token
from protocol import base64url

__all__ = ["HardwareModule"]

ANSWER_S: Final = 20.0  # some modules make a key in seconds
PAUSE_S: Final = 1.0
ID_BYTES: Final = 16
_PROGRAM: Final = "from keys.hardware.serving import main; main()"


class _Gone(Exception):
    """The process or the device went away in the middle of a question."""


class HardwareModule:
    """One token. ``pin`` is called at each opening of a session; ``now_s`` is a clock that never goes back."""

    def __init__(self, token: Token, module: str, pin: Callable[[], bytes], now_s: Callable[[], float]) -> None:
        self._token = token
        self._module = module
        self._pin = pin
        self._now_s = now_s
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._refused: CustodyFault | None = None
        self._not_before_s = 0.0
        self._opened_s = 0.0
        self._is_away = False

    @property
    def token(self) -> Token:
        return self._token

    @property
    def is_away(self) -> bool:
        """Whether the last question found no token, or a wrong PIN."""
        return self._refused is not None or self._is_away

    # ------------------------------------------------------------ acts

    def check(self) -> None:
        """A session, opened or already open. WrongPin, CustodyUnsupported or HardwareUnavailable."""
        with self._turn:
            self._begin()

    def make(self, alg: str, label: str, random: Random) -> tuple[str, PublicKey]:
        """A fresh key drawn by the token: its URI, and its public half. ``random`` gives its name there."""
        place = Place(self._token, random(ID_BYTES))
        use = "sign" if alg == "ES256" else "open"
        told = self._ask({"do": "make", "for": use, "id": base64url.encode(place.id), "label": label})
        return place.uri, admit(alg, base64url.decode(told["point"]))

    def sign(self, uri: str, data: bytes) -> bytes:
        """The raw ES256 signature over ``data``."""
        digest = hashlib.sha256(data).digest()  # here, so that a long statement does not travel
        told = self._ask({"do": "sign", "id": self._id(uri), "digest": base64url.encode(digest)})
        return base64url.decode(told["signature"])

    def open(self, uri: str, public: bytes, info: bytes, ct: bytes) -> bytes:
        """The plaintext of what was sealed to this key's public half. DecryptFailed."""
        return open_sealed(lambda point: self._agree(uri, point), public, info, ct)

    def destroy(self, uri: str) -> None:
        """Both halves of a key leave the token; one that is not there is gone already."""
        self._ask({"do": "destroy", "id": self._id(uri)})

    def _agree(self, uri: str, point: bytes) -> bytes:
        told = self._ask({"do": "agree", "id": self._id(uri), "point": base64url.encode(point)})
        return base64url.decode(told["shared"])

    def _id(self, uri: str) -> str:
        place = Place.parse(uri)
        if place.token.label != self._token.label:
            raise KeyNotHeld(f"the key lies on the token {place.token.label!r}, not on {self._token.label!r}")
        return base64url.encode(place.id)

    def close(self) -> None:
        """Let go of the token."""
        with self._turn:
            self._end()

    # ------------------------------------------------------------ one question

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        with self._turn:
            self._begin()
            try:
                return self._exchange(question)
            except _Gone:
                return self._once_more(question)
            except KeyNotHeld:
                if self._now_s() < self._opened_s + PAUSE_S:
                    raise
                return self._once_more(question)

    def _once_more(self, question: dict[str, Any]) -> dict[str, Any]:
        self._end()
        self._begin()
        try:
            return self._exchange(question)
        except _Gone as fault:
            raise self._unavailable() from fault

    def _begin(self) -> None:
        """A session is open when this returns."""
        if self._refused is not None:
            raise self._refused
        if self._process is not None:
            return
        if self._now_s() < self._not_before_s:
            raise HardwareUnavailable(_UNAVAILABLE)
        self._process = subprocess.Popen(  # noqa: S603 - fixed arguments
            [sys.executable, "-c", _PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )  # in a session of its own: a key stroke that ends the node must not end it first
        try:
            self._exchange(self._opening())
        except _Gone as fault:
            raise self._unavailable() from fault
        except CustodyFault:
            self._end()
            raise
        self._opened_s = self._now_s()

    def _opening(self) -> dict[str, Any]:
        return {
            "do": "open", "module": self._module, "token": self._token.label, "serial": self._token.serial,
            "pin": self._pin().decode(),
        }  # fmt: skip

    def _exchange(self, question: dict[str, Any]) -> dict[str, Any]:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(question).encode() + b"\n")
            process.stdin.flush()
        except OSError as fault:
            raise _Gone from fault
        ready, _, _ = select.select([process.stdout], [], [], ANSWER_S)
        line = process.stdout.readline() if ready else b""
        if not line:
            raise _Gone
        return self._judge(json.loads(line))

    def _judge(self, answer: dict[str, Any]) -> dict[str, Any]:
        match answer.get("fault"):
            case None:
                self._is_away = False
                done: dict[str, Any] = answer["done"]
                return done
            case "wrong-pin":
                self._refused = WrongPin(
                    f"the PIN does not open the token {self._token.label!r}; it is not tried again"
                )
                raise self._refused
            case "locked":
                self._refused = WrongPin(
                    f"the token {self._token.label!r} is locked: its security officer must unlock it"
                )
                raise self._refused
            case "no-module":
                raise CustodyUnsupported(f"{self._module} is no PKCS#11 module that loads here")
            case "no-key":
                raise KeyNotHeld(f"the token {self._token.label!r} has not this key")
            case _:
                raise _Gone

    def _unavailable(self) -> HardwareUnavailable:
        self._end()
        self._not_before_s, self._is_away = self._now_s() + PAUSE_S, True
        return HardwareUnavailable(_UNAVAILABLE)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


_UNAVAILABLE: Final = "the hardware module with our keys does not answer: see that the token is there"
