"""Evidence of a case: what holds is proved, and whatever is altered is refused by line, piece and code."""

import io

import pytest

from keys import evidence
from keys.evidence import Evidence, EvidenceRefused, Proved
from tests.wire.cast import AT, CASE, IAT, KE, MID
from tests.wire.exhibits import ACK, DOSSIER, PINS, WHOLE, written
from tests.wire.spoiling import Spoilt, all_spoilt

SPOILT = {one.name: one for one in all_spoilt()}


def judged(data: bytes, pins: dict[str, str] | None = None) -> tuple[Evidence, list[Proved]]:
    heard: list[Proved] = []
    return evidence.verify(io.BytesIO(data), PINS if pins is None else pins, heard.append), heard


@pytest.mark.parametrize("name", SPOILT)
def test_what_was_altered_is_refused_by_its_name(name: str) -> None:
    one: Spoilt = SPOILT[name]
    with pytest.raises(EvidenceRefused) as refused:
        judged(one.data, one.pins)
    said = refused.value
    if one.piece == "":  # of the inventory: what it says of the first card may be what a bit of it changed
        assert said.line in {1, 2}, str(said)
    else:
        assert (said.line, str(said.piece)) == (one.line, one.piece), str(said)
    assert one.code in {None, said.code}, str(said)


def test_more_than_three_hundred_alterations_are_tried() -> None:
    assert len(SPOILT) == len(list(all_spoilt())) > 300


def test_the_file_they_were_made_from_holds() -> None:
    found, heard = judged(written(WHOLE))
    assert (found.exporter.authority, found.case, found.to, found.purpose) == (KE, CASE, "Court of Mombasa", "court")
    assert [one.mid for one in heard] == [MID, ACK, DOSSIER]
    assert (found.messages, found.absent, found.left_out) == (3, (), ())
    assert found.other is not None
    assert found.other.authority == AT


def test_what_is_withheld_is_told_by_place_and_word_and_is_not_there() -> None:
    data = written(WHOLE)
    _, (request, *_) = judged(data)
    assert (request.withheld, request.total) == (((2, ("no_dissemination",)),), 5)
    assert [one.name for one in request.elements] == ["weapon", "found", "rest"]
    assert [one.attachment.name for one in request.attachments] == ["frame.jpg"]


def test_receipts_and_entries_are_told_with_the_head_and_its_cosignature() -> None:
    found, (request, ack, _) = judged(written(WHOLE))
    assert (request.accepted_ms, request.opened_ms, request.rejected) == (IAT + 1000, IAT + 2000, None)
    assert (request.entered, ack.entered) == (("rcpt.in", "rcpt.in"), ("env.in", "rcpt.out", "rcpt.out"))
    assert found.head is not None
    assert (found.head.size, found.head.cosigned_s) == (WHOLE.tree.head.size, IAT // 1000 + 60)
