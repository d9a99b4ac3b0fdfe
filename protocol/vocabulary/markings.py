"""What is stamped where, and in what state it is (ITI 7, 8, 10; MOSAIC 05.30; domain 7a)."""

from protocol.vocabulary.sources import Source
from protocol.vocabulary.word import Word

__all__ = ["Component", "Confidence", "Face", "MarkStatus", "MarkingKind", "NormalSource"]


class MarkingKind(Word):
    """What a mark says."""

    MANUFACTURER_NAME = "manufacturer_name", Source.ITI_8A
    MANUFACTURER_LOGO = "manufacturer_logo", Source.ITI_8A
    COUNTRY_OF_MANUFACTURE = "country_of_manufacture", Source.ITI_8A
    SERIAL = "serial", Source.ITI_8A
    FACTORY_SYMBOL_CODE = "factory_symbol_code", Source.ITI_8A
    MODEL = "model", Source.ITI_8A
    CALIBRE = "calibre", Source.ITI_8A
    YEAR = "year", Source.ITI_8A
    IMPORT_MARK = "import_mark", Source.ITI_8B
    STATE_STOCK_TRANSFER = "state_stock_transfer", Source.ITI_8C
    STATE_PROPERTY = "state_property", Source.ITI_8D
    ARSENAL = "arsenal", Source.ITI_8D
    POST_FIND_MARK = "post_find_mark", Source.ITI_9
    REGIONAL_MARK = "regional_mark", Source.PRACTICE
    PROOF_MARK = "proof_mark", Source.PRACTICE
    INSPECTOR = "inspector", Source.PRACTICE
    ACCEPTANCE = "acceptance", Source.PRACTICE
    ASSEMBLY_NUMBER = "assembly_number", Source.PRACTICE
    PART_NUMBER = "part_number", Source.PRACTICE
    PATENT_NUMBER = "patent_number", Source.PRACTICE
    SELECTOR = "selector", Source.PRACTICE
    REFURBISHMENT = "refurbishment", Source.PRACTICE
    DEACTIVATION = "deactivation", Source.PRACTICE
    UNIT = "unit", Source.PRACTICE
    RACK = "rack", Source.PRACTICE
    COVERT = "covert", Source.PRACTICE
    MICRO = "micro", Source.PRACTICE
    TOOL_MARKS = "tool_marks", Source.PRACTICE
    OTHER = "other", Source.PRACTICE
    UNKNOWN = "unknown", Source.PRACTICE


class Component(Word):
    """The part that carries a mark; the frame or receiver is the reference point."""

    FRAME = "frame", Source.ITI_10
    RECEIVER = "receiver", Source.ITI_10
    UPPER_RECEIVER = "upper_receiver", Source.ITI_10
    LOWER_RECEIVER = "lower_receiver", Source.ITI_10
    EMBEDDED_PLATE = "embedded_plate", Source.MOSAIC_05_30
    BARREL = "barrel", Source.ITI_10
    SLIDE = "slide", Source.ITI_10
    CYLINDER = "cylinder", Source.ITI_10
    BOLT = "bolt", Source.PRACTICE
    BREECH_BLOCK = "breech_block", Source.PRACTICE
    TRIGGER_GUARD = "trigger_guard", Source.PRACTICE
    STOCK = "stock", Source.PRACTICE
    GRIP = "grip", Source.PRACTICE
    MAGAZINE = "magazine", Source.PRACTICE
    LAUNCH_TUBE = "launch_tube", Source.PRACTICE
    GRIP_STOCK = "grip_stock", Source.PRACTICE
    BASEPLATE = "baseplate", Source.PRACTICE
    MOUNT = "mount", Source.PRACTICE
    SIGHT = "sight", Source.PRACTICE
    PACKAGING = "packaging", Source.PRACTICE
    OTHER = "other", Source.PRACTICE
    UNKNOWN = "unknown", Source.PRACTICE


class Face(Word):
    """The side of the component."""

    LEFT = "left", Source.PRACTICE
    RIGHT = "right", Source.PRACTICE
    TOP = "top", Source.PRACTICE
    BOTTOM = "bottom", Source.PRACTICE
    FRONT = "front", Source.PRACTICE
    REAR = "rear", Source.PRACTICE
    INSIDE = "inside", Source.PRACTICE


class MarkStatus(Word):
    """What was found where the mark should be. Obliterated, never marked, not looked for and unknown stay apart."""

    ORIGINAL = "original", Source.PRACTICE
    ALTERED = "altered", Source.PRACTICE
    OBLITERATED = "obliterated", Source.PRACTICE
    RESTORED = "restored", Source.PRACTICE
    RE_STAMPED = "re_stamped", Source.PRACTICE
    COUNTERFEIT = "counterfeit", Source.PRACTICE
    ILLEGIBLE_PART = "illegible_part", Source.PRACTICE
    ABSENT = "absent", Source.PRACTICE
    NEVER_MARKED = "never_marked", Source.PRACTICE
    NOT_LOOKED_FOR = "not_looked_for", Source.PRACTICE
    SEE_NOTES = "see_notes", Source.PRACTICE
    UNKNOWN = "unknown", Source.PRACTICE


class Confidence(Word):
    """How sure a reading, or a normal form made from it, is."""

    CERTAIN = "certain", Source.PRACTICE
    PROBABLE = "probable", Source.PRACTICE
    POSSIBLE = "possible", Source.PRACTICE


class NormalSource(Word):
    """What a normal form was taken from; the text as marked stands beside it, always."""

    EXAMINER = "examiner", Source.MOSAIC_05_31
    MAKER = "maker", Source.MOSAIC_05_31
    REFERENCE_TABLE = "reference_table", Source.MOSAIC_05_31
    NOTATION = "notation", Source.PRACTICE
    OTHER = "other", Source.NODE
