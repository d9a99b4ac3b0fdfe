"""Evidence on paper, looked at with programs that are not ours: what is in it, what is not, in six languages."""

import io
import re
from itertools import pairwise
from pathlib import Path

import pytest

from keys import evidence
from tests.dossiers.exhibits import HOSTILE, NAME, PINS, REQUEST, Pages, evidence_of, pages_of, printed
from tests.pages.make_catalogues import extracted
from tests.wire.cast import CASE
from tracing.desk.catalogues import NAMES, catalogue
from tracing.desk.papers.embedded import evidence_in
from tracing.desk.papers.press import NotPrinted, Paper

pytestmark = pytest.mark.usefixtures("press_here")
SECRET = "Gorgon told us"
LANGUAGES = [each for each in NAMES if each != "en"]
TEXTS = [one for one in extracted() if one.id and any("papers/" in where for where, _ in one.locations)]


@pytest.fixture(scope="module")
def case() -> bytes:
    """Two messages; the circumstances of the second are withheld."""
    hidden = REQUEST | {"found": {"mode": "seized", "circumstances": SECRET}}
    return evidence_of(REQUEST, hidden, withheld=[(1, 1)], to="Court of Mombasa")


@pytest.fixture(scope="module")
async def papers(case: bytes) -> dict[str, Paper]:
    """The case in each language."""
    return {each: await printed(case, each) for each in NAMES}


@pytest.fixture(scope="module")
def read(papers: dict[str, Paper], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pages]:
    """The same, as other programs read it."""
    return {each: pages_of(paper.data, tmp_path_factory.mktemp(each)) for each, paper in papers.items()}


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)


async def test_the_evidence_is_in_it_byte_for_byte_and_verifies(
    case: bytes, papers: dict[str, Paper], read: dict[str, Pages]
) -> None:
    paper = papers["en"]
    assert read["en"].files == {NAME: case}
    found = evidence.verify(io.BytesIO(evidence_in(paper.data)), PINS)
    assert (found.case, found.messages, paper.cut) == (CASE, 2, 0)


async def test_what_is_withheld_is_nowhere_in_it_and_its_place_and_word_are(read: dict[str, Pages]) -> None:
    seen = read["en"]
    assert SECRET not in seen.text + seen.objects
    assert SECRET.encode() not in seen.files[NAME]
    assert "Element 2 of 4 Withheld; only its digest is in the file: No dissemination" in plain(seen.text)


async def test_it_says_who_what_when_by_which_keys_and_how_to_verify(case: bytes, read: dict[str, Pages]) -> None:
    said, found = plain(read["en"].text), evidence.verify(io.BytesIO(case), PINS)
    assert found.head is not None
    for words in (
        CASE, "Court of Mombasa", "Kenya", "Austria", "KX-40417/2", "Self-loading pistol", "11 Jun 2021",
        "Purposes of the Instrument only", "What is not proved", "that what was said is true",
        "what is withheld, or that it would not put another light", *PINS.values(), found.head.root.hex(),
        f"tracing evidence verify {NAME}", "TRAINING".capitalize(), "at has seen this trail and cosigned it",
    ):  # fmt: skip
        assert words in said, words


@pytest.mark.parametrize("language", NAMES)
async def test_it_is_tagged_pdf_a_3_in_its_language_with_the_evidence_as_its_source(
    read: dict[str, Pages], language: str
) -> None:
    seen = read[language]
    assert "<pdfaid:part>3</pdfaid:part>" in seen.objects
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in seen.objects
    assert "/AFRelationship /Source" in seen.objects
    assert re.search(rf"/Lang \({language}\b", seen.objects)
    assert "Tagged:          yes" in seen.facts


@pytest.mark.parametrize("language", LANGUAGES)
async def test_its_own_words_are_of_its_language_and_none_is_left_in_english(
    read: dict[str, Pages], language: str
) -> None:
    said = plain(read[language].text)
    texts = [one.id for one in TEXTS if isinstance(one.id, str) and len(one.id) > 3 and "%" not in one.id]
    told = {text: catalogue(language).gettext(text) for text in texts}
    english = [text for text, own in told.items() if own != text and re.search(rf"\b{re.escape(text)}\b", said)]
    assert english == []
    assert sum(plain(own) in said for own in told.values()) > 20 or language == "ar"  # poppler marks directions


async def test_in_arabic_codes_stand_in_their_order(tmp_path: Path) -> None:
    arabic = "\u0645\u0633\u062f\u0633 12-345/67 \u0648"
    paper = await printed(evidence_of(REQUEST | {"note": arabic}), "ar")
    said = pages_of(paper.data, tmp_path).text
    assert "12-345/67" in said
    for code in ("KX-40417/2", CASE, *PINS.values()):
        assert code in said, code


async def test_in_spanish_a_code_that_breaks_at_a_hyphen_gets_no_second_one(tmp_path: Path) -> None:
    weapon = REQUEST["weapon"] | dict.fromkeys(("make", "calibre"), "ab -cdefghij " * 60)
    paper = await printed(evidence_of(REQUEST | {"weapon": weapon}), "es")
    lines = [line.strip() for line in pages_of(paper.data, tmp_path).text.splitlines()]
    assert any(line.endswith("-") for line in lines)
    assert [after for line, after in pairwise(lines) if line.endswith("-") and after.startswith("-")] == []


async def test_it_is_the_same_for_the_same_evidence(case: bytes, papers: dict[str, Paper]) -> None:
    assert (await printed(case, "ar")).data == papers["ar"].data


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_hostile_texts_are_read_and_do_nothing(tmp_path: Path, language: str) -> None:
    bodies = [
        {"weapon": {"make": each, "serial": {"text": each, "status": each}}, "found": {"date": each}, "note": each}
        for each in HOSTILE
    ]
    data = evidence_of(*bodies, to=HOSTILE[3][:100])
    paper = await printed(data, language)
    seen = pages_of(paper.data, tmp_path)
    assert '#let x = read("/etc/passwd")' in plain(seen.text)
    assert "*strong* _soft_ `raw` $x^2$" in seen.text
    for point in ("U+202E", "U+0000", "U+FFFE", "U+E000", "U+200B"):
        assert point in seen.text, point
    assert "root:" not in seen.text
    assert not set(seen.text) & set("\u202e\x00\ufffe\ue000\u200b")
    assert (paper.cut > 0, seen.files) == (True, {NAME: data})


async def test_a_text_is_cut_on_paper_and_whole_in_the_evidence(tmp_path: Path) -> None:
    paper = await printed(evidence_of({"note": "word " * 20_000}))
    seen = pages_of(paper.data, tmp_path)
    assert (paper.cut, "80000 more characters" in plain(seen.text)) == (1, True)


async def test_what_does_not_hold_is_not_printed(case: bytes) -> None:
    with pytest.raises(NotPrinted) as refused:
        await printed(case.replace(b'"withheld":[]', b'"withheld":[ ]'))
    assert refused.value.code == "no-evidence"
