"""What stands above every page while keys need somebody: counterparts whose keys are past their date, and alarms.

Nothing is looked up: the counterparts and their open alarms are in memory (``tracing/partners.py``).
"""

from collections.abc import Iterator
from typing import Final

from keys.trust import Freshness
from tracing.clock import from_ms
from tracing.desk.context import Desk
from tracing.desk.pages.countries import country_name
from tracing.desk.pages.dates import day_in_words
from tracing.desk.pages.links import Link
from tracing.desk.pages.tongue import _, language, ngettext
from tracing.desk.pages.words import words
from tracing.partners import Partner
from tracing.trust.alarms import Alarm

__all__ = ["MOST_SHOWN", "warnings_of"]

MOST_SHOWN: Final = 3  # a page is for the work; the rest is one line


def warnings_of(desk: Desk) -> tuple[Link, ...]:
    """One line each, the gravest first; what is more than ``MOST_SHOWN`` is counted."""
    found = [*_held(desk), *_alarms(desk), *_stale(desk)]
    rest = len(found) - MOST_SHOWN
    if rest <= 0:
        return tuple(found)
    more = ngettext("%(num)d more warning about keys", "%(num)d more warnings about keys", rest) % {"num": rest}
    return (*found[:MOST_SHOWN], Link("/keys", more))


def _held(desk: Desk) -> Iterator[Link]:
    for one in _of_state(desk, Freshness.HELD):
        words = _("Messages to %(who)s are held and what comes from there waits unopened: its keys ended on %(day)s.")
        yield _line(one, words)


def _stale(desk: Desk) -> Iterator[Link]:
    for one in _of_state(desk, Freshness.STALE):
        yield _line(one, _("The keys of %(who)s ended on %(day)s and nothing newer was found: ask it what is wrong."))


def _of_state(desk: Desk, state: Freshness) -> Iterator[Partner]:
    now_ms = desk.clock.now_ms()
    for one in desk.partners.all():
        if one.may_be_written_to and one.freshness(now_ms) is state:
            yield one


def _line(one: Partner, words: str) -> Link:
    ended = one.trust.ends_ms(one.carriage) if one.trust else None
    day = _("an unknown day") if ended is None else day_in_words(from_ms(ended).date())
    return Link(f"/keys/{one.authority}", words % {"who": country_name(one.country), "day": day})


def _said(alarm: Alarm) -> str:
    """What was seen, as it was noted; in another language what an alarm of this kind means."""
    return alarm.said if language() == "en" else words(alarm.code, "alarm")


def _alarms(desk: Desk) -> Iterator[Link]:
    for alarm in desk.partners.alarms:
        partner = desk.partners.get(alarm.authority)
        if partner is not None:
            words = _("Keys of %(who)s: %(said)s.") % {"who": country_name(partner.country), "said": _said(alarm)}
            yield Link(f"/keys/{alarm.authority}", words)
        elif alarm.authority == desk.settings.authority:
            yield Link(f"/keys/{alarm.authority}", _("Our own keys: %(said)s.") % {"said": _said(alarm)})
        else:
            words = _("%(who)s, which is no counterpart: %(said)s.") % {"who": alarm.authority, "said": _said(alarm)}
            yield Link("/first-contact", words)
