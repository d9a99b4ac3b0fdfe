"""Connections to counterparts that hear no more than an answer can be, with all that frames it.

aiohttp 3.14 reads on through interim answers (1xx) until the final one comes, and counts neither them nor the frames of
a chunked body. A counterpart that sends them without end costs a core and delays everybody else for as long as an
exchange may take. No node sends any, so a few are borne (a proxy in between may) and more end the connection.

    session = aiohttp.ClientSession(connector=HearingConnector(most_bytes, limit=6))
"""

from functools import partial
from typing import Any, Final

import aiohttp
from aiohttp.client_proto import ResponseHandler

__all__ = ["HearingConnector"]

HEAD: Final = b"\nHTTP/"  # where another answer begins; our bodies are JSON on one line
MOST_HEADS: Final = 8


class HearingConnector(aiohttp.TCPConnector):
    """A pool whose connections are cut once an answer takes more than ``most_bytes`` of the wire."""

    def __init__(self, most_bytes: int, **options: Any) -> None:
        super().__init__(**options)
        self._factory = partial(_hearing, most_bytes, self._loop)


class _Hearing(ResponseHandler):
    """One connection; it counts anew at each exchange."""

    def __init__(self, most_bytes: int, loop: Any) -> None:
        super().__init__(loop=loop)
        self._most_bytes = most_bytes
        self._heard = self._heads = 0

    def set_response_params(self, **options: Any) -> None:
        self._heard = self._heads = 0
        super().set_response_params(**options)

    def data_received(self, data: bytes) -> None:
        self._heard += len(data)
        self._heads += data.count(HEAD)
        if self.transport is not None and (self._heard > self._most_bytes or self._heads > MOST_HEADS):
            self.transport.abort()  # before it is parsed: whoever waits hears that the connection ended
            return
        super().data_received(data)


def _hearing(most_bytes: int, loop: Any) -> ResponseHandler:
    return _Hearing(most_bytes, loop)
