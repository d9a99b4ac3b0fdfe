"""What may be asked about a request whose contents are missing (ITI 21)."""

from protocol.vocabulary.sources import Source
from protocol.vocabulary.word import Word

__all__ = ["InformationItem"]


class InformationItem(Word):
    """What is missing."""

    ILLICIT_GROUND = "illicit_ground", Source.ITI_17A
    LEGAL_CITATION = "legal_citation", Source.ITI_17A
    CIRCUMSTANCES = "circumstances", Source.ITI_17A
    PLACE_OF_FIND = "place_of_find", Source.ITI_17A
    DATE_OF_FIND = "date_of_find", Source.ITI_17A
    MARKINGS = "markings", Source.ITI_17B
    SERIAL = "serial", Source.ITI_17B
    MAKE = "make", Source.ITI_17B
    MODEL = "model", Source.ITI_17B
    CALIBRE = "calibre", Source.ITI_17B
    TYPE = "type", Source.ITI_17B
    COUNTRY_OF_MANUFACTURE = "country_of_manufacture", Source.ITI_17B
    IMPORT_MARK = "import_mark", Source.ITI_17B
    PHOTOGRAPH = "photograph", Source.ITI_17B
    EXAMINATION = "examination", Source.ITI_17B
    INTENDED_USE = "intended_use", Source.ITI_17C
    CONFIDENTIALITY = "confidentiality", Source.ITI_15
    JUSTIFICATION = "justification", Source.EU_2023_977
    CONTACT = "contact", Source.ITI_25
    OTHER = "other", Source.NODE
