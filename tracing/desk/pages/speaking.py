"""Which language somebody is answered in, and the choice of another.

Rules
- Whoever is signed in reads the language of his account. Others read the one the address names (``?language=fr``), else
  the first of ``Accept-Language`` that the desk has, else English.
- It is spoken before a page's route is served, so that what the route says of a mistake is in it too. The API answers
  in English, whoever asks: its sentences are for logs and programs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from tracing.desk.accounts import PERSON
from tracing.desk.catalogues import NAMES, is_unread, offered
from tracing.desk.gate import is_for_people
from tracing.desk.pages.links import local_path
from tracing.desk.pages.tongue import direction, preferred, speak, tag
from tracing.desk.routes import Serve

__all__ = ["Choice", "Spoken", "answer_in_his_language", "spoken_to"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One language to choose, by its own name."""

    word: str
    name: str
    tag: str
    dir: str
    current: bool


@dataclass(frozen=True, slots=True)
class Spoken:
    """The language of a page, and what its foot offers. ``choices`` is empty where there is nothing to choose."""

    lang: str
    dir: str
    is_unread: bool
    choices: Sequence[Choice]
    asked: str  # "?language=fr" where the address names the language of somebody who is not signed in
    following: str  # "&next=..." beside it, where the sign-in leads on


@web.middleware
async def answer_in_his_language(http_request: web.Request, handler: Serve) -> web.StreamResponse:
    """Speak the language of whoever asks while his page is made."""
    if is_for_people(http_request):
        speak(_language_of(http_request))
    return await handler(http_request)


def spoken_to(http_request: web.Request) -> Spoken:
    """Speak the language of whoever asks from here on, and say which it is."""
    now = speak(_language_of(http_request))
    named = PERSON not in http_request and "language" in http_request.query
    following = local_path(http_request.query.get("next", "/"))
    return Spoken(
        tag(now), direction(now), is_unread(now), _choices(now),
        asked=f"?language={now}" if named else "", following=f"&next={following}" if following != "/" else "",
    )  # fmt: skip


def _language_of(http_request: web.Request) -> str:
    if (someone := http_request.get(PERSON)) is not None:
        return str(someone.language)
    named = http_request.query.get("language", "")
    return named if named in offered() else preferred(http_request.headers.get("Accept-Language", ""))


def _choices(now: str) -> tuple[Choice, ...]:
    found = tuple(Choice(each, NAMES[each], tag(each), direction(each), each == now) for each in offered())
    return found if len(found) > 1 else ()
