r"""The log: one event, one line on standard error, whatever foreign text an event holds.

Rules
- An event is a dotted name in the past tense with values beside it: ``log.info("case.opened", case=case_id)``. Case,
  counterpart and actor are bound where a task begins (``bound``) and stand in every event of it.
- Values whose name speaks of a serial, a secret or content are hidden, at any depth (``HIDDEN``).
- What is not printable (line ends, escape codes, bidirectional controls) is written as an escape, so that no text from
  outside can forge a line or turn one round.
- The libraries' own messages come out in the same form.

    2026-11-23T20:13:14.000Z warning  deadline.passed case=br.0190... clock=answer
"""

import json
import logging
import re
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor

from tracing.clock import Clock

__all__ = ["bound", "hide_secrets", "printable", "set_up"]

HIDDEN = re.compile(
    r"serial|marking|weapon|passphrase|password|secret|token|authorization|cookie|private|body|payload|statement$|inner",
    re.IGNORECASE,
)
PLAIN = re.compile(r"[\w.:/@+*%,;~-]+")  # needs no quotes on a console
STAND_IN = "[hidden]"
DEEPEST = 6  # an event nested deeper than this is a slip, and is cut


def set_up(
    clock: Clock, form: Literal["console", "json"] = "console", *, level: str = "info", to: TextIO | None = None
) -> None:
    """Send every event of this process to ``to`` (standard error) in the given form."""
    stream = sys.stderr if to is None else to
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _stamp(clock),
            structlog.processors.format_exc_info,
            hide_secrets,
            _as_json if form == "json" else _as_line,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Libraries()], level=max(threshold, logging.WARNING), force=True)


def bound(**values: Any) -> AbstractContextManager[None]:
    """Within this, events carry the values: ``with log.bound(case=..., counterpart=..., actor=...):``."""
    return structlog.contextvars.bound_contextvars(**values)


def hide_secrets(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Replace what must not be in a log, by the name it goes under."""
    return {name: value if name == "event" else _shown(name, value) for name, value in event.items()}


def _shown(name: str, value: Any, depth: int = 0) -> Any:
    if HIDDEN.search(name) or depth > DEEPEST:
        return STAND_IN
    if isinstance(value, Mapping):
        return {str(key): _shown(str(key), each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown("", each, depth + 1) for each in value]
    return value


def _stamp(clock: Clock) -> Processor:
    def stamp(_logger: Any, _method: str, event: EventDict) -> EventDict:
        event["at"] = clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return event

    return stamp


def _as_json(_logger: Any, _method: str, event: EventDict) -> str:
    first = {name: event.pop(name) for name in ("at", "level", "event")}
    return json.dumps({**first, **event}, ensure_ascii=True, default=str)


def _as_line(_logger: Any, _method: str, event: EventDict) -> str:
    head = f"{event.pop('at')} {event.pop('level'):<8} {printable(str(event.pop('event')))}"
    return " ".join([head, *(f"{printable(name)}={_text(value)}" for name, value in event.items())])


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if PLAIN.fullmatch(text) and text.isprintable() else printable(json.dumps(text, ensure_ascii=False))


def printable(text: str) -> str:
    """Escapes for everything that would act on a terminal instead of being read."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


class _Libraries(logging.Handler):
    """Takes what aiohttp, APScheduler and others say through ``logging`` into the same log."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().log(
            record.levelno, "library.said", library=record.name, said=record.getMessage(), exc_info=record.exc_info
        )
