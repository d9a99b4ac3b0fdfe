"""Where each kind of message comes from: its number in the list of acts, and the paragraphs it stands on.

The numbers are those of the domain page's table of acts (7b.1) and of its section 9; an act without a number of its own
has the one it goes with. Paragraphs of single members stand at the members (``Needed``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from protocol.lifecycle import Kind
from protocol.vocabulary.sources import Source

__all__ = ["ORIGINS", "Origin"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Number, and the paragraphs that ask for such a message or govern it."""

    number: str
    sources: tuple[Source, ...]


def _from(number: str, *sources: Source) -> Origin:
    return Origin(number, sources)


ORIGINS: Mapping[Kind, Origin] = MappingProxyType(
    {
        Kind.TRACE_REQUEST: _from("1, 18", Source.ITI_16, Source.ITI_17, Source.ITI_15),
        Kind.PROGRESS: _from("3a", Source.ITI_18),
        Kind.ACKNOWLEDGEMENT: _from("4", Source.ITI_19),
        Kind.NOT_COMPETENT: _from("5", Source.ITI_25, Source.MOSAIC_05_31),
        Kind.INFORMATION_REQUEST: _from("6", Source.ITI_21),
        Kind.INFORMATION_SUPPLY: _from("7", Source.ITI_21),
        Kind.AMENDMENT: _from("8", Source.ITI_17),
        Kind.DELAY_NOTICE: _from("9", Source.ITI_22, Source.ITI_23),
        Kind.INTERIM_RESPONSE: _from("10", Source.ITI_20),
        Kind.FINAL_RESPONSE: _from("11", Source.ITI_18, Source.ITI_20),
        Kind.RESTRICTION_NOTICE: _from("12", Source.ITI_22, Source.ITI_23),
        Kind.REFUSAL: _from("13", Source.ITI_22, Source.ITI_23),
        Kind.CLARIFICATION_REQUEST: _from("14", Source.ITI_23),
        Kind.CLARIFICATION_REPLY: _from("15", Source.ITI_23),
        Kind.WITHDRAWAL: _from("16", Source.PRACTICE),
        Kind.REFERRAL: _from("17", Source.MOSAIC_05_31, Source.ITI_15C),
        Kind.CONSENT_REQUEST: _from("19", Source.ITI_15C),
        Kind.CONSENT_DECISION: _from("20", Source.ITI_15C),
        Kind.HANDLING_NOTICE: _from("21 to 24", Source.ITI_15, Source.ITI_22, Source.FIREARMS_PROTOCOL_12_5),
        Kind.OBJECTION: _from("22", Source.FIREARMS_PROTOCOL_12_5),
        Kind.REMINDER: _from("25", Source.ITI_18, Source.ITI_19, Source.ITI_21, Source.ITI_23),
        Kind.PRIORITY_CHANGE: _from("26", Source.EU_2023_977),
        Kind.CORRECTION: _from("27", Source.ITI_18),
        Kind.CLOSURE: _from("28", Source.MOSAIC_05_31, Source.ITI_9),
        Kind.REOPENING: _from("29", Source.MOSAIC_05_31),
        Kind.SPONTANEOUS_INFORMATION: _from("30", Source.FIREARMS_PROTOCOL_12, Source.ARMS_TRADE_TREATY_11),
        Kind.DIRECTORY_UPDATE: _from("31", Source.ITI_25, Source.ITI_31),
        Kind.PROFILE_PROPOSAL: _from("31", Source.BILATERAL),
        Kind.PROFILE_DECISION: _from("31", Source.BILATERAL),
        Kind.RECONCILIATION: _from("7b.2", Source.BILATERAL),
    }
)
"""Kind -> where it comes from."""
