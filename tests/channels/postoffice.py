"""A real mail server on loopback with STARTTLS, and the ways one can fail."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.exchange.certificates import self_signed
from tracing.settings import MailSettings

__all__ = ["PostOffice", "opened"]


@dataclass
class PostOffice:
    """What it took. ``to_readers`` and ``to_mails`` are its answers to RCPT and DATA; ``ends`` what it does then."""

    port: int = 0
    authorities: str = ""
    kept: list[tuple[str, EmailMessage]] = field(default_factory=list)
    to_readers: str = "250 OK"
    to_mails: str = "250 OK"
    hears: Callable[[], None] = lambda: None  # called when a mail was taken, before its answer
    ends: str = ""  # "" | closes (took it, and the line breaks before it says so) | hangs

    def settings(self, **more: Any) -> MailSettings:
        """How a node names it."""
        whole = {
            "server": f"127.0.0.1:{self.port}", "sender": "node@tracing.example", "authorities_file": self.authorities,
        } | more  # fmt: skip
        return MailSettings(**whole)

    @property
    def ids(self) -> list[str]:
        return [one["Message-ID"] for _to, one in self.kept]

    def texts(self, to: str | None = None) -> list[str]:
        """Each mail as its reader sees it: headers, then the text."""
        return [f"{one.items()}\n{one.get_content()}" for whom, one in self.kept if to is None or whom == to]

    # ------------------------------------------------------------ what aiosmtpd calls

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.to_readers.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_readers

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        if self.ends == "hangs":
            await asyncio.sleep(60)
        if self.to_mails.startswith("250"):
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            self.kept += [(to, message) for to in envelope.rcpt_tos]
            self.hears()
        if self.ends == "closes":
            assert server.transport is not None
            server.transport.abort()
        return self.to_mails


@asynccontextmanager
async def opened(folder: Path, *, speaks_tls: bool = True, **more: Any) -> AsyncIterator[PostOffice]:
    """Listening on a free port. ``more``: options of aiosmtpd's protocol."""
    office, context = PostOffice(), self_signed(folder)
    office.authorities = str(folder / "stranger.pem")
    loop, lines = asyncio.get_running_loop(), []

    def line() -> SMTP:
        tls: ssl.SSLContext | None = context if speaks_tls else None
        made = SMTP(office, hostname="post.example", tls_context=tls, require_starttls=speaks_tls, loop=loop, **more)
        lines.append(made)
        return made

    server = await loop.create_server(line, "127.0.0.1", 0)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()
        for one in lines:
            if one.transport is not None:
                one.transport.abort()
        await asyncio.sleep(0)


def knows(password: str) -> Any:
    """An authenticator for aiosmtpd that takes one password."""

    def judge(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == password.encode(), handled=False)

    return judge
