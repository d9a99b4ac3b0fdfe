"""What evidence proves and what it does not, in plain words: the same sentences on paper and in a terminal.

They are said in the language that is spoken (``tongue``), English where nobody chose one.
"""

from collections.abc import Sequence
from typing import Final

from keys.evidence import Evidence, Proved
from tracing.desk.pages.tongue import N_, _, ngettext

__all__ = ["not_proved"]

TRUE: Final = N_("that what was said is true")
WITHHELD: Final = N_("what is withheld, or that it would not put another light on what is shown")
ALWAYS: Final = (
    N_("a sender's own time; only the time of a receipt is the other side's word"),
    N_("that nothing more was said: the exporter signed that it left out no more than it names, nobody else did"),
    N_("that no key was revoked after the keysets in the file were issued: ask for the newest"),
    N_("that whoever passed the file on was allowed to"),
)
NO_RECEIPT: Final = N_("that the messages without a receipt reached anybody")
NO_HEAD: Final = N_("that any of it stands in the exporter's audit trail: the file holds no signed head of it")
NOT_COSIGNED: Final = N_("that the exporter shows everybody the same trail: the other side has not cosigned this head")
UNKNOWN_CLOCK: Final = N_(
    "when it existed: nobody who is known here vouches for the time-stamp authority, so its word is as good as its name"
)
CLOCK: Final = N_("that the certificate of the time-stamp authority was not revoked: nobody was asked")
FEW: Final = 3


def not_proved(found: Evidence, messages: Sequence[Proved]) -> list[str]:
    """What a reader might take for proved, and is not."""
    said = [TRUE]
    if any(one.withheld for one in messages):
        said.append(WITHHELD)
    said += ALWAYS
    if any(one.accepted_ms is None and one.opened_ms is None for one in messages):
        said.append(NO_RECEIPT)
    if found.head is None:
        said.append(NO_HEAD)
    elif found.head.cosigned_s is None:
        said.append(NOT_COSIGNED)
    if found.stamp is not None:
        said.append(UNKNOWN_CLOCK if found.stamp.authority is None else CLOCK)
    return [*map(_, said), *([_absent(found.absent)] if found.absent else [])]


def _absent(names: Sequence[str]) -> str:
    text = _("what the messages say that others here answer and the file does not hold: %(names)s")
    few, more = ", ".join(names[:FEW]), len(names) - FEW
    if more > 0:
        few = ngettext("%(names)s and %(num)d more", "%(names)s and %(num)d more", more) % {"names": few, "num": more}
    return text % {"names": few}
