"""What is doubtful of a case, in sentences for its page: messages of a lost key, and a case that was talked full."""

from collections import Counter

from tracing.casework.casefile import CaseFile
from tracing.casework.receiving import MOST_MESSAGES
from tracing.desk.context import Desk
from tracing.desk.pages.countries import country_name
from tracing.desk.pages.links import Link
from tracing.desk.pages.tongue import _, ngettext
from tracing.trust.contested import ASKED, DISOWNED

__all__ = ["doubts_in"]


def doubts_in(desk: Desk, file: CaseFile) -> list[Link]:
    """Each with a way to the keys of the other authority."""
    partner, count = desk.partners.get(file.counterpart), Counter(one["doubt"] for one in file.messages)
    if partner is None:
        return []
    who, href = country_name(partner.country), f"/keys/{file.counterpart}"
    found = (*_waiting(who, count[ASKED]), *_disowned(who, count[DISOWNED]), *_full(len(file.messages)))
    return [Link(href, words) for words in found]


def _waiting(who: str, count: int) -> list[str]:
    words = ngettext(
        "%(num)d message here was signed by a key that %(who)s lost: it is to be asked whether it is its own.",
        "%(num)d messages here were signed by keys that %(who)s lost: it is to be asked whether they are its own.",
        count,
    )
    return [words % {"who": who, "num": count}] if count else []


def _disowned(who: str, count: int) -> list[str]:
    words = ngettext(
        "%(who)s says that %(num)d message here is not its own.",
        "%(who)s says that %(num)d messages here are not its own.",
        count,
    )
    return [words % {"who": who, "num": count}] if count else []


def _full(count: int) -> list[str]:
    words = _("This case holds %(num)d messages: of what comes now only answers and what ends the case are taken.")
    return [words % {"num": count}] if count >= MOST_MESSAGES else []
