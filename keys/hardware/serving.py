"""The signer process: one session with one token, one question at a time over its two pipes.

Rules
- A line of JSON in, a line of JSON out, until the input ends. Bytes travel as base64url.
- The first question is ``open`` and bears the PIN; nothing else is ever told to the process that is secret, and no
  private key leaves the token.
- An answer is ``{"done": {...}}`` or ``{"fault": WORD}``: ``wrong-pin``, ``locked``, ``no-module``, ``no-token``,
  ``no-key``, ``device``.
- Private keys are made on the token, sensitive and not extractable.

    python -c "from keys.hardware.serving import main; main()"
"""

import ctypes
import json
import os
import resource
import sys
from collections.abc import Callable
from typing import IO, Any, Final

import pkcs11
from pkcs11 import KDF, Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass, PKCS11Error
from pkcs11 import exceptions as faults
from pkcs11.util.ec import encode_named_curve_parameters

from protocol import base64url

__all__ = ["main", "serve"]

SHARED_BITS: Final = 256


class _NoModule(Exception):
    """The library does not load."""


_FAULTS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (_NoModule, "no-module"),
    (faults.PinIncorrect, "wrong-pin"),
    (faults.PinInvalid, "wrong-pin"),
    (faults.PinLenRange, "wrong-pin"),
    (faults.PinLocked, "locked"),
    (faults.NoSuchToken, "no-token"),
    (faults.TokenNotPresent, "no-token"),
    (faults.MultipleTokensReturned, "no-token"),
    (faults.NoSuchKey, "no-key"),
    (faults.MultipleObjectsReturned, "no-key"),
)


class Session:
    """The one session."""

    def __init__(self) -> None:
        self._session: Any = None
        self._private: dict[bytes, Any] = {}

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """One answer."""
        try:
            return {"done": self._acts[question["do"]](question)}
        except (_NoModule, PKCS11Error) as fault:
            return {"fault": next((word for kind, word in _FAULTS if isinstance(fault, kind)), "device")}

    @property
    def _acts(self) -> dict[str, Callable[[dict[str, Any]], dict[str, Any]]]:
        return {
            "open": self._open, "make": self._make, "sign": self._sign, "agree": self._agree, "destroy": self._destroy,
        }  # fmt: skip

    def _open(self, question: dict[str, Any]) -> dict[str, Any]:
        named = {"token_label": question["token"]}
        if question["serial"]:
            named["token_serial"] = question["serial"].encode()
        token = _load(question["module"]).get_token(**named)
        self._session = token.open(rw=True, user_pin=question["pin"])
        return {"serial": token.serial.decode()}

    def _make(self, question: dict[str, Any]) -> dict[str, Any]:
        """A pair on P-256; its public point, uncompressed (SEC 1, section 2.3.3)."""
        signs = question["for"] == "sign"
        curve = self._session.create_domain_parameters(
            KeyType.EC, {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}, local=True
        )
        public, _ = curve.generate_keypair(
            id=base64url.decode(question["id"]),
            label=question["label"],
            store=True,
            capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY if signs else MechanismFlag.DERIVE,
            private_template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
        )
        der: bytes = public[Attribute.EC_POINT]  # an OCTET STRING of 65 bytes around the point
        return {"point": base64url.encode(der[2:])}

    def _sign(self, question: dict[str, Any]) -> dict[str, Any]:
        """The integers r and s over a digest, 32 bytes each (RFC 7518, section 3.4): what ECDSA gives in PKCS#11."""
        digest = base64url.decode(question["digest"])
        return {"signature": base64url.encode(self._key(question).sign(digest, mechanism=Mechanism.ECDSA))}

    def _agree(self, question: dict[str, Any]) -> dict[str, Any]:
        """The x coordinate both sides share (SEC 1, section 3.3.1)."""
        point = base64url.decode(question["point"])
        agreed = self._key(question).derive_key(
            KeyType.GENERIC_SECRET,
            SHARED_BITS,
            mechanism_param=(KDF.NULL, None, point),
            template={Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True},
        )
        return {"shared": base64url.encode(agreed[Attribute.VALUE])}

    def _destroy(self, question: dict[str, Any]) -> dict[str, Any]:
        """Every object of that name."""
        key_id = base64url.decode(question["id"])
        self._private.pop(key_id, None)
        for one in list(self._session.get_objects({Attribute.ID: key_id})):
            one.destroy()
        return {}

    def _key(self, question: dict[str, Any]) -> Any:
        key_id = base64url.decode(question["id"])
        if key_id not in self._private:
            self._private[key_id] = self._session.get_key(object_class=ObjectClass.PRIVATE_KEY, id=key_id)
        return self._private[key_id]


def _load(module: str) -> Any:
    try:
        ctypes.CDLL(module)
    except OSError as fault:
        raise _NoModule from fault
    return pkcs11.lib(module)


def serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until the input ends."""
    session = Session()
    for line in questions:
        answers.write(json.dumps(session.answer(json.loads(line))).encode() + b"\n")
        answers.flush()


def main() -> None:
    """The process."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold the PIN
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a module prints is no answer
    serve(sys.stdin.buffer, answers)
