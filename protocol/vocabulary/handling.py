"""How information is handled after it was given: notices, consents, whom it is passed to (ITI 15; Protocol 12.5)."""

from protocol.vocabulary.sources import Source
from protocol.vocabulary.word import Word

__all__ = ["Consent", "Notice", "RecipientKind", "Withheld"]


class Notice(Word):
    """The variants of a handling notice (domain 7b.1 nos. 21 to 24), and the certificate of a deletion."""

    CONFIDENTIALITY = "confidentiality", Source.ITI_15
    PRIOR_DISCLOSURE = "prior_disclosure", Source.FIREARMS_PROTOCOL_12_5
    RESTRICTION_CHANGE = "restriction_change", Source.ITI_15
    BREACH = "breach", Source.ITI_15
    DELETION = "deletion", Source.ITI_15


class Consent(Word):
    """What the provider decides; silence is none of these, and never a yes."""

    GRANTED = "granted", Source.ITI_15C
    GRANTED_WITH_CONDITIONS = "granted_with_conditions", Source.ITI_15C
    DENIED = "denied", Source.ITI_15C
    REVOKED = "revoked", Source.ITI_15C


class RecipientKind(Word):
    """Who is to get an element."""

    THIRD_STATE = "third_state", Source.ITI_15C
    OWN_AUTHORITY = "own_authority", Source.ITI_15A
    COURT = "court", Source.SIENA
    INTERPOL = "interpol", Source.ITI_33
    EUROPOL = "europol", Source.PRACTICE
    REGIONAL_ORGANISATION = "regional_organisation", Source.PRACTICE
    PUBLIC = "public", Source.PRACTICE
    OTHER = "other", Source.NODE


class Withheld(Word):
    """What kind of information is withheld; the category only, never its content (domain 7b.1 no. 12)."""

    MANUFACTURE = "manufacture", Source.ITI_22
    TRANSFER = "transfer", Source.ITI_22
    LICENCE = "licence", Source.ITI_22
    CONSIGNEE = "consignee", Source.ITI_22
    HOLDER = "holder", Source.ITI_22
    PERSONAL_DATA = "personal_data", Source.ITI_22
    COMMERCIAL = "commercial", Source.ITI_22
    STATE_STOCK = "state_stock", Source.ITI_22
    INVESTIGATION = "investigation", Source.ITI_22
    OTHER = "other", Source.ITI_22
