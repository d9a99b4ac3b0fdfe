"""Where a word or a rule comes from: the one table of instruments and paragraphs (domain 1.1).

Rules
- Paragraph numbers stand here and nowhere else in the code, and never travel between nodes.
- ``PRACTICE`` and ``NODE`` say plainly that no instrument stands behind a word.

Example
    >>> str(Source.ITI_17A)
    'ITI 17(a)'
"""

from enum import StrEnum

__all__ = ["Source"]


class Source(StrEnum):
    """Instrument and paragraph, as shown to officers beside a question, a problem or a word."""

    ITI_4A = "ITI 4(a)"  # small arms
    ITI_4B = "ITI 4(b)"  # light weapons
    ITI_6A = "ITI 6(a)"  # illicit under the law of the finding State
    ITI_6B = "ITI 6(b)"  # in breach of an arms embargo of the Security Council
    ITI_6C = "ITI 6(c)"  # not marked
    ITI_6D = "ITI 6(d)"  # made without licence
    ITI_6E = "ITI 6(e)"  # transferred without licence
    ITI_8A = "ITI 8(a)"  # marks at manufacture
    ITI_8B = "ITI 8(b)"  # marks at import
    ITI_8C = "ITI 8(c)"  # marks on leaving State stocks
    ITI_8D = "ITI 8(d)"  # marks on State-held weapons
    ITI_9 = "ITI 9"  # illicit weapons found are marked and recorded, or destroyed
    ITI_10 = "ITI 10"  # the component that carries the unique mark
    ITI_12 = "ITI 12"  # 30 years for manufacture, 20 for all other records
    ITI_13 = "ITI 13"  # closing firms hand records to the State
    ITI_15 = "ITI 15"  # restrictions and confidentiality
    ITI_15A = "ITI 15(a)"
    ITI_15B = "ITI 15(b)"
    ITI_15C = "ITI 15(c)"
    ITI_16 = "ITI 16"  # who may ask
    ITI_17 = "ITI 17"  # what a request holds
    ITI_17A = "ITI 17(a)"  # why illicit, legal justification, circumstances of the find
    ITI_17B = "ITI 17(b)"  # markings, type, calibre and other details
    ITI_17C = "ITI 17(c)"  # the intended use of the answer
    ITI_18 = "ITI 18"  # prompt, timely and reliable
    ITI_19 = "ITI 19"  # acknowledge within a reasonable time
    ITI_20 = "ITI 20"  # give all available relevant information
    ITI_21 = "ITI 21"  # ask for what is missing
    ITI_22 = "ITI 22"  # the four grounds
    ITI_23 = "ITI 23"  # reasons
    ITI_25 = "ITI 25"  # points of contact
    ITI_31 = "ITI 31"  # contact points and marking practices made known
    ITI_33 = "ITI 33"  # INTERPOL
    MOSAIC_05_30 = "MOSAIC 05.30"  # marking and record-keeping
    MOSAIC_05_31 = "MOSAIC 05.31"  # tracing
    SDG_16_4_2 = "SDG 16.4.2"
    FIREARMS_PROTOCOL_12 = "Firearms Protocol 12"  # information between States
    FIREARMS_PROTOCOL_12_5 = "Firearms Protocol 12.5"
    EU_2023_977 = "Directive (EU) 2023/977"
    SIENA = "SIENA handling codes"
    EUROPOL_29 = "Europol Regulation 29"
    ISO_3166 = "ISO 3166"
    BCP_47 = "BCP 47"
    ARMS_TRADE_TREATY_11 = "Arms Trade Treaty 11"  # diversion
    BILATERAL = "agreement of the two authorities"
    PRACTICE = "practice of tracing offices"
    NODE = "rule of this node"
