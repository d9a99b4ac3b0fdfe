"""The hardware module an administrator named in ``[custody]`` of ``node.toml``, and its PIN.

Rules
- The PIN comes from the systemd credential ``tracing-pin`` or from ``pin_file``, readable by the node's user (and
  perhaps its group, as containers hand secrets over); never from a command line, the environment or a URI.
- It is read at each opening of a session and not kept.

    vault = Vault.open(home / "keys", passphrase, hardware=hardware_of(settings, clock))
"""

from typing import Final

import structlog

from keys.errors import CustodyUnsupported, HardwareUnavailable
from keys.hardware import HardwareModule, Token
from tracing.clock import Clock
from tracing.secretfile import Unusable, first_line, place_of
from tracing.settings import CustodySettings, Settings

__all__ = ["CREDENTIAL", "hardware_of", "is_away", "look_for"]

CREDENTIAL: Final = "tracing-pin"


def hardware_of(settings: Settings, clock: Clock) -> HardwareModule | None:
    """None where keys lie in files. Nothing is opened yet."""
    custody = settings.custody
    if not custody.token:
        return None
    return HardwareModule(Token.parse(custody.token), custody.module, lambda: _pin(custody), clock.monotonic)


def look_for(hardware: HardwareModule | None) -> None:
    """At the start: a wrong PIN stops it (WrongPin); a token that is away does not, and what needs it waits."""
    try:
        if hardware is not None:
            hardware.check()
    except HardwareUnavailable as error:
        structlog.get_logger().error("custody.token_away", reason=str(error))


def is_away(hardware: HardwareModule | None) -> bool:
    """Whether the last question found no token."""
    return hardware is not None and hardware.is_away


def _pin(custody: CustodySettings) -> bytes:
    """The first line of the file. CustodyUnsupported or LoosePermissions say what is wrong with it."""
    place = place_of(CREDENTIAL, custody.pin_file)
    if place is None:
        msg = f"no PIN: name pin_file in [custody] or hand over the systemd credential {CREDENTIAL}"
        raise CustodyUnsupported(msg)
    try:
        return first_line(place, "the PIN")
    except Unusable as error:
        raise CustodyUnsupported(str(error)) from error
