"""What is doubtful of the messages of a case since their sender lost a key, in sentences for its page."""

from tracing.casework.casefile import CaseFile
from tracing.desk.context import Desk
from tracing.desk.pages.countries import country_name
from tracing.desk.pages.links import Link
from tracing.desk.pages.tongue import ngettext
from tracing.trust.contested import doubts_of

__all__ = ["doubts_in"]


async def doubts_in(desk: Desk, file: CaseFile) -> list[Link]:
    """Nothing is looked up for a counterpart that never lost a key."""
    partner = desk.partners.get(file.counterpart)
    if partner is None or not partner.revoked:
        return []
    waiting, disowned = await desk.store.read(lambda view: doubts_of(view, file.counterpart, file.case))
    who, href = country_name(partner.country), f"/keys/{file.counterpart}"
    return [Link(href, words) for words in (*_waiting(who, waiting), *_disowned(who, disowned))]


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
