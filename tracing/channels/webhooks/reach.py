"""Which addresses a webhook may have: https, nothing hidden in it, and nowhere inside unless the settings allow it."""

from ipaddress import IPv4Network, IPv6Network

from yarl import URL

from tracing.connecting.addresses import Network, may_reach, written
from tracing.settings import Settings

__all__ = ["allowed", "check_url", "shown"]

LONGEST = 2000
LOOPBACK: tuple[Network, ...] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))


def allowed(settings: Settings) -> tuple[Network, ...]:
    """The inner networks that webhooks may lead to; those of training also to this machine."""
    return settings.webhooks.allow + (LOOPBACK if settings.net == "training" else ())


def check_url(text: str, settings: Settings) -> str:
    """The address as it was written. ValueError says what is wrong; a name is looked up only when it is called."""
    if len(text) > LONGEST or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(f"expected an address of at most {LONGEST} plain characters without blanks")
    url = URL(text)
    if not url.host or url.scheme not in {"http", "https"}:
        raise ValueError("expected an address such as https://chat.example.org/hooks/1")
    if url.user is not None or url.password is not None or url.fragment:
        raise ValueError("expected an address without a user and without #")
    if url.scheme == "http" and not (settings.net == "training" and _is_here(url.host)):
        raise ValueError("expected https://; http is for a receiver on the machine of a training node")
    address = written(url.host)
    if address is not None and not may_reach(address, allowed(settings)):
        raise ValueError(f"{address} lies in an inner network: name it in allow of [webhooks] in node.toml first")
    return text


def shown(url: str) -> str:
    """An address without what only its receiver and we may know."""
    return f"{URL(url).origin()}/…"


def _is_here(host: str) -> bool:
    address = written(host)
    return host == "localhost" if address is None else address.is_loopback
