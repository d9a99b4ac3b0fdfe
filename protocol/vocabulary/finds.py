"""How a weapon came into the hands of the State, and why tracing may be left (SDG 16.4.2, MOSAIC 05.31)."""

from protocol.vocabulary.sources import Source
from protocol.vocabulary.word import Word

__all__ = ["Disposition", "FindContext", "FindMode", "TracingException"]


class FindMode(Word):
    """The three ways that the indicator counts."""

    SEIZED = "seized", Source.SDG_16_4_2
    FOUND = "found", Source.SDG_16_4_2
    SURRENDERED = "surrendered", Source.SDG_16_4_2


class FindContext(Word):
    """The circumstance of the find."""

    CRIME_SCENE = "crime_scene", Source.PRACTICE
    BORDER = "border", Source.PRACTICE
    CUSTOMS = "customs", Source.PRACTICE
    SEARCH = "search", Source.PRACTICE
    CONFLICT_RECOVERY = "conflict_recovery", Source.PRACTICE
    PEACE_OPERATION = "peace_operation", Source.PRACTICE
    COLLECTION = "collection", Source.PRACTICE
    AMNESTY = "amnesty", Source.PRACTICE
    STOCKPILE_AUDIT = "stockpile_audit", Source.PRACTICE
    SEA_INTERDICTION = "sea_interdiction", Source.PRACTICE
    POST = "post", Source.PRACTICE
    PARCEL = "parcel", Source.PRACTICE
    OTHER = "other", Source.PRACTICE


class TracingException(Word):
    """Where tracing may be left; warns, never blocks."""

    AMNESTY_COLLECTION = "amnesty_collection", Source.MOSAIC_05_31
    DESTRUCTION_URGENT = "destruction_urgent", Source.MOSAIC_05_31
    MADE_BEFORE_1946 = "made_before_1946", Source.MOSAIC_05_31


class Disposition(Word):
    """What became of the weapon."""

    MARKED_AND_RECORDED = "marked_and_recorded", Source.ITI_9
    DESTROYED = "destroyed", Source.ITI_9
    STORED_PENDING = "stored_pending", Source.ITI_9
    RETURNED = "returned", Source.ITI_9
    RETAINED_AS_EVIDENCE = "retained_as_evidence", Source.ITI_9
