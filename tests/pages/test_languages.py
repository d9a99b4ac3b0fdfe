"""Pages in the language of whoever reads them: every text of it, from right to left where that is written so."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from gettext import NullTranslations
from typing import Any

import pytest
from babel.core import Locale

from protocol import deadlines
from protocol.messages import BY_KIND
from protocol.vocabulary import COUNTRIES, FORMER
from tests.pages.browsing import Element, Page, Visitor
from tests.pages.make_catalogues import extracted
from tests.pages.paths import PAGES
from tests.pages.scene import PASSWORD, Scene
from tracing.casework.errors import CaseworkError
from tracing.desk.catalogues import NAMES, catalogue, offered
from tracing.desk.pages import tongue
from tracing.desk.pages.countries import NO_MORE, UN_NAMES, country_name
from tracing.desk.pages.dates import day_in_full, day_in_words, month_in_words, weekday
from tracing.desk.pages.figures import size_of
from tracing.desk.pages.sentences import FORMS, told, translated
from tracing.desk.pages.text import shown
from tracing.desk.pages.titles import titled
from tracing.desk.passwords import hash_password
from tracing.desk.problems import KINDS
from tracing.store import people

OTHERS = [each for each in NAMES if each != "en"]


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    """Tests run in one context."""
    yield
    tongue.speak("en")


# ---------------------------------------------------------------- every text goes through the catalogues

WIDE = {ordinary: ordinary + 0xFEE0 for ordinary in (*range(0x41, 0x5B), *range(0x61, 0x7B))}
KEPT = re.compile(r"(%\(\w+\)[sd]|%%|<[^>]*>)")
LETTERS = re.compile(r"[A-Za-z]{2,}")
# Texts of others, dates of CLDR, commands; the title of a page says what its heading says, with what others wrote.
FOREIGN = frozenset({"bdi", "time", "code", "script", "style", "textarea", "title"})
NAMED = re.compile(
    r"\b(?:ITI(?: para)?s? ?\d*|INTERPOL|iARMS|SIENA|ECOWAS|OSCE|SADC|MOSAIC|SHA|ISO|AUT|BRA|KEN|FJI|Sao_Paulo|America"
    r"|Vienna|Europe|UTC|kB|MB|https?|INTERPOL|E-mail)\b|\([a-z]\)"
)


class Wide(NullTranslations):
    """A language whose every letter is a wide one: whatever is not wide did not go through a catalogue."""

    def gettext(self, message: str) -> str:
        return "".join(
            part if at % 2 else part.translate(WIDE)
            for at, part in enumerate(KEPT.split(message.rpartition("\x04")[2]))
        )

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def said_on(element: Element, lang: str = "") -> Iterator[str]:
    """The texts of an element and below that are the desk's own, with those that are read aloud."""
    if element.tag in FOREIGN or element.attrs.get("lang", lang) not in ("", "en-x-wide", lang):
        return
    for name in ("aria-label", "title", "alt", "placeholder", "data-as"):
        yield element.attrs.get(name, "")
    inside = "".join(each.text for each in element.inside)
    if not element.inside:
        yield element.text
    elif element.tag not in ("html", "head", "body", "main"):
        own = element.text
        for each in element.inside:
            own = own.replace(each.text, " ", 1) if each.text else own
        yield own if inside != element.text else ""
    for each in element.inside:
        yield from said_on(each, lang)


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch, approver: Visitor) -> Visitor:
    """An approver whose English is wide."""
    monkeypatch.setitem(tongue.CATALOGUES, "en", Wide())
    return approver


def data_of(world: Scene) -> set[str]:
    """Words that are names of this scene, and of countries, which are no texts of the desk."""
    names = {each.settings.name for each in world.nodes.values()} | {
        "Fiji Police Force, Arms Registry",
        "fj.police",
        "ada",
        "bo",
        "connection: the connection was refused",
    }
    names |= {each.name for each in (*COUNTRIES.values(), *FORMER.values())} | {
        one.split("\x04")[1] for one in UN_NAMES.values()
    }
    english = Locale("en")
    dates = {*english.months["format"]["abbreviated"].values(), *english.days["format"]["abbreviated"].values()}
    return dates | {word for name in names for word in LETTERS.findall(name)}


@pytest.mark.parametrize("path", PAGES)
async def test_every_text_of_a_page_comes_from_a_catalogue(path: str, wide: Visitor, world: Scene) -> None:
    page = await wide.get(path.format(**world.cases))
    known = data_of(world)
    bare = {
        text: words
        for text in said_on(page.tree, "en")
        if (words := [word for word in LETTERS.findall(NAMED.sub(" ", text)) if word not in known])
    }
    # A choice among authorities names them by country, name and id; the languages are named in themselves.
    own = {each.attrs.get("value", "") for each in page.tree.all("option")} | {*NAMES.values()}
    assert (page.status, {text: words for text, words in bare.items() if not set(words) <= own | known}) == (200, {})


