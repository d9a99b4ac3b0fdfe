"""Text from outside on a page: all of it, nothing hidden in it, nothing done by it."""

import html
import json
import re

import pytest

from tests.shared import SHARED, needs_shared
from tracing.desk.pages.text import code, hidden, mixed, shown

NAUGHTY = SHARED / "vectors" / "naughty-strings"


def read_back(markup: str) -> str:
    """The characters a person can read off the page: boxes stand for what they name, flags are left out."""
    without_flags = re.sub(r' ?<span class="badge odd-flag">[^<]*</span>', "", markup)
    bare = re.sub(r"</?bdi[^>]*>", "", without_flags)
    parts = re.split(r'<span class="odd" title="[^"]*">U\+([0-9A-F]+)</span>', bare)
    return "".join(chr(int(part, 16)) if at % 2 else html.unescape(part) for at, part in enumerate(parts))


def test_script_in_a_text_is_shown_and_not_made() -> None:
    assert "&lt;script&gt;" in shown("<script>alert(1)</script>")


def test_an_override_is_drawn_with_its_name_and_flagged() -> None:
    assert shown("12\u202e34") == (
        '<bdi class="text">12<span class="odd" title="RIGHT-TO-LEFT OVERRIDE">U+202E</span>34</bdi>'
        ' <span class="badge odd-flag">hidden characters</span>'
    )


@pytest.mark.parametrize(
    "character",
    [
        "\x00",
        "\x1b",
        "\x7f",
        "\u200b",
        "\u200f",
        "\u2066",
        "\ufeff",
        "\u00ad",
        "\u3164",
        "\u2028",
        "\ue000",
        "\ud800",
        "\u2003",
    ],
)
def test_whatever_cannot_be_seen_is_drawn(character: str) -> None:
    assert f"U+{ord(character):04X}" in shown(f"A{character}B")


@pytest.mark.parametrize(
    "text", ["Rua São João, 12", "line\nline", "قيد الاتهام", "枪支追踪", "Заявление", "l\u00a0’arme"]
)
def test_ordinary_text_of_any_script_bears_no_flag(text: str) -> None:
    assert "odd" not in shown(text)


def test_a_line_break_inside_a_serial_is_drawn() -> None:
    assert "U+000A" in code("AB\n12")


def test_a_code_stands_from_left_to_right_by_itself() -> None:
    assert code("12-345/67") == '<bdi dir="ltr" class="code">12-345/67</bdi>'


def test_letters_of_two_scripts_in_one_serial_are_flagged() -> None:
    assert "letters of several scripts" in code("\u0410B123")


def test_two_words_of_different_scripts_are_not_flagged() -> None:
    assert not mixed("Калашников AK")


def test_nothing_is_shown_for_nothing() -> None:
    assert shown(None) == '<bdi class="text"></bdi>'


def test_plain_blanks_are_not_hidden_characters() -> None:
    assert not hidden("a b\tc\nd")


@needs_shared("vectors", "naughty-strings")
def test_every_naughty_string_can_be_read_back_character_by_character() -> None:
    strings = json.loads(next(NAUGHTY.glob("*.json")).read_text("utf-8"))
    assert [text for text in strings if read_back(str(shown(text))) != text] == []


@needs_shared("vectors", "naughty-strings")
def test_no_naughty_string_makes_an_element_of_its_own() -> None:
    strings = json.loads(next(NAUGHTY.glob("*.json")).read_text("utf-8"))
    made = {tag for text in strings for tag in re.findall(r"<([a-zA-Z/!?]+)", str(shown(text)) + str(code(text)))}
    assert made <= {"bdi", "/bdi", "span", "/span"}
