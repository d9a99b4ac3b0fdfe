"""Brings the catalogues of the desk up to the texts of its pages: ``make catalogues``.

Rules
- Texts are taken from the Python and the templates of the desk (Babel); a text that changed is a new text, and loses
  its translation: nothing is guessed, and nothing is ever marked fuzzy.
- What is written is the same for the same texts: no dates, no line numbers.
- A text without a translation is left empty; a test then fails, and says how many are missing.

    python -m tests.pages.make_catalogues          every catalogue there is
    python -m tests.pages.make_catalogues fr       and this one, new
"""

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from tracing.desk.catalogues import NAMES, UNREAD, file_of, offered

__all__ = ["brought_up", "extracted", "missing", "read", "written"]

ROOT = Path(__file__).resolve().parents[2]
DESK = ROOT / "tracing" / "desk"
METHODS = [("pages/**.py", "python"), ("papers/**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"newstyle_gettext": "true", "trim_blocks": "true", "silent": "false"}}
KEYWORDS = {
    "_": None, "N_": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "NP_": ((1, "c"), 2),
}  # fmt: skip
WIDTH = 0  # a text is one line, so that whoever looks for it finds it
HEAD = """\
# The words of the desk in {name}.
# {unread}. Whoever has read them puts name and day in its place; until then every page says so.
#
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural}\\n"

"""


def extracted() -> Catalog:
    """Every text of the pages."""
    found = Catalog()
    for where, _line, text, comments, context in extract_from_dir(DESK, METHODS, OPTIONS, KEYWORDS):
        found.add(text, None, [(f"tracing/desk/{where}", 0)], auto_comments=comments, context=context)
    return found


def read(language: str) -> Catalog:
    """A catalogue as it stands; an empty one where there is none."""
    file = file_of(language)
    if not file.exists():
        return Catalog(locale=language)
    with file.open("rb") as opened:
        return read_po(opened, locale=language)


def brought_up(old: Catalog, texts: Catalog, language: str) -> Catalog:
    """The texts of now with the translations of before."""
    new = Catalog(locale=language)
    for text in texts:
        if text.id:
            before = old.get(text.id, text.context)
            kept = before.string if before is not None and not before.fuzzy else None
            new.add(text.id, kept, text.locations, context=text.context)
    return new


def missing(catalogue: Catalog) -> list[str]:
    """Texts without a translation, or without one of its plural forms."""
    forms = ((one.id, one.string if isinstance(one.string, tuple | list) else (one.string,)) for one in catalogue)
    return [str(text) for text, said in forms if text and not all(said)]


def written(catalogue: Catalog, language: str) -> str:
    """The file of a catalogue. Its head keeps who has read it."""
    body = BytesIO()
    write_po(body, catalogue, width=WIDTH, omit_header=True, include_lineno=False, sort_output=False)
    plural, read_by = catalogue.plural_forms, _read_by(language)
    head = HEAD.format(name=NAMES[language], unread=read_by, language=language, plural=plural)
    return head + body.getvalue().decode("utf-8").strip() + "\n"


def _read_by(language: str) -> str:
    file = file_of(language)
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    said = next((line for line in lines if line.startswith("# Reviewer:")), f"# {UNREAD}.")
    return said.removeprefix("# ").partition(". Whoever")[0].rstrip(".")


def main(names: list[str]) -> None:
    """Write the catalogues."""
    texts = extracted()
    for language in dict.fromkeys([*(each for each in offered() if each != "en"), *names]):
        found = brought_up(read(language), texts, language)
        file_of(language).write_text(written(found, language), "utf-8")
        sys.stdout.write(f"{language}: {len(found)} texts, {len(missing(found))} to translate\n")


if __name__ == "__main__":
    main(sys.argv[1:])
