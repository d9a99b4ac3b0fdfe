"""What a list shows of a case and finds it by, from whatever a counterpart wrote."""

from typing import Any

import pytest

from protocol import messages
from protocol.lifecycle import Kind
from protocol.messages import Message
from tests.casework.voice import BODIES
from tracing.casework.summary import dossier_of, is_dossier, summarise, words_of

DOSSIER = "br.d" + "01a20a1bcc37703c91a8c6e909b60a5f"
CASE = "br." + "01a20a1bcc37703c91a8c6e909b60a5f"


def said(**changed: Any) -> Message:
    body = BODIES["trace_request"] | changed
    return messages.parse(messages.BY_KIND[Kind.TRACE_REQUEST].TYPE, body)


@pytest.mark.parametrize(
    ("weapon", "title"),
    [
        ({"make": "Glock", "model": "17", "serial": {"text": "ABC123"}}, "Glock 17, ABC123"),
        ({"make": "Glock", "serial": {"status": "obliterated"}}, "Glock, obliterated"),
        (
            {"type": "pistol_self_loading", "serial": {"status": "illegible_part"}},
            "pistol self loading, illegible part",
        ),
        ({"serial": {}}, "weapon, unknown"),
        ({"make": "Glock"}, "Glock, unknown"),
        ({}, "weapon, unknown"),
    ],
)
def test_the_title_says_what_is_known(weapon: dict[str, Any], title: str) -> None:
    assert summarise(said(weapon=weapon).to_body())["title"] == title


def test_a_request_without_a_weapon_has_a_summary_all_the_same() -> None:
    body = {name: value for name, value in BODIES["trace_request"].items() if name != "weapon"}
    message = messages.parse(messages.BY_KIND[Kind.TRACE_REQUEST].TYPE, body)
    assert summarise(message.to_body())["title"] == "weapon, unknown"
    assert words_of(summarise(message.to_body())) == set()


def test_a_case_is_found_by_its_serial_however_it_is_written() -> None:
    words = [
        words_of(summarise(said(weapon={"serial": {"text": text}}).to_body()))
        for text in ("ABC 123", "abc123", "ABC-123")
    ]
    keys = [{word for word in one if word.startswith("serial:")} for one in words]
    assert keys[0] == keys[1] == keys[2] != set()


def test_a_case_is_found_by_each_word_and_by_the_whole() -> None:
    words = words_of(
        summarise(said(weapon={"make": "Smith & Wesson", "model": "M&P 9"}, reference="BR 2026-7").to_body())
    )
    assert {"smith", "wesson", "smith & wesson", "m&p 9", "br", "2026-7", "br 2026-7"} <= words


def test_what_is_found_by_is_folded_alike_for_all_scripts() -> None:
    assert "straße".casefold() in words_of(summarise(said(weapon={"make": "STRASSE"}).to_body()))


def test_a_very_long_text_gives_a_bounded_number_of_words() -> None:
    long = " ".join(f"w{number}" for number in range(5000))
    assert len(words_of({"weapon": {"make": long}})) <= 61


def test_an_empty_summary_has_no_words() -> None:
    assert words_of({}) == set()


def test_a_dossier_is_named_by_an_id_of_its_requester() -> None:
    assert dossier_of(said(dossier=DOSSIER), "br") == DOSSIER


@pytest.mark.parametrize("dossier", ["search of June", "", CASE, DOSSIER.upper(), "d" + DOSSIER[4:]])
def test_a_label_is_no_dossier(dossier: str) -> None:
    assert dossier_of(said(dossier=dossier), "br") is None


def test_the_dossier_of_another_is_none() -> None:
    assert dossier_of(said(dossier=DOSSIER), "ke") is None


def test_a_thread_is_a_dossier_or_a_case() -> None:
    assert (is_dossier(DOSSIER), is_dossier(CASE)) == (True, False)
