"""``tracing evidence``: what is exported at a node is verified by anybody, with the file and digests alone."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.command.conftest import Command
from tests.command.test_elements import asked as asked  # noqa: PLC0414 - the same request by letter
from tests.commanding import Ended, command
from tests.dossiers.exhibits import lacking
from tracing.cli.exits import Exit
from tracing.desk.papers.embedded import evidence_in


@dataclass(frozen=True)
class Exported:
    """A file made at br's home, and the digest of br's root."""

    file: Path
    digest: str
    ended: Ended

    def verify(self, *words: object, pin: str | None = None) -> Ended:
        return command("evidence", "verify", self.file, "--pin", pin or f"br={self.digest}", *words)


@pytest.fixture
def exported(at_home: Command, asked: tuple[str, str], tmp_path: Path) -> Exported:
    file = tmp_path / "case.itx-evidence"
    ended = at_home("evidence", "export", asked[0], "-o", file, "--to", "Court of Rio", "--purpose", "court", "--json")
    assert ended.code == Exit.DONE, ended.err
    return Exported(file, at_home("root", "show", "--json").json["digest"], ended)


def test_evidence_of_a_case_is_verified_without_a_node(exported: Exported, asked: tuple[str, str]) -> None:
    case, mid = asked
    ended = exported.verify("--json", "--home", "/nowhere/at/all")
    said = ended.json
    assert (ended.code, said["ok"], said["case"], said["exported"]["to"]) == (Exit.DONE, True, case, "Court of Rio")
    assert [(one["mid"], one["of"], one["withheld"]) for one in said["messages"]] == [(mid, 4, [])]
    assert [each["name"] for each in said["messages"][0]["elements"]] == ["weapon", "found", "illicit.0", "rest"]


def test_the_export_names_what_its_reader_must_know(exported: Exported, asked: tuple[str, str]) -> None:
    said = exported.ended.json
    assert (said["pins"], said["messages"], said["withheld"]) == ({"br": exported.digest}, [asked[1]], 0)


def test_the_verdict_in_words_says_what_is_proved_and_what_is_not(exported: Exported) -> None:
    ended = exported.verify()
    assert ended.code == Exit.DONE
    for words in (
        "TRAINING", "Everything in this file holds", "br (", "said to xs", "Rio de Janeiro", "Court of Rio",
        "does not show that it was taken over", "Not proved:", "no signed head",
    ):  # fmt: skip
        assert words in ended.out


@pytest.fixture
def fonts_here() -> None:
    if said := lacking():
        pytest.skip(said)


def test_a_pdf_is_made_beside_it_and_verified_like_it(
    at_home: Command, exported: Exported, asked: tuple[str, str], tmp_path: Path, fonts_here: None
) -> None:
    file, pdf = tmp_path / "again", tmp_path / "case.pdf"
    made = at_home("evidence", "export", asked[0], "-o", file, "--dossier", pdf, "--language", "fr", "--json")
    assert (made.code, made.json["dossier"]["file"], made.json["dossier"]["cut"]) == (Exit.DONE, str(pdf), 0), made.err
    assert evidence_in(pdf.read_bytes()) == file.read_bytes()
    said = command("evidence", "verify", pdf, "--pin", f"br={exported.digest}", "--json").json
    assert (said["ok"], said["case"], said["not_proved"][-1].startswith("what the pages")) == (True, asked[0], True)


def test_a_pdf_is_made_alone(at_home: Command, asked: tuple[str, str], tmp_path: Path, fonts_here: None) -> None:
    made = at_home("evidence", "export", asked[0], "--dossier", tmp_path / "case.pdf")
    assert (made.code, "1 message" in made.out, (tmp_path / "case.pdf").read_bytes()[:5]) == (0, True, b"%PDF-"), (
        made.err
    )


def test_a_pdf_without_evidence_proves_nothing(exported: Exported) -> None:
    exported.file.write_bytes(b"%PDF-1.7\n%%EOF\n")
    ended = exported.verify("--json")
    assert (ended.code, ended.json["error"], "pdfdetach" in ended.err) == (Exit.INTEGRITY, "no-evidence", True)


@pytest.mark.parametrize("words", [(), ("--dossier", "D", "--language", "de"), ("-o", "D", "--dossier", "D")])
def test_what_goes_nowhere_or_in_no_language_is_not_exported(
    at_home: Command, asked: tuple[str, str], tmp_path: Path, words: tuple[str, ...]
) -> None:
    place = tmp_path / "case.pdf"
    ended = at_home("evidence", "export", asked[0], *(place if word == "D" else word for word in words))
    assert (ended.code, place.exists()) == (Exit.USAGE, False)


def test_one_message_is_exported_alone(at_home: Command, asked: tuple[str, str], tmp_path: Path) -> None:
    case, mid = asked
    made = at_home("evidence", "export", case, "--message", mid, "-o", tmp_path / "one", "--json")
    assert (made.code, made.json["messages"]) == (Exit.DONE, [mid])


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda data: data[:-1], 3),
        (lambda data: data + b"\n", 4),
        (lambda data: data.replace(b'{"inventory"', b'{"inventory "'), 1),
        (lambda data: data.replace(b'"card":', b'"card" :'), 2),
        (lambda data: data.replace(b'"withheld":[]', b'"withheld":[1]'), 3),
        (lambda _: b"", 1),
        (lambda _: b"PK\x03\x04" + bytes(1 << 22), 1),
        (lambda _: b"[" * (1 << 23), 1),
    ],
)
def test_an_altered_file_ends_with_6_and_says_where(
    exported: Exported, change: Callable[[bytes], bytes], line: int
) -> None:
    exported.file.write_bytes(change(exported.file.read_bytes()))
    ended = exported.verify("--json")
    assert (ended.code, ended.json["ok"], ended.json["line"]) == (Exit.INTEGRITY, False, line)
    assert ended.json["piece"] in ended.err


@pytest.mark.parametrize(("pin", "code"), [(f"br={'0' * 64}", 6), (f"at={'0' * 64}", 6), ("br", 2), ("=", 2)])
def test_a_root_that_is_not_the_one_known_proves_nothing(exported: Exported, pin: str, code: int) -> None:
    ended = exported.verify(pin=pin)
    assert (ended.code, ended.out) == (code, "")


def test_nothing_is_written_over(at_home: Command, exported: Exported, asked: tuple[str, str]) -> None:
    before = exported.file.read_bytes()
    ended = at_home("evidence", "export", asked[0], "-o", exported.file)
    assert (ended.code, exported.file.read_bytes()) == (Exit.USAGE, before)


@pytest.mark.parametrize(
    "words", [("br.0198c5f0000070008000000000000000",), ("nonsense",), ("CASE", "--message", "br:nothing")]
)
def test_what_is_not_there_makes_no_file(
    at_home: Command, asked: tuple[str, str], tmp_path: Path, words: tuple[str, ...]
) -> None:
    case, *more = words
    ended = at_home("evidence", "export", asked[0] if case == "CASE" else case, *more, "-o", tmp_path / "none")
    assert (ended.code, (tmp_path / "none").exists()) == (Exit.FAILED, False)
