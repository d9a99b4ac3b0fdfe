"""What an answer says: outcome, why there is no record, how complete, on what it rests (ITI 18, 20; MOSAIC 05.31)."""

from protocol.vocabulary.sources import Source
from protocol.vocabulary.word import Word

__all__ = [
    "AnswerBasis",
    "Completeness",
    "DatePrecision",
    "InformationEvaluation",
    "NoRecordReason",
    "OutcomeCode",
    "SourceEvaluation",
    "StockStatus",
    "TransactionType",
]


class OutcomeCode(Word):
    """What the requested State found."""

    TRACED_DIVERSION_POINT = "traced_diversion_point", Source.MOSAIC_05_31
    TRACED_LAST_LEGAL_HOLDER = "traced_last_legal_holder", Source.MOSAIC_05_31
    TRACED_EXPORTED = "traced_exported", Source.MOSAIC_05_31
    TRACED_STATE_STOCK = "traced_state_stock", Source.MOSAIC_05_31
    RECORDED_LOST = "recorded_lost", Source.MOSAIC_05_31
    RECORDED_STOLEN = "recorded_stolen", Source.MOSAIC_05_31
    RECORDED_DESTROYED = "recorded_destroyed", Source.MOSAIC_05_31
    RECORDED_DEACTIVATED = "recorded_deactivated", Source.MOSAIC_05_31
    MANUFACTURE_CONFIRMED_NO_FURTHER_RECORD = "manufacture_confirmed_no_further_record", Source.MOSAIC_05_31
    NO_RECORD = "no_record", Source.MOSAIC_05_31
    MISIDENTIFIED = "misidentified", Source.MOSAIC_05_31
    NOT_MADE_OR_IMPORTED_HERE = "not_made_or_imported_here", Source.MOSAIC_05_31
    INSUFFICIENT_IDENTIFICATION = "insufficient_identification", Source.MOSAIC_05_31
    MARKS_UNRECOVERABLE = "marks_unrecoverable", Source.MOSAIC_05_31
    MULTIPLE_CANDIDATES = "multiple_candidates", Source.MOSAIC_05_31
    CRAFT_OR_COUNTERFEIT = "craft_or_counterfeit", Source.MOSAIC_05_31
    NOT_COMPETENT = "not_competent", Source.MOSAIC_05_31


class NoRecordReason(Word):
    """Why there is no record."""

    RETENTION_EXPIRED = "retention_expired", Source.ITI_12
    RECORDS_LOST = "records_lost", Source.PRACTICE
    FIRM_CLOSED = "firm_closed", Source.ITI_13
    NEVER_RECORDED = "never_recorded", Source.PRACTICE
    SERIAL_OUT_OF_RANGE = "serial_out_of_range", Source.PRACTICE


class StockStatus(Word):
    """What became of a weapon of State stocks."""

    HELD = "held", Source.MOSAIC_05_31
    LOST = "lost", Source.MOSAIC_05_31
    DISPOSED = "disposed", Source.MOSAIC_05_31


class Completeness(Word):
    """Whether all that was sought is given."""

    FULL = "full", Source.ITI_20
    PARTIAL = "partial", Source.ITI_20


class AnswerBasis(Word):
    """What the answer rests on."""

    REGISTRY = "registry", Source.PRACTICE
    MAKER_RECORD = "maker_record", Source.PRACTICE
    DEALER_RECORD = "dealer_record", Source.PRACTICE
    CUSTOMS = "customs", Source.PRACTICE
    MILITARY = "military", Source.PRACTICE
    INTERVIEW = "interview", Source.PRACTICE


class SourceEvaluation(Word):
    """How far the source can be relied on."""

    A = "a", Source.EUROPOL_29
    B = "b", Source.EUROPOL_29
    C = "c", Source.EUROPOL_29
    X = "x", Source.EUROPOL_29


class InformationEvaluation(Word):
    """How far the information itself is known: certain, known to the source, corroborated, not corroborable."""

    CERTAIN = "1", Source.EUROPOL_29
    KNOWN_TO_SOURCE = "2", Source.EUROPOL_29
    CORROBORATED = "3", Source.EUROPOL_29
    NOT_CORROBORABLE = "4", Source.EUROPOL_29


class TransactionType(Word):
    """A step in the life of a weapon."""

    MANUFACTURE = "manufacture", Source.PRACTICE
    SALE = "sale", Source.PRACTICE
    EXPORT = "export", Source.PRACTICE
    IMPORT = "import", Source.PRACTICE
    TRANSFER = "transfer", Source.PRACTICE
    RE_EXPORT = "re_export", Source.PRACTICE
    RE_EXPORT_CONSENT = "re_export_consent", Source.PRACTICE
    DELIVERY_VERIFICATION = "delivery_verification", Source.PRACTICE
    STATE_ISSUE = "state_issue", Source.PRACTICE
    LOSS = "loss", Source.PRACTICE
    THEFT = "theft", Source.PRACTICE
    DEACTIVATION = "deactivation", Source.PRACTICE
    DESTRUCTION = "destruction", Source.PRACTICE
    DISPOSAL = "disposal", Source.PRACTICE
    OTHER = "other", Source.PRACTICE


class DatePrecision(Word):
    """How exact a date is."""

    DAY = "day", Source.PRACTICE
    MONTH = "month", Source.PRACTICE
    YEAR = "year", Source.PRACTICE
    APPROXIMATE = "approximate", Source.PRACTICE
