"""The words officers write where a serial number should stand, in Portuguese, Spanish, English, French and German.

Rules
- Obliterated, never marked, absent, illegible, not looked for, in the notes, and unknown are different findings: the
  first calls for restoration, the second for another mark, the fourth for a better look. They are never merged.
- A denial is read before what it denies: "no sign of having been removed" is not "removed".
- Wear by time, rust or use is ``illegible_part``; removal by hand is ``obliterated``, whatever verb was used.
- Spelling slips are common and are forgiven one word at a time (``elimindo``, ``supromido``).

    kinds("removido por ação mecânica")   -> {Said.OBLITERATED, Said.BY_HAND}
"""

import re
import unicodedata
from difflib import get_close_matches
from enum import Enum, auto
from functools import cache, lru_cache

__all__ = ["COMPONENTS", "FUNCTION_WORDS", "Said", "components", "is_word", "kinds", "plain"]


class Said(Enum):
    """What one phrase of a cell tells about a mark."""

    NOT_REMOVED = auto()  # denies a removal
    OBLITERATED = auto()
    BY_HAND = auto()  # names a human cause
    ALTERED = auto()
    RE_STAMPED = auto()
    RESTORED = auto()
    WORN = auto()
    PARTIAL = auto()
    NOT_LOOKED_FOR = auto()
    NEVER_MARKED = auto()
    ABSENT = auto()
    UNKNOWN = auto()
    SEE_NOTES = auto()
    VISIBLE = auto()
    LIKELY = auto()  # the writer was not sure


