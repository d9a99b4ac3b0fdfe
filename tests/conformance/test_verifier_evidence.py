"""The second verifier on evidence of a case: of one mind with ours on the whole file, and on every alteration of it."""

import io
import json
from pathlib import Path

import pytest

from keys import evidence
from tests.conformance import verifier
from tests.conformance.test_verifier import run
from tests.wire.exhibits import ACK, DOSSIER, PINS, WHOLE, written
from tests.wire.spoiling import Spoilt, all_spoilt

Verdict = tuple[int, str, str]
PINNED = [word for name, pin in PINS.items() for word in ("--pin", f"{name}={pin}")]


def of_ours(one: Spoilt) -> Verdict | None:
    try:
        evidence.verify(io.BytesIO(one.data), one.pins)
    except evidence.EvidenceRefused as refused:
        return refused.line, str(refused.piece), refused.code
    return None


def of_the_other(one: Spoilt) -> Verdict | None:
    try:
        verifier.Evidence(io.BytesIO(one.data), one.pins).run()
    except verifier.Broken as broken:
        return broken.line, broken.piece, broken.code
    return None


def test_both_name_the_same_line_piece_and_code_of_every_alteration() -> None:
    found = {one.name: (of_ours(one), of_the_other(one)) for one in all_spoilt()}
    assert {name: both for name, both in found.items() if None in both or both[0] != both[1]} == {}
    assert len(found) > 300


def test_the_unaltered_file_verifies_alone_without_node_network_and_package(tmp_path: Path) -> None:
    (tmp_path / "case.itx-evidence").write_bytes(written(WHOLE))
    ended = run("evidence", "case.itx-evidence", *PINNED, where=tmp_path)
    said = json.loads(ended.stdout)
    assert (ended.returncode, said["proved"], said["head"]["cosigned"]) == (0, True, True)
    assert [one["mid"] for one in said["messages"]][1:] == [ACK, DOSSIER]
    assert said["messages"][0]["withheld"] == [{"position": 2, "why": ["no_dissemination"]}]


@pytest.mark.parametrize("name", ["signatures of at: by the other side", "head: another root, signed"])
def test_the_command_names_what_failed_first(tmp_path: Path, name: str) -> None:
    one = next(each for each in all_spoilt() if each.name == name)
    (tmp_path / "case").write_bytes(one.data)
    ended = run("evidence", "case", *PINNED, where=tmp_path)
    said = json.loads(ended.stdout)
    assert (ended.returncode, said["proved"]) == (3, False)
    assert (said["line"], said["piece"], said["code"]) == (one.line, one.piece, one.code)
