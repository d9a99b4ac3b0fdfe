"""Words that forms carry in the place of a serial: "removed", "illegible", "see notes", in the languages met so far.

Rules
- A serial that cannot be read is never a text: it is a status (``MarkStatus``). These words betray a text that is none.
- All are written without accents, in small letters; ``ANYWHERE`` are looked for as words inside a longer text,
  ``ALONE`` only count as the whole text, because short runs of letters also begin real serials.
- The list is practice, not law: it may grow, and a form it does not know is caught by its shape (no digit).
"""

__all__ = ["ALONE", "ANYWHERE"]

ANYWHERE = frozenset(
    {
        # English
        "absent", "defaced", "destroyed", "erased", "filed", "ground", "illegible", "missing", "obliterated",
        "removed", "scratched", "unmarked", "unknown", "unreadable", "without", "notes", "serial", "restamped",
        "restored", "partial", "partially",
        # Portuguese
        "eliminado", "eliminada", "eliminados", "suprimido", "suprimida", "suprimidos", "raspado", "raspada",
        "rasurado", "rasurada", "removido", "removida", "removidos", "retirado", "retirada", "subtraido",
        "obliterado", "adulterado", "adulterada", "ilegivel", "inexistente", "indeterminado", "indeterminada",
        "ausente", "prejudicado", "lixado", "lixada", "remarcado", "remarcada", "parcial", "parcialmente", "possui",
        "consta", "identificado", "identificada", "localizado", "observado", "aparente",
        "aparenta", "numeracao", "observacao",
        # Spanish
        "borrado", "borrada", "limado", "limada", "desconocido", "desconocida", "ausencia",
        "ilegible", "carece", "visible", "visibles", "regrabado", "ninguno", "numero",
        # French
        "efface", "effacee", "lime", "limee", "meule", "meulee", "illisible", "absente", "inconnu", "inconnue",
        "aucun", "aucune", "supprime", "supprimee", "enleve", "enlevee",
        # German, Dutch
        "entfernt", "unleserlich", "unbekannt", "unkenntlich", "ausgeschliffen", "weggeschliffen", "fehlt", "fehlend",
        "keine", "verwijderd", "onbekend", "onleesbaar", "weggeslepen",
        # Italian, Turkish, Polish, Swahili
        "abraso", "abrasa", "cancellato", "cancellata", "illeggibile", "assente", "punzonato", "silinmis",
        "okunamiyor", "bilinmiyor", "usuniety", "nieczytelny", "nieznany", "imefutwa", "haisomeki", "haijulikani",
        # Russian, Ukrainian
        "отсутствует", "удален", "удалён", "спилен", "стерт", "стёрт", "нечитаем", "неизвестен", "неизвестно",
        "уничтожен", "забит", "відсутній", "видалений", "невідомо", "нечитабельний",
        # Arabic, Chinese, Japanese
        "ممسوح", "غير", "مجهول", "محذوف", "مطموس", "无法辨认", "磨损", "不明", "已磨除", "判読不能", "なし",
    }
)  # fmt: skip
"""Looked for as whole words anywhere in the text."""

ALONE = frozenset(
    {
        "-", "--", "---", ".", "..", "...", "/", "//", "aucun", "inc", "kein", "n/a", "n/d", "n/i", "n/l", "n/t",
        "na", "nada", "nao", "nd", "nein", "ni", "nihil", "nil", "nl", "no", "non", "none", "not", "nr", "nt", "null",
        "s/n", "s/s", "sem", "sn", "ss", "unk", "unkn", "x", "xx", "xxx", "xxxx", "б/н", "бн", "нет", "لا", "ไม่มี",
        "无", "無",
    }
)  # fmt: skip
"""Only as the whole text."""