# Read in this order; what a phrase matched is taken out before the next is tried. Stems match at the start of a word.
PHRASES: tuple[tuple[Said, tuple[str, ...]], ...] = (
    (Said.NOT_REMOVED, (
        "sem vestigios? de (ter sido )?\\w+", "sem marcas? de \\w+", "sin (senales|rastros) de \\w+",
        "no (sign|trace)s? of \\w+( \\w+)?", "sans traces? de \\w+", "keine spuren",
    )),
    (Said.NOT_LOOKED_FOR, (
        "nao (foi )?(examinad|pesquisad|verificad|procurad|periciad|inspecionad)",
        "no (fue )?(examinad|revisad|verificad)", "not (yet )?(examined|checked|looked|inspected)", "unexamined",
        "(non|pas) (encore )?(examine|verifie|recherche)", "nicht (untersucht|gepruft|gesucht)",
    )),
    (Said.NEVER_MARKED, (
        "nao (possui|existe|apresenta|contem|ostenta|tem)", "inexistente", "desprovid", "destituid", "artesanal",
        "sem (numero|numeracao|n|no|serie)\\b(?! aparente| visivel)", "s/ ?n\\b", "sn\\b", "no (tiene|posee|lleva)",
        "carece", "sin (numero|numeracion|serie|marca)", "nunca (fue )?marcad", "no (serial|number|marking)",
        "never (been )?marked", "unmarked", "not marked", "without (a )?(serial|number)", "sans (numero|marque|serie)",
        "jamais marque", "non marque", "n'a pas de (numero|serie)", "ohne (serien)?nummer",
        "nie (gestempelt|markiert)", "ungestempelt", "unmarkiert", "nicht gestempelt",
    )),
    (Said.UNKNOWN, (
        "indetermin", "nao (foi )?(identific|indentific|determin|informad|consta\\b|constante)",
        "numero nao identific", "nao aplicavel", "ignorad", "desconhecid", "indisponivel", "outros?\\b",
        "n/ ?[aeil]\\b", "ni\\b", "na\\b", "no (identificad|consta|determinad)", "desconocid",
        "sin (datos|informacion)", "unknown", "not (known|stated|recorded|available)", "unidentified", "n/k", "tbc\\b",
        "inconnu", "non (identifi|communiqu|precis)", "unbekannt", "nicht bekannt", "keine angabe", "k\\. ?a\\.",
    )),
    (Said.ABSENT, (

        "nao (se )?(encontrava |mostra(va)? |foi )?(aparente|localizad|encontrad|observad|constatad|visivel|visualiz)",
        "nao (foi )?(constatada|possivel)", "sem (n|no|numero|indicacao) (aparente|observavel|visivel)", "ausente",
        "no (es |fue )?(visible|encontrad|localizad|aparente|observad)", "ausencia", "ningun",
        "not (visible|found|seen|present|apparent|observed)", "absent", "missing", "none\\b", "nil\\b",
        "(non|pas) (visible|trouve|apparent)", "introuvable", "aucun", "neant",
        "nicht (sichtbar|gefunden|vorhanden|erkennbar|auffindbar)", "fehlt", "keine?\\b",
    )),
    (Said.WORN, (
        "nao legivel", "ilegive[li]", "ilegible", "illegible", "unreadable", "not (legible|readable)", "illisible",
        "unleserlich", "unlesbar", "nicht lesbar", "no legible", "desgast", "corros", "corroid", "corroded", "oxidac",
        "oxidad", "ferrug", "acao do tempo", "prejudicad", "gasto\\b", "worn", "rust", "usee?\\b", "rouill",
        "verrostet", "abgenutzt", "korrod", "herrumbr", "borros",
    )),
    (Said.RE_STAMPED, (
        "re-?marcad", "regravad", "sobre-?escri", "renumerad", "regrabad", "re-?stamped", "renumbered", "re-?marked",
        "re-?numerote", "refrapp", "remarque", "umgestempelt", "neu (gestempelt|eingeschlagen)", "umnummeriert",
        "rebatid",
    )),
    (Said.RESTORED, (
        "revelad", "revelacao", "revelador", "restaurad", "metalogra", "recuperad", "restored", "recovered", "raised",
        "etched", "revele", "restaure", "wiederhergestellt", "sichtbar gemacht",
    )),
    (Said.ALTERED, (
        "adulterad", "adulteracao", "aulterad", "alterad", "altered", "tampered", "altere", "verfalscht", "verandert",
    )),
    (Said.OBLITERATED, (
        "eliminad", "eliminacao", "removid", "remocao", "raspa", "rasurad", "retirad", "suprimid", "supressao",
        "subtraid", "obliterad", "extraid", "lixad", "pinad", "pontilhad", "apagad", "destruid", "danificad", "limad",
        "borrad", "tachad", "esmerilad", "removed", "obliterated", "erased", "defaced", "filed", "ground", "scratched",
        "destroyed", "punched", "efface", "lime\\b", "limee", "supprim", "obliter", "gratt", "enleve", "meul",
        "entfernt", "(aus|ab|weg)geschliffen", "unkenntlich", "geloscht", "(aus|ab)gefeilt", "ausgefrast", "getilgt",
    )),
    (Said.BY_HAND, (
        "acao (mecan|human|abrasiv)", "acao de in", "intencional", "abras", "puncao", "puncionament", "perfura",
        "mecanicament", "mechanical", "intentional", "deliberate", "volontair", "absichtlich", "grinder", "grinding",
    )),
    (Said.PARTIAL, (
        "parcial", "parc\\b", "partial", "partiel", "teilweise",
        "(digito|numero|algarismo|caractere)s? (inicia|fina|centra|posterior)", "inicia(l|is)\\b",
        "(apenas|somente) (a|o|as|os)\\b", "(primeiro|ultimo|demais|restante)s? (digito|numero|algarismo|caractere)s?",
        "(first|last) (digit|character)s?",
    )),
    (Said.LIKELY, (
        "provavel", "aparenta ser", "parece", "probab", "likely", "possibly", "wahrscheinlich", "vermutlich",
    )),
    (Said.SEE_NOTES, (
        "vide", "ver (campo|observ|resposta|nota|informe)", "vease", "observac", "consideracoes",
        "see (note|remark|report|field|comment)", "voir", "siehe", "s\\. bemerkung",
    )),
    (Said.VISIBLE, (
        "visivel", "aparente", "visible", "legivel", "apparent", "sichtbar", "lesbar", "readable", "ostenta",
    )),
)  # fmt: skip

# The words above that people misspell; a word this near to one of them is taken for it.
OFTEN_MISSPELT = (
    "eliminado", "eliminada", "removido", "removida", "raspado", "raspada", "suprimido", "suprimida", "suprimidos",
    "obliterado", "adulterado", "indeterminado", "indeterminada", "visualizado", "identificado", "intencionalmente",
    "mecanica", "parcialmente", "obliterated", "removed", "illegible",
)  # fmt: skip
NEARNESS = 0.84  # difflib ratio: lets one or two slips in eight letters pass, and keeps "alterado" from "eliminado"