@pytest.mark.parametrize("path", PAGES)
async def test_no_text_of_a_catalogue_is_left_in_english(path: str, approver_of: Any, world: Scene) -> None:
    visitor = await approver_of("fr")
    page = await visitor.get(path.format(**world.cases))
    said = catalogue("fr").gettext
    english = {one.id for one in extracted() if isinstance(one.id, str) and " " in one.id and said(one.id) != one.id}
    left = {text for text in said_on(page.tree, "fr") if text.strip() in english}
    assert (page.status, page.wrong, left) == (200, [], set())


# ---------------------------------------------------------------- right to left


@pytest.fixture(scope="session")
async def approver_of(world: Scene) -> AsyncIterator[Any]:
    """Somebody of Brazil who reads a language: (language) -> Visitor."""
    known: dict[str, Visitor] = {}

    async def signed_in(language: str) -> Visitor:
        if language not in known:
            node, name, digest = world.nodes["br"], f"reader-{language}", hash_password(PASSWORD)
            await node.store.write(lambda tx: people.add_user(tx, name, "approver", digest, language, "test"))
            known[language] = await Visitor(world.url("br")).__aenter__()
            await known[language].sign_in(name, PASSWORD)
        return known[language]

    yield signed_in
    for visitor in known.values():
        await visitor.__aexit__()


def loose(element: Element, wanted: set[str], inside: bool = False) -> Iterator[str]:  # noqa: FBT001, FBT002 - a walk
    """Codes that stand outside an element read from left to right."""
    inside = inside or element.attrs.get("dir") == "ltr"
    if not inside and not element.inside and element.tag not in ("title", "option", "textarea"):
        yield from (one for one in wanted if one in element.text)
    for each in element.inside:
        yield from loose(each, wanted, inside)


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_in_arabic_is_sound_and_sets_every_code_apart(path: str, approver_of: Any, world: Scene) -> None:
    page = await (await approver_of("ar")).get(path.format(**world.cases))
    html = page.tree.all("html")[0]
    codes = {"KDF-1009", "DX-77120", "BR-2021-0815", "BR-2021-0820", *world.cases.values()}
    assert (page.status, html.attrs["lang"], html.attrs["dir"], page.wrong, set(loose(page.tree, codes))) == (
        200, "ar", "rtl", [], set()
    )  # fmt: skip


def test_a_code_inside_a_sentence_from_right_to_left_is_set_apart() -> None:
    tongue.speak("ar")
    assert shown("الرقم 12-345/67 هنا") == '<bdi class="text">الرقم <bdi dir="ltr">12-345/67</bdi> هنا</bdi>'


def test_a_hidden_character_inside_a_sentence_from_right_to_left_is_drawn_and_flagged() -> None:
    tongue.speak("ar")
    assert "U+202E" in shown("12-34\u202e/5") and "odd-flag" in shown("12-34\u202e/5")  # noqa: PT018 - one text


@pytest.mark.timeout(5)
@pytest.mark.parametrize("piece", ["?", "a", "1", "1-", "a1", "?1/"])
def test_no_text_however_odd_keeps_a_page_waiting(piece: str) -> None:
    tongue.speak("ar")
    assert len(shown(piece * 20_000)) >= 20_000


@pytest.mark.parametrize(
    ("title", "said"),
    [("Glock 17, 12-345/67", "12-345/67</bdi>"), ("revolver, obliterated", "oblitéré"), ("—", "—")],
)
def test_a_title_says_its_words_in_the_language_and_its_serial_as_a_code(title: str, said: str) -> None:
    tongue.speak("fr")
    assert said in titled(title)


# ---------------------------------------------------------------- which language


@pytest.mark.parametrize(
    ("header", "spoken"),
    [
        ("fr", "fr"), ("fr-CA,fr;q=0.8,en;q=0.5", "fr"), ("de,ru;q=0.7,en;q=0.3", "ru"), ("zh-Hans-CN", "zh"),
        ("de", "en"), ("", "en"), ("*", "en"), ("fr;q=0", "en"), ("fr;q=much", "en"), ("es;q=0.2,ar;q=0.9", "ar"),
        ("," * 4000, "en"),
    ],
)  # fmt: skip
def test_the_browsers_wish_is_followed_as_far_as_the_desk_can(header: str, spoken: str) -> None:
    assert tongue.preferred(header) == spoken


