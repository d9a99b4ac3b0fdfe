"""Evidence of a case: what holds is proved, and whatever is altered is refused by line, piece and code."""

import io
import tracemalloc

import pytest

from keys import evidence
from keys.algorithms import SigningKey, signing_key
from keys.evidence import Evidence, EvidenceRefused, Proved
from protocol import evidence as lines_of
from tests.wire import provers
from tests.wire.cast import AT, CASE, IAT, KE, MID, RECIPIENT, SENDER
from tests.wire.exhibits import ACK, DOSSIER, PINS, WHOLE, File, log_keys, note, written
from tests.wire.keyring import seed
from tests.wire.provers import DAY, Members
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


# ---------------------------------------------------------------- less of it


def test_without_cosignatures_nobody_else_has_seen_the_head() -> None:
    for witness in (None, "br"):
        file = WHOLE.copy()
        file.head = note(WHOLE.tree.head, witness=witness)
        found, _ = judged(written(file))
        assert found.head is not None
        assert found.head.cosigned_s is None


def test_one_cosignature_of_the_two_is_none() -> None:
    file = WHOLE.copy()
    file.head = (WHOLE.head or "").rpartition("— ")[0]
    found, _ = judged(written(file))
    assert found.head is not None
    assert found.head.cosigned_s is None


@pytest.mark.parametrize("me", [KE, AT])
def test_a_head_signed_by_a_revoked_key_of_a_log_counts_no_more(me: str) -> None:
    state = {KE: SENDER, AT: RECIPIENT}[me]
    log = provers.keyset_members(state)["log"]
    pairs = zip(("Ed25519", "ML-DSA-44"), log_keys(me), strict=True)
    gone = [_listed(alg, key, "revoked") for alg, key in pairs]
    new = [(alg, signing_key(alg, seed(f"{me} new log"))) for alg in ("Ed25519", "ML-DSA-44")]
    now = {"ed25519": provers.pub(new[0][1]), "mldsa44": provers.pub(new[1][1])}
    listed = [*gone, *(_listed(alg, key, "active") for alg, key in new)]
    card = provers.card(state, log=log | now | {"keys": listed})
    file = File.made(**{"ours" if me == KE else "theirs": card})
    if me == AT:
        found, _ = judged(written(file))
        assert found.head is not None
        assert found.head.cosigned_s is None
    else:
        assert refusal(file) == (4, "head", "bad-signature")


def _listed(alg: str, key: SigningKey, status: str) -> Members:
    return {"kid": key.public.kid, "alg": alg, "pub": provers.pub(key), "status": status, "since": IAT - DAY}


def refusal(file: File) -> tuple[int, str, str]:
    with pytest.raises(EvidenceRefused) as refused:
        judged(written(file))
    return refused.value.line, str(refused.value.piece), refused.value.code


def test_a_rejection_is_told_with_its_code() -> None:
    for stages in (("rejected",), ("accepted", "rejected")):
        _, (request, *_) = judged(written(File.made(**{MID: {"stages": stages}})))
        assert (request.rejected, request.opened_ms, request.accepted_ms is None) == ("schema", None, len(stages) == 1)


def test_messages_without_receipts_and_entries_are_proved_as_said() -> None:
    file = WHOLE.copy()
    for told in file.messages.values():
        told["receipts"] = []
        told["envelope"]["entry"] = None
    file.head = None
    found, heard = judged(written(file))
    assert (found.head, [one.entered for one in heard], heard[0].accepted_ms) == (None, [()] * 3, None)


def test_a_letter_has_neither_envelope_nor_another_card() -> None:
    file = WHOLE.copy()
    file.messages = {MID: file.messages[MID] | {"salt": None, "envelope": None, "receipts": []}}
    file.head = None
    del file.cards[AT]
    found, (request,) = judged(written(file), {KE: PINS[KE]})
    assert (found.other, request.recipient, request.accepted_ms) == (None, AT, None)


def test_the_evidence_of_one_message_names_what_it_answers_and_does_not_hold() -> None:
    file = WHOLE.copy()
    file.messages = {DOSSIER: file.messages[DOSSIER]}
    file.inventory = {"scope": "message"}
    found, (one,) = judged(written(file))
    assert (found.scope, found.absent, one.thread.startswith(f"{KE}.d")) == ("message", (MID,), True)


def test_what_is_left_out_is_told_with_why() -> None:
    file = WHOLE.copy()
    del file.messages[ACK]
    file.inventory = {"left_out": [{"mid": ACK, "why": "recorded"}]}
    found, _ = judged(written(file))
    assert [(one.mid, one.why) for one in found.left_out] == [(ACK, "recorded")]


def test_members_of_a_later_version_in_the_inventory_are_passed_over() -> None:
    file = WHOLE.copy()
    file.inventory = {"later": 1}
    assert judged(written(file))[0].messages == 3


# ---------------------------------------------------------------- bounds


class Endless:
    """A file that begins well and never ends: it gives as many bytes as are asked for."""

    def __init__(self, start: bytes) -> None:
        self.start = start

    def readline(self, size: int, /) -> bytes:
        head, end, self.start = self.start.partition(b"\n")
        return head + end if end else b"[" * size

    def read(self, size: int, /) -> bytes:
        return b"[" * size


@pytest.mark.parametrize(("lines", "where"), [(0, (1, "file", "too-large")), (4, (5, "file", "too-large"))])
def test_a_line_without_end_costs_no_more_than_its_bound(lines: int, where: tuple[int, str, str]) -> None:
    start = b"".join(written(WHOLE).splitlines(keepends=True)[:lines])
    source = Endless(start)
    tracemalloc.start()
    with pytest.raises(EvidenceRefused) as refused:
        evidence.verify(source, PINS)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (refused.value.line, str(refused.value.piece), refused.value.code) == where
    assert peak < 32 << 20


def test_a_file_beyond_its_bound_is_refused_where_it_passes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_of, "MAX_FILE_BYTES", len(written(WHOLE)) - 1)
    assert refusal(WHOLE) == (7, "file", "too-large")


def test_an_inventory_of_more_lines_than_a_file_may_have_is_refused() -> None:
    file = WHOLE.copy()
    file.inventory = {"left_out": [{"mid": MID, "why": "x"}] * 2049}
    assert refusal(file) == (1, "inventory", "schema")
