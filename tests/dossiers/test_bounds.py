"""What printing may cost, and what is said where it would cost more."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dossiers.exhibits import NAME, PINS, REQUEST, evidence_of, printed
from tracing.desk.papers import fonts, press, setting
from tracing.desk.papers.fonts import FontsMissing
from tracing.desk.papers.press import NotPrinted, Press
from tracing.desk.papers.setting import Order, Unprintable

Patch = pytest.MonkeyPatch


def order(*notes: str) -> Order:
    return Order("en", NAME, PINS, evidence_of(*(REQUEST | {"note": note} for note in notes)))


@pytest.mark.usefixtures("press_here")
def test_more_messages_than_a_paper_has_are_refused(monkeypatch: Patch) -> None:
    monkeypatch.setattr(setting, "MOST_MESSAGES", 1)
    with pytest.raises(Unprintable) as refused:
        setting._printed(order("a", "b"), fonts.found())
    assert refused.value.code == "too-large"


@pytest.mark.usefixtures("press_here")
def test_texts_are_cut_until_the_whole_fits(monkeypatch: Patch) -> None:
    monkeypatch.setattr(setting, "MOST_SIGNS", 12_000)
    head, pdf = setting._printed(order("word " * 3_000), fonts.found())
    assert (head["cut"], head["bytes"]) == (1, len(pdf))


@pytest.mark.usefixtures("press_here")
def test_drawn_characters_count_for_what_they_take(monkeypatch: Patch) -> None:
    monkeypatch.setattr(setting, "MOST_DATA_BYTES", 90_000)
    head, _pdf = setting._printed(order("\u200b" * 10_000), fonts.found())
    assert head["cut"] == 1


@pytest.mark.usefixtures("press_here")
def test_what_fits_in_no_way_is_refused(monkeypatch: Patch) -> None:
    monkeypatch.setattr(setting, "MOST_SIGNS", 100)
    with pytest.raises(Unprintable) as refused:
        setting._printed(order("word"), fonts.found())
    assert refused.value.code == "too-large"


@pytest.mark.usefixtures("press_here")
def test_a_glyph_that_a_font_promised_and_lacks_is_drawn(monkeypatch: Patch) -> None:
    monkeypatch.setattr(fonts, "without_glyph", lambda *_: frozenset())
    head, _pdf = setting._printed(order("\U0001f52b"), fonts.found())
    assert head["bytes"] > 0


@pytest.mark.usefixtures("press_here")
async def test_what_takes_too_long_ends(monkeypatch: Patch) -> None:
    monkeypatch.setattr(press, "PRINT_S", 0.0)
    with pytest.raises(NotPrinted) as refused:
        await printed(evidence_of(REQUEST))
    assert refused.value.code == "too-large"


async def test_a_process_that_was_killed_for_what_it_took_is_said(monkeypatch: Patch) -> None:
    monkeypatch.setattr(press, "_PROGRAM", "tests.dossiers.dying")
    with pytest.raises(NotPrinted) as refused:
        await printed(evidence_of(REQUEST))
    assert refused.value.code == "too-large"


GREEDY = """
from tracing.desk.papers import setting
setting._bound()
for take in (lambda: bytearray(5 << 30), lambda: [open("/dev/null") for _ in range(300)],
             lambda: open("written", "wb", buffering=0).write(b"x")):
    try:
        take()
    except (MemoryError, OSError) as error:
        print(type(error).__name__)
"""


def test_the_process_can_take_neither_memory_nor_files_beyond_its_bounds(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", GREEDY], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout.split() == ["MemoryError", "OSError", "OSError"]


async def test_more_than_a_few_who_wait_are_told_to_come_back(monkeypatch: Patch) -> None:
    monkeypatch.setattr(press, "MOST_WAITING", 0)
    with pytest.raises(NotPrinted) as refused:
        await Press().ready()
    assert refused.value.code == "busy"


async def test_one_who_gave_up_leaves_the_press_free() -> None:
    used = Press()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(used.ready(), 0)
    assert used._waiting == 0


def test_fonts_that_are_lacking_are_named_with_their_packages(monkeypatch: Patch) -> None:
    monkeypatch.setattr(fonts, "NEEDED", {"No Such Sans": "fonts-no-such"})
    with pytest.raises(FontsMissing, match=r"No Such Sans.*apt install fonts-no-such"):
        fonts.found()


@pytest.mark.usefixtures("press_here")
def test_the_characters_of_fonts_are_known() -> None:
    faces = fonts.found()
    assert fonts.without_glyph(faces, "aZ9\u0416\u0639\u4e2d\u00e9") == frozenset()
    assert fonts.without_glyph(faces, "a\U0001f600\ue000\u0378") == {"\U0001f600", "\ue000", "\u0378"}


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"nonsense",
        b'{"bytes": -1, "cut": 0}',
        b'{"bytes": 5}',
        b'{"bytes": "x", "cut": 0}',
        b'{"ready": true}',
    ],
)
def test_what_the_process_says_is_not_believed_blindly(line: bytes) -> None:
    with pytest.raises(NotPrinted):
        press._head(line, press.PRINTED)
