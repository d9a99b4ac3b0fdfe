"""``tracing bundle``: messages by file, at homes whose nodes do not run."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.commanding import Ended, command
from tracing.demo.sample import request


class Pair:
    """Two homes that know each other, reached by file."""

    def __init__(self, folder: Path, founded: dict[str, Path], kept: Path) -> None:
        self.folder, self.kept = folder, kept
        for name in ("br", "at"):
            shutil.copytree(founded[name], folder / name)
        for one, other in (("br", "at"), ("at", "br")):
            shutil.copy(founded[f"{other}.card"], folder / f"{other}.card")
            digest = self.at(other, "card", "-o", folder / "again.card").document["digest"]
            self.at(one, "counterpart", "add", folder / f"{other}.card", "--confirm", digest)
            assert self.at(one, "counterpart", "carriage", other, "file").document["carriage"] == "file"

    def at(self, name: str, *words: object) -> Ended:
        return command("--home", self.folder / name, "--passphrase-file", self.kept, "--json", *words)

    def ask(self) -> str:
        file = self.folder / "request.json"
        file.write_text(json.dumps(request("at", "Glock", "17", "9x19 mm", "AUT", "CMD0417")), "utf-8")
        return str(self.at("br", "request", "send", file).document["case"])

    def stages(self, case: str) -> list[tuple[str, str]]:
        shown: dict[str, Any] = self.at("br", "case", "show", case).document
        return [(one["stage"], one["carrier"]) for one in shown["delivery"]]


@pytest.fixture
def pair(tmp_path: Path, founded: dict[str, Path], kept: Path) -> Pair:
    return Pair(tmp_path, founded, kept)


def test_a_request_goes_there_and_its_receipts_come_back(pair: Pair) -> None:
    case, there, back = pair.ask(), pair.folder / "there.itx", pair.folder / "back.itx"
    assert pair.stages(case) == [("queued", "file")]
    made = pair.at("br", "bundle", "export", "--to", "at", "-o", there).document
    assert (made["envelopes"], made["receipts"], [one["file"] for one in made["files"]]) == (1, 0, [str(there)])
    assert pair.stages(case) == [("sent", "file")]
    for accepted, known in ((1, 0), (0, 1)):
        taken = pair.at("at", "bundle", "import", there, "-o", back).document
        [one] = taken["bundles"]
        assert (one["accepted"], one["known"], one["left_out"]) == (accepted, known, 0)
        assert taken["reply"]["receipts"] == 2
    assert pair.at("br", "bundle", "import", back).document["bundles"][0]["receipts"] == 2
    assert pair.stages(case) == [("opened", "file")]
    for name in ("br", "at"):
        assert pair.at(name, "audit", "verify").document["ok"]


def test_a_bundle_that_is_cut_ends_with_6_and_changes_nothing(pair: Pair) -> None:
    case, there = pair.ask(), pair.folder / "there.itx"
    pair.at("br", "bundle", "export", "--to", "at", "-o", there)
    there.write_bytes(there.read_bytes()[:300])
    ended = pair.at("at", "bundle", "import", there)
    assert (ended.code, ended.json["bundles"][0]["refused"], ended.json["reply"]) == (6, "not-a-bundle", None)
    assert case not in pair.at("at", "case", "list").out


def test_what_is_left_out_ends_with_3(pair: Pair) -> None:
    pair.ask()
    there = pair.folder / "there.itx"
    pair.at("br", "bundle", "export", "--to", "at", "-o", there)
    content = there.read_bytes()
    middle = content.index(b'"ct":"') + 100
    there.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    ended = pair.at("at", "bundle", "import", there)
    [one] = ended.json["bundles"]
    assert (ended.code, one["accepted"], [fault["code"] for fault in one["faults"]]) == (3, 0, ["damaged"])


def test_parts_are_for_sizes_that_something_fits(pair: Pair) -> None:
    for size, said in (("1 MiB", "at least"), ("big", "MiB or GiB")):
        ended = pair.at("br", "bundle", "export", "--to", "at", "-o", pair.folder / "there.itx", "--split", size)
        assert (ended.code, said in ended.err) == (2, True)
    assert list(pair.folder.glob("there*")) == []


def test_nothing_is_made_for_somebody_nobody_knows(pair: Pair) -> None:
    ended = pair.at("br", "bundle", "export", "--to", "xb", "-o", pair.folder / "there.itx")
    assert (ended.code, "no counterpart 'xb'" in ended.err, list(pair.folder.glob("there*"))) == (1, True, [])


def test_a_list_of_counterparts_says_who_is_reached_by_file(pair: Pair) -> None:
    assert [one["by"] for one in pair.at("br", "counterpart", "list").document] == ["file"]
    pair.at("br", "counterpart", "carriage", "at", "online")
    assert [one["by"] for one in pair.at("br", "counterpart", "list").document] == ["node"]