@pytest.mark.parametrize("language", OTHERS)
async def test_the_form_of_signing_in_speaks_the_browsers_language(language: str, world: Scene) -> None:
    async with Visitor(world.url("at")) as visitor:
        page = await visitor.get("/sign-in", headers={"Accept-Language": language})
    html = page.tree.all("html")[0]
    assert (html.attrs["lang"], html.attrs["dir"], page.wrong) == (tongue.tag(language), tongue.direction(language), [])


async def test_a_language_named_in_the_address_stays_while_signing_in_fails(world: Scene) -> None:
    async with Visitor(world.url("at")) as visitor:
        page = await visitor.get("/sign-in?language=es&next=/cases", headers={"Accept-Language": "fr"})
        again = await visitor.send(page, "/sign-in?language=es", name=["ada"], password=["wrong"])
    assert [each.tree.all("html")[0].attrs["lang"] for each in (page, again)] == ["es", "es"]
    assert "el nombre o la contraseña es incorrecto" in again.text


async def test_a_person_chooses_a_language_and_it_is_his_from_then_on(world: Scene) -> None:
    node = world.nodes["at"]
    digest = hash_password(PASSWORD)
    await node.store.write(lambda tx: people.add_user(tx, "pia", "officer", digest, "en", "test"))
    async with Visitor(world.url("at")) as visitor:
        await visitor.sign_in("pia", PASSWORD)
        chosen = await visitor.send(await visitor.get("/language"), "/language", language=["fr"])
    someone = await node.store.read(lambda view: people.person(view, "pia"))
    assert (someone.language if someone else "", chosen.tree.all("html")[0].attrs["lang"]) == ("fr", "fr")


async def test_a_language_the_desk_does_not_have_is_refused_and_nothing_changes(world: Scene) -> None:
    node = world.nodes["at"]
    async with Visitor(world.url("at")) as visitor:
        await visitor.sign_in("ada", PASSWORD)
        page = await visitor.send(await visitor.get("/language"), "/language", language=["tlh"])
    someone = await node.store.read(lambda view: people.person(view, "ada"))
    assert (page.status, "bad-query" in page.text, someone.language if someone else "") == (400, True, "en")


async def test_a_refusal_is_a_page_in_the_language_of_whoever_asked(approver_of: Any) -> None:
    page = await (await approver_of("fr")).get("/cases/br.00000000-0000-7000-8000-000000000000")
    assert (page.status, page.tree.all("h1")[0].text) == (404, "Il n’y a rien de tel ici")


async def test_the_api_answers_in_english_whoever_asks(approver_of: Any) -> None:
    page = await (await approver_of("fr")).get("/api/v1/cases/br.00000000-0000-7000-8000-000000000000")
    assert "There is no such thing here" in page.html


@pytest.mark.parametrize("language", OTHERS)
async def test_a_page_says_that_nobody_has_read_its_language(language: str, approver_of: Any) -> None:
    foot = (await (await approver_of(language)).get("/")).tree.all("footer")[0]
    tongue.speak(language)
    assert tongue._("No reviewer of this language has read these words yet.") in foot.text


def test_a_language_nobody_has_speaks_english_and_says_so() -> None:
    assert (tongue.speak("tlh"), tongue.language()) == ("en", "en")


def test_one_english_word_has_two_translations_where_it_means_two_things() -> None:
    tongue.speak("fr")
    assert (tongue._("Answer"), tongue.pgettext("act", "Answer")) == ("Réponse", "Répondre")


def test_a_context_is_never_seen_in_english() -> None:
    assert (tongue._(tongue.NP_("act", "Answer")), tongue.pgettext("act", "Answer")) == ("Answer", "Answer")


# ---------------------------------------------------------------- dates, figures, countries


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("12 Jun 2026", "Friday 12 June 2026", "Jun 2026", "Fri")),
        ("fr", ("12 juin 2026", "vendredi 12 juin 2026", "juin 2026", "ven.")),
        ("es", ("12 jun 2026", "viernes, 12 de junio de 2026", "junio de 2026", "vie")),
        ("zh", ("2026年6月12日", "2026年6月12日星期五", "2026年6月", "周五")),
        ("ar", ("12 يونيو 2026", "الجمعة، 12 يونيو 2026", "يونيو 2026", "الجمعة")),
    ],
)
def test_a_day_is_written_as_its_language_writes_it(language: str, said: tuple[str, ...]) -> None:
    tongue.speak(language)
    day = date(2026, 6, 12)
    assert (day_in_words(day), day_in_full(day), month_in_words(day), weekday(day)) == said


