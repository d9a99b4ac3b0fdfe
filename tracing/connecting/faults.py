"""What a failure of an exchange over HTTP means, in one sentence that names neither the address nor what was said.

try: ...
except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
raise sorted_out(error) from error
"""

import ssl
from typing import ClassVar, Final

import aiohttp

from tracing.connecting.addresses import AddressRefused

__all__ = [
    "AnswerBroken", "AnswerTooLarge", "NameUnknown", "NotAllowed", "TlsRefused", "TooSlow", "Unreachable", "WireError",
    "sorted_out",
]  # fmt: skip


class WireError(Exception):
    """An exchange failed before an answer was there. ``maybe_taken``: the counterpart may have got what was sent."""

    layer: ClassVar[str] = "connection"
    maybe_taken: ClassVar[bool] = True


class NameUnknown(WireError):
    """The host name does not resolve."""

    layer = "name"
    maybe_taken = False


class NotAllowed(WireError):
    """The name leads to an address that this connection may not go to."""

    layer = "address"
    maybe_taken = False


class Unreachable(WireError):
    """Nobody took the connection."""

    maybe_taken = False


class TlsRefused(WireError):
    """The connection stands but TLS does not: certificate, version."""

    layer = "tls"
    maybe_taken = False


class TooSlow(WireError):
    """The time for the whole exchange is over."""

    layer = "answer"


class AnswerTooLarge(WireError):
    """More came back than any answer can be."""

    layer = "answer"


class AnswerBroken(WireError):
    """The connection ended, or what came back is no HTTP."""

    layer = "answer"


# The first that fits decides; the order matters, because the classes inherit from each other.
_KINDS: Final[tuple[tuple[tuple[type[Exception], ...], type[WireError], str], ...]] = (
    ((aiohttp.ClientConnectorDNSError,), NameUnknown, "the host name does not resolve"),
    ((aiohttp.ClientConnectorCertificateError,), TlsRefused, "the certificate is not one this node believes"),
    ((aiohttp.ClientConnectorSSLError, ssl.SSLError), TlsRefused, "no agreement on TLS"),
    ((aiohttp.ConnectionTimeoutError,), Unreachable, "no connection within the time"),
    ((aiohttp.ClientConnectorError,), Unreachable, "the connection was refused"),
    ((ValueError,), NameUnknown, "the address is not one to connect to"),
    ((TimeoutError,), TooSlow, "no complete answer within the time"),
    ((aiohttp.ServerDisconnectedError,), AnswerBroken, "the connection ended before the answer"),
    ((aiohttp.ClientResponseError,), AnswerBroken, "the answer is no HTTP"),
)


def sorted_out(error: Exception) -> WireError:
    """The fault that one of aiohttp, of the system or of TLS stands for."""
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, AddressRefused):
        return NotAllowed(str(error.os_error))
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, ConnectionResetError):
        return TlsRefused("the connection was cut in the TLS handshake")  # before it, a refusal is another error
    for classes, kind, text in _KINDS:
        if isinstance(error, classes):
            return kind(text)
    return AnswerBroken("the exchange broke off")