# Where on the weapon; the wire word first (vocabulary of the domain: component).
COMPONENTS: tuple[tuple[str, str], ...] = (
    ("trigger_guard", "guarda.?mato|trigger.?guard|guardamonte|pontet|abzugsbugel"),
    ("lower_receiver", "lower receiver"),
    ("upper_receiver", "upper receiver"),
    ("embedded_plate", "plaqueta|placa\\b|plate|plaquette|plattchen"),
    ("frame", "armacao|frame|armazon|rahmen|griffstuck|carcasse|corpo\\b|chassi"),
    ("receiver", "caixa|receiver|cajon de mecanismos|carcaca|boitier|gehause|camara"),
    ("barrel", "cano\\b|barrel|canon|lauf\\b"),
    ("slide", "ferrolho|slide|corredera|glissiere|schlitten"),
    ("bolt", "bolt|cerrojo|verschluss|culasse"),
    ("cylinder", "tambor|cylinder|barillet|trommel"),
    ("grip", "empunhadura|cabo\\b|punho|grip|empunadura|poignee|griff\\b"),
    ("stock", "coronha|stock\\b|culata|crosse|schaft"),
    ("magazine", "carregador|magazine|cargador|chargeur|magazin\\b"),
)

# Short words that are never part of a serial when they stand beside other words.
FUNCTION_WORDS = frozenset({
    "a", "o", "e", "as", "os", "ao", "aos", "um", "uma", "de", "da", "do", "das", "dos", "na", "no", "nas", "nos",
    "em", "por", "para", "com", "sem", "sob", "que", "nao", "foi", "ser", "y", "el", "la", "los", "las", "en", "con",
    "del", "al", "und", "der", "die", "auf", "im", "am", "mit", "von", "zu", "et", "le", "les", "du", "au", "aux",
    "sur", "par", "avec", "and", "the", "of", "on", "in", "at", "by", "to", "not", "is", "was", "with", "nr", "n",
    "obs", "ou", "or", "oder",
})  # fmt: skip


@lru_cache(maxsize=8192)  # a list says the same few words in every row
def plain(text: str) -> str:
    """Lower case, without accents, blanks collapsed: the form in which the tables above are written."""
    letters = unicodedata.normalize("NFKD", text.replace("º", " ").replace("°", " ")).casefold()
    return " ".join("".join(char for char in letters if not unicodedata.combining(char)).split())


@cache
def _patterns() -> tuple[tuple[Said, re.Pattern[str]], ...]:
    return tuple((said, re.compile(r"(?<!\w)(?:" + "|".join(stems) + r")\w*")) for said, stems in PHRASES)


def kinds(text: str) -> frozenset[Said]:
    """What the words of a cell, or of one remark in it, tell about the mark."""
    rest = _mended(plain(text))
    found = set()
    for said, pattern in _patterns():
        rest, hits = pattern.subn(" ", rest)
        if hits:
            found.add(said)
    return frozenset(found)


def components(text: str) -> tuple[str, ...]:
    """The parts of the weapon named in a remark, in the order in which they are named."""
    words = plain(text)
    hits = [(match.start(), name) for name, pattern in COMPONENTS for match in re.finditer(rf"\b(?:{pattern})", words)]
    return tuple(dict.fromkeys(name for _, name in sorted(hits)))


def is_word(token: str) -> bool:
    """Is a token of letters a word of prose, and not the letters of a serial? ``AO 00071`` has no word."""
    letters = plain(token)
    known = bool(kinds(letters)) or bool(components(letters)) or (letters in FUNCTION_WORDS and not token.isupper())
    return known or len(letters) > 5 or (len(letters) > 3 and token.islower())


def _mended(text: str) -> str:
    return re.sub(r"[a-z]{6,}", lambda match: _nearest(match[0]), text)


@lru_cache(maxsize=8192)
def _nearest(word: str) -> str:
    return next(iter(get_close_matches(word, OFTEN_MISSPELT, n=1, cutoff=NEARNESS)), word)