@pytest.mark.parametrize("language", list(NAMES))
def test_digits_are_those_of_serials_in_every_language(language: str) -> None:
    tongue.speak(language)
    said = day_in_words(date(2026, 6, 12)) + size_of(2_500_000)
    assert ("2026" in said, re.search("[٠-٩]", said)) == (True, None)


@pytest.mark.parametrize(("language", "said"), [("en", "2.5 MB"), ("fr", "2,5 Mo"), ("ru", "2,5 МБ")])
def test_a_length_has_the_decimal_mark_of_its_language(language: str, said: str) -> None:
    tongue.speak(language)
    assert size_of(2_500_000) == said


@pytest.mark.parametrize("language", OTHERS)
def test_every_country_there_is_or_was_has_a_name_in_every_language(language: str) -> None:
    tongue.speak(language)
    nameless = [code for code in (*COUNTRIES, *FORMER) if not country_name(code) or country_name(code) == code]
    assert nameless == []


def test_every_former_country_has_its_name_in_the_catalogues() -> None:
    assert NO_MORE.keys() == FORMER.keys()


@pytest.mark.parametrize(
    ("language", "code", "said"),
    [
        ("fr", "KOR", "République de Corée"), ("es", "TUR", "Türkiye"), ("ru", "GBR", "Соединённое Королевство"),
        ("zh", "SYR", "阿拉伯叙利亚共和国"), ("ar", "TZA", "جمهورية تنزانيا المتحدة"), ("fr", "BRA", "Brésil"),
        ("en", "KOR", "Republic of Korea"), ("en", "BRA", "Brazil"), ("fr", "QQQ", "QQQ"),
    ],
)  # fmt: skip
def test_a_country_is_called_as_the_united_nations_call_it(language: str, code: str, said: str) -> None:
    tongue.speak(language)
    assert country_name(code) == said


# ---------------------------------------------------------------- sentences of other rooms


def steps() -> Iterator[str]:
    """What limits of every unit say of their dates."""
    closed = {date(2026, 12, 8): "Immaculate Conception"}
    vienna = deadlines.WorkingCalendar("Europe/Vienna", holidays=closed, source="public holidays of AUT")
    start = datetime(2026, 12, 4, 13, 5, tzinfo=UTC)
    for unit in deadlines.Unit:
        for amount in (1, 3):
            yield from deadlines.due(start, deadlines.Limit(amount, unit), vienna).steps


@pytest.mark.parametrize("step", sorted(set(steps())))
def test_a_step_of_a_date_is_said_in_another_language(step: str) -> None:
    tongue.speak("fr")
    said = translated(step) or ""
    assert said and not re.search(r"December|working|counted|closed|limit", said)  # noqa: PT018 - one sentence


def test_a_sentence_of_unknown_form_is_shown_as_english() -> None:
    tongue.speak("fr")
    assert told("the moon is made of cheese") == (
        '<span lang="en" dir="ltr"><bdi class="text">the moon is made of cheese</bdi></span>'
    )


def test_a_sentence_is_shown_with_what_is_foreign_in_it_escaped() -> None:
    tongue.speak("fr")
    assert "&lt;b&gt;" in told("Searched for “<b>”.") and "Recherche" in told("Searched for “<b>”.")  # noqa: PT018 - one text


def test_in_english_a_sentence_is_as_it_was_said() -> None:
    assert "Friday 4 December 2026 was named." in told("Friday 4 December 2026 was named.")


@pytest.mark.timeout(5)
def test_a_sentence_however_long_is_looked_up_at_once() -> None:
    tongue.speak("fr")
    assert translated("The limit of " * 40_000) is None


def test_every_title_of_a_refusal_is_known() -> None:
    waiting, titles = [CaseworkError], {title for _status, title in KINDS.values()}
    while waiting:
        kind = waiting.pop()
        titles.add(kind.title)
        waiting += kind.__subclasses__()
    assert titles - FORMS == set()


def test_every_question_a_message_calls_for_is_known() -> None:
    schemas = "".join(json.dumps(kind.model_json_schema()) for kind in BY_KIND.values())
    asked = set(re.findall(r'"question": "([^"]+\?)"', schemas))
    assert (bool(asked), asked - FORMS) == (True, set())


def test_every_language_offered_is_one_an_account_may_have() -> None:
    assert set(offered()) <= set(NAMES)


def test_a_page_is_read_by_its_tree() -> None:
    page = Page("", 200, {}, '<html lang="en"><p title="Say">Hello <b>you</b></p></html>')
    assert {text.strip() for text in said_on(page.tree, "en") if text.strip()} == {"Say", "Hello", "you"}
