"""What a request says beside the weapon: ground, purpose, what is sought, how it may be handled (ITI 6, 15, 17)."""

from protocol.vocabulary.sources import Source
from protocol.vocabulary.word import Word

__all__ = [
    "Confidentiality",
    "IllicitGround",
    "InformationSought",
    "Instrument",
    "IntendedUse",
    "Priority",
    "Restriction",
]


class IllicitGround(Word):
    """Why the requesting State considers the weapon illicit; one or more."""

    DOMESTIC_LAW = "domestic_law", Source.ITI_6A
    UNSC_EMBARGO = "unsc_embargo", Source.ITI_6B
    UNMARKED = "unmarked", Source.ITI_6C
    UNLICENSED_MANUFACTURE = "unlicensed_manufacture", Source.ITI_6D
    UNAUTHORISED_TRANSFER = "unauthorised_transfer", Source.ITI_6E


class IntendedUse(Word):
    """What the answer will be used for."""

    CRIMINAL_INVESTIGATION = "criminal_investigation", Source.ITI_17C
    PROSECUTION_EVIDENCE = "prosecution_evidence", Source.ITI_17C
    TRAFFICKING_ANALYSIS = "trafficking_analysis", Source.ITI_17C
    EMBARGO_MONITORING = "embargo_monitoring", Source.ITI_17C
    STOCK_LOSS_INQUIRY = "stock_loss_inquiry", Source.ITI_17C
    EXPORT_RISK_REVIEW = "export_risk_review", Source.ITI_17C
    STATISTICS = "statistics", Source.ITI_17C
    DISPOSAL_DECISION = "disposal_decision", Source.ITI_17C
    OTHER = "other", Source.ITI_17C


class InformationSought(Word):
    """What the requester wants to know."""

    MANUFACTURE_CONFIRMATION = "manufacture_confirmation", Source.MOSAIC_05_31
    FIRST_RECIPIENT = "first_recipient", Source.MOSAIC_05_31
    IMPORT_RECORD = "import_record", Source.MOSAIC_05_31
    EXPORT_RECORD = "export_record", Source.MOSAIC_05_31
    CHAIN_OF_OWNERSHIP = "chain_of_ownership", Source.MOSAIC_05_31
    LAST_LEGAL_HOLDER = "last_legal_holder", Source.MOSAIC_05_31
    LOST_STOLEN_STATUS = "lost_stolen_status", Source.MOSAIC_05_31
    STATE_STOCK_STATUS = "state_stock_status", Source.MOSAIC_05_31
    DESTRUCTION_STATUS = "destruction_status", Source.MOSAIC_05_31
    DEACTIVATION_STATUS = "deactivation_status", Source.MOSAIC_05_31
    RELATED_WEAPONS = "related_weapons", Source.MOSAIC_05_31
    OTHER = "other", Source.MOSAIC_05_31


class Priority(Word):
    """Urgent needs a justification; the requested State may decline urgency, never downgrade silently."""

    URGENT = "urgent", Source.EU_2023_977
    ROUTINE = "routine", Source.EU_2023_977
    LOW = "low", Source.PRACTICE


class Confidentiality(Word):
    """Whether the requester can keep confidentiality and restrictions; said when it asks."""

    CAN_GUARANTEE = "can_guarantee", Source.ITI_15
    CANNOT_GUARANTEE = "cannot_guarantee", Source.ITI_15
    PARTLY = "partly", Source.ITI_15


class Restriction(Word):
    """How information may be handled, set for a message or for one element of it."""

    DESIGNATED_AUTHORITIES = "designated_authorities", Source.ITI_15A
    ITI_PURPOSES = "iti_purposes", Source.ITI_15B
    NO_ONWARD_WITHOUT_CONSENT = "no_onward_without_consent", Source.ITI_15C
    NO_COURT_USE = "no_court_use", Source.SIENA
    NO_DISSEMINATION = "no_dissemination", Source.SIENA
    TEXT = "text", Source.SIENA
    PERSONAL_DATA = "personal_data", Source.PRACTICE
    COMMERCIAL = "commercial", Source.FIREARMS_PROTOCOL_12_5
    DELETE_BY = "delete_by", Source.PRACTICE
    NO_STATISTICS = "no_statistics", Source.PRACTICE
    NOT_TO_INTERPOL = "not_to_interpol", Source.PRACTICE
    NOT_TO_EUROPOL = "not_to_europol", Source.PRACTICE


class Instrument(Word):
    """The instrument a request invokes."""

    ITI = "iti", Source.NODE
    FIREARMS_PROTOCOL = "firearms_protocol", Source.NODE
    ECOWAS_CONVENTION = "ecowas_convention", Source.NODE
    KINSHASA_CONVENTION = "kinshasa_convention", Source.NODE
    NAIROBI_PROTOCOL = "nairobi_protocol", Source.NODE
    SADC_PROTOCOL = "sadc_protocol", Source.NODE
    CIFTA = "cifta", Source.NODE
    OSCE_DOCUMENT = "osce_document", Source.NODE
    EU_2023_977 = "eu_2023_977", Source.NODE
    ARMS_TRADE_TREATY = "arms_trade_treaty", Source.NODE
    BILATERAL = "bilateral", Source.NODE
    OTHER = "other", Source.NODE
