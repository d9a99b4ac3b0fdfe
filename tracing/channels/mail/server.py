"""The mail server: one connection, and what a failure of it means.

Rules
- ``TargetAway``: nothing can be said of any mail now (no connection, no TLS, no sign-in, silence, the sender refused).
- ``NoticeRefused``: of this mail alone, for good (5xx to its reader or its bytes, RFC 5321 section 4.2.1) or for now.
- Every step has its time, and the whole of one mail too: a server that hangs costs a minute.
- The name we give in EHLO is the domain of the sender, not this machine's.

    async with connected(settings.mail) as line:
        await line.send(mailbox, data)
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import aiosmtplib
from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from keys.errors import LoosePermissions
from tracing.channels.faults import NoticeRefused, TargetAway, in_one_line
from tracing.secretfile import Unusable, first_line, place_of
from tracing.settings import Mailbox, MailSettings

__all__ = ["Line", "Pace", "connected", "probe"]

CREDENTIAL: Final = "tracing-mail"
FOR_GOOD = range(500, 600)
CLOSING = 421  # RFC 5321, 3.8: the server ends the connection, whatever was asked


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: for one step, for all of one mail."""

    step_s: float = 20.0
    mail_s: float = 60.0


class Line:
    """An open connection."""

    def __init__(self, smtp: SMTP, sender: Mailbox, pace: Pace) -> None:
        self._smtp, self._sender, self._pace = smtp, sender, pace

    async def send(self, to: Mailbox, data: bytes) -> None:
        """Returns once the server has taken it. TargetAway or NoticeRefused."""
        try:
            async with asyncio.timeout(self._pace.mail_s):
                await self._smtp.sendmail(str(self._sender), [str(to)], data)
        except SMTPRecipientsRefused as error:
            first = error.recipients[0]
            raise _refused(first.code, first.message) from error
        except SMTPDataError as error:
            raise _refused(error.code, error.message) from error
        except (SMTPException, OSError, TimeoutError) as error:
            raise TargetAway(_words(error)) from error


def _refused(code: int, message: str) -> Exception:
    said = in_one_line(f"{code} {message}")
    return TargetAway(said) if code == CLOSING else NoticeRefused(said, is_final=code in FOR_GOOD)


@asynccontextmanager
async def connected(settings: MailSettings, pace: Pace | None = None) -> AsyncIterator[Line]:
    """A connection that is encrypted and signed in as the settings ask. TargetAway."""
    pace = pace or Pace()
    smtp = _smtp(settings, pace)
    try:
        async with asyncio.timeout(pace.mail_s):
            await smtp.connect()
    except (SMTPException, OSError, TimeoutError, ValueError) as error:
        smtp.close()
        raise TargetAway(_words(error)) from error
    try:
        yield Line(smtp, settings.sender, pace)
        with suppress(SMTPException, OSError, TimeoutError):
            async with asyncio.timeout(pace.step_s):
                await smtp.quit()
    finally:
        smtp.close()


async def probe(settings: MailSettings) -> str:
    """Connect, encrypt, sign in, and say what was done; nothing is sent. TargetAway."""
    async with connected(settings):
        return f"{settings.server} ({settings.security}{', signed in' if settings.user else ''}) answers"


def _smtp(settings: MailSettings, pace: Pace) -> SMTP:
    try:
        context = None if settings.security == "none" else _context(settings)
        password = _password(settings)
    except (OSError, Unusable, LoosePermissions) as error:
        raise TargetAway(str(error)) from error
    return aiosmtplib.SMTP(
        hostname=settings.at.host, port=settings.at.port, use_tls=settings.security == "tls",
        start_tls=settings.security == "starttls", tls_context=context, username=settings.user or None,
        password=password, local_hostname=settings.sender.domain, timeout=pace.step_s,
    )  # fmt: skip


def _context(settings: MailSettings) -> ssl.SSLContext:
    """Who vouches for the server, and for its name."""
    return ssl.create_default_context(cafile=settings.authorities_file or None)


def _password(settings: MailSettings) -> str | None:
    """Read anew for each connection, and not kept."""
    if not settings.user:
        return None
    place = place_of(CREDENTIAL, settings.password_file)
    if place is None:
        msg = f"no password for {settings.user}: name password_file in [mail] or hand over the credential {CREDENTIAL}"
        raise Unusable(msg)
    return first_line(place, "the password of the mail server").decode()


def _words(error: BaseException) -> str:
    """What went wrong, in one sentence."""
    if isinstance(error, SMTPResponseException):
        return in_one_line(f"{error.code} {error.message}")
    if isinstance(error, SMTPNotSupported):
        return in_one_line(f"the server does not offer what the settings ask for: {error}")
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return in_one_line(str(error) or type(error).__name__)
