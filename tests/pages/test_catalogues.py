"""The catalogues of the desk: whole, current, filled in alike, and nothing but words."""

import re
from pathlib import Path

import jinja2
import pytest
from babel.messages.catalog import Catalog, Message

from tests.pages.make_catalogues import DESK, brought_up, extracted, missing, read, written
from tracing.desk.catalogues import NAMES, UNREAD, catalogue, file_of, is_unread, offered

LANGUAGES = [each for each in NAMES if each != "en"]
PLACE = re.compile(r"%\(\w+\)[sd]")
NUMBERS = frozenset({"%(num)d", "%(count)s"})  # a plural form of one or two may say the number as a word
VERBATIM = re.compile(r"tracing [a-z]+ [a-z-]+(?: ID| --\w+| FILE| NUMBER)*|keys/README\.md|node\.toml|\bITI 17\b")
MARKUP = re.compile(r"[<>]|&\w+;|&(?=[^ ])")
TAG = re.compile(r"<[^>]*>")
SET = re.compile(r'[\w-]+="[^"]*"')  # attributes that a block makes
SAYING = re.compile(r'\b(?:aria-label|title|alt|placeholder|data-as)="([^"]*)"')

TEXTS = extracted()


def forms(message: Message) -> tuple[str, ...]:
    said = message.string
    return tuple(said) if isinstance(said, tuple | list) else (said,)


def misfilled(message: Message) -> list[str]:
    """Translations whose placeholders are not those of the text."""
    texts = message.id if isinstance(message.id, tuple | list) else (message.id,)
    wanted = set(PLACE.findall(texts[-1]))
    free = NUMBERS if len(texts) > 1 else frozenset()
    return [said for said in forms(message) if not wanted - free <= set(PLACE.findall(said)) <= wanted]


def marked_up(message: Message) -> list[str]:
    """Translations with markup that the text does not have."""
    own = set(MARKUP.findall(str(message.id)))
    return [said for said in forms(message) if set(MARKUP.findall(said)) - own]


def test_every_language_of_the_united_nations_is_offered() -> None:
    assert set(offered()) == set(NAMES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_lacks_no_text_and_none_is_stale_or_fuzzy(language: str) -> None:
    kept, now = read(language), brought_up(read(language), TEXTS, language)
    known = {(one.context, one.id) for one in kept if one.id}
    stale = known - {(one.context, one.id) for one in now if one.id}
    assert (missing(now), stale, [one.id for one in kept if one.fuzzy], list(kept.obsolete)) == ([], set(), [], [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_placeholders_of_its_text(language: str) -> None:
    assert [(one.id, wrong) for one in read(language) if one.id and (wrong := misfilled(one))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_no_markup_that_its_text_has_not(language: str) -> None:
    assert [(one.id, wrong) for one in read(language) if one.id and (wrong := marked_up(one))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_command_or_a_file_is_named_alike_in_every_language(language: str) -> None:
    lost = [
        (one.id, named)
        for one in read(language)
        if isinstance(one.id, str)
        for named in VERBATIM.findall(one.id)
        if "ITI" not in named and named not in forms(one)[0]
    ]
    assert lost == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_as_the_make_target_writes_it(language: str) -> None:
    assert file_of(language).read_text("utf-8") == written(brought_up(read(language), TEXTS, language), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_speaks_and_says_who_has_read_it(language: str) -> None:
    found = catalogue(language)
    head = file_of(language).read_text("utf-8").split("msgid", maxsplit=1)[0]
    assert (found.gettext("Deadlines") != "Deadlines", "# Reviewer: " in head, is_unread(language)) == (
        True, True, UNREAD in head
    )  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 11, 21, 100])
def test_every_number_finds_its_plural_form(language: str, count: int) -> None:
    said = catalogue(language).ngettext("%(num)d day late", "%(num)d days late", count)
    assert said and "days late" not in said % {"num": count}  # noqa: PT018 - one text


# ---------------------------------------------------------------- the checks find what they are for


def planted(text: str | tuple[str, str], said: str | tuple[str, ...]) -> Message:
    catalog = Catalog(locale="fr")
    catalog.add(text, said)
    return next(one for one in catalog if one.id)


@pytest.mark.parametrize("said", ["vers %(where)s", "vers", "%(who)s et %(where)s"])
def test_a_planted_placeholder_is_found(said: str) -> None:
    assert misfilled(planted("to %(who)s", said)) == [said]


def test_a_plural_form_may_say_its_number_as_a_word() -> None:
    assert misfilled(planted(("%(num)d day", "%(num)d days"), ("un jour", "%(num)d jours"))) == []


@pytest.mark.parametrize("said", ["<b>vers</b>", "vers &amp; retour", "a<b"])
def test_planted_markup_is_found(said: str) -> None:
    assert marked_up(planted("to", said)) == [said]


def test_a_planted_new_text_is_missing_and_an_old_one_is_dropped() -> None:
    texts, old = Catalog(), Catalog(locale="fr")
    texts.add("new")
    old.add("old", "ancien")
    now = brought_up(old, texts, "fr")
    assert (missing(now), [one.id for one in now if one.id]) == (["new"], ["new"])


# ---------------------------------------------------------------- templates


def unmarked(source: str) -> list[str]:
    """Letters of a template that are neither markup nor marked for the catalogues."""
    plain = "".join(
        text if kind == "data" else " " if kind.endswith(("_begin", "_end")) else ""
        for _line, kind, text in jinja2.Environment(autoescape=True).lex(source)
    )
    said = [*SAYING.findall(plain), SET.sub(" ", TAG.sub(" ", plain))]
    return [word.strip() for each in said for word in re.findall(r"[A-Za-z]{2,}[^<>\n]*", each)]


@pytest.mark.parametrize("template", sorted((DESK / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_a_template_says_nothing_outside_the_catalogues(template: Path) -> None:
    plain = [text for text in unmarked(template.read_text("utf-8")) if not text.startswith("tracing audit verify")]
    assert plain == []


@pytest.mark.parametrize("source", ["<p>Hello</p>", '<a title="Hello">{{ _("x") }}</a>', "{% if a %}Hello{% endif %}"])
def test_a_planted_text_in_a_template_is_found(source: str) -> None:
    assert unmarked(source) == ["Hello"]


# ---------------------------------------------------------------- style


def test_the_style_sheets_know_no_left_and_right() -> None:
    physical = re.compile(
        r"(?:margin|padding|border|inset)-(?:left|right)|(?<![-\w])(?:left|right)\s*:|text-align:\s*(?:left|right)"
        r"|float:\s*(?:left|right)|border-(?:top|bottom)-(?:left|right)-radius"
    )
    sheets = sorted((DESK / "static").glob("*.css"))
    assert [(each.name, found) for each in sheets for found in physical.findall(each.read_text("utf-8"))] == []
