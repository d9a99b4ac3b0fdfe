"""A history rewritten with the real keys, against what one counterpart holds: found, and the first bad entry named."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.errors import SchemaInvalid
from tests.audit.rewriting import WAYS, Log, alterations, append, judged
from tracing.audit import Vouched
from tracing.audit.vouched import read_file, write_file

SLICE, SEED = 40, 1  # of each way; `make rewriting` takes all of them


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    made = Log(tmp_path_factory.mktemp("rewritten"))
    yield made
    made.store.close()


def test_the_unaltered_log_holds_against_what_its_witness_has(log: Log) -> None:
    assert log.first_bad() is None


@pytest.mark.parametrize("way", WAYS)
def test_what_was_rewritten_with_the_real_keys_is_named_by_its_first_entry(log: Log, way: str) -> None:
    wrong = [judged(log, altered) for altered in alterations(way, log.entries, SLICE, SEED)]
    assert [said for said in wrong if said is not None] == []
    assert len(wrong) == SLICE


def test_there_are_44850_swaps_of_300_entries() -> None:
    assert {way: len(alterations(way, 300, None, SEED)) for way in WAYS} == {
        "edits": 900, "deletions": 600, "insertions": 300, "truncations": 600, "swaps": 44_850,
    }  # fmt: skip


def test_the_checkpoint_alone_finds_a_rewritten_history_and_says_below_what_it_is(log: Log) -> None:
    (altered,) = [one for one in alterations("edits", log.entries, None, SEED) if one.first == 200 and one.signed][:1]
    whole, log.vouched = log.vouched, Vouched("at", log.vouched.size, log.vouched.root, log.vouched.by)
    try:
        said = log.first_bad(altered)
    finally:
        log.vouched = whole
    assert str(said).startswith("at:0: the checkpoint that at cosigned over 300 entries promised another history")


def test_a_log_that_grew_since_holds_against_what_its_witness_has(tmp_path: Path) -> None:
    log = Log(tmp_path, 20)
    log.store.write_now(lambda tx: append(tx, 20))
    log.store.write_now(log.checkpoints.sign_due)
    assert log.first_bad() is None
    log.store.close()


# ---------------------------------------------------------------- the file of a witness


NOTE = "origin\n2\n" + "A" * 43 + "=\n\n\u2014 origin AAAAAAE=\n"


def test_a_file_with_the_note_alone_has_no_hashes() -> None:
    assert read_file("".join(write_file(NOTE, []))) == (NOTE, b"")


@pytest.mark.parametrize(
    "rest", ["*\n", "AAAA\n", "A" * 43 + "=\n", ("A" * 43 + "=\n") * 2], ids=["none", "short", "few", "other"]
)
def test_hashes_that_are_not_those_of_the_note_are_refused(rest: str) -> None:
    with pytest.raises(SchemaInvalid):
        read_file(f"{NOTE}\n{rest}")
