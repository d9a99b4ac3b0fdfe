"""The list of firearms seized in Rio de Janeiro in 2022, as it is: every row is taken or given back with its reason.

Published beside the result: the split by reason, and how the serials of the rows taken were found.
"""

from collections import Counter
from pathlib import Path

import pytest

from protocol.messages import words_in
from tests.shared import SHARED, needs_shared
from tracing.records.importing import Row, read_requests
from tracing.records.mapping import Mapping
from tracing.records.rejects import Rejects
from tracing.records.sheets import Sheet

LIST = ("data", "seized_firearms", "seized_firearms_2022.csv")
MAPPING = Path(__file__).with_name("mapping_rj_2022.toml")

pytestmark = needs_shared(*LIST)

ROWS = 1679
ACCEPTED = 1476
REJECTED = {
    ("weapon", "make, model and serial are all unknown: nothing by which a record could be found (ITI 17(b))"): 183,
    (
        "illicit",
        "recorded as of lawful origin, and no ground on which it would be illicit is given (ITI 16 and 17(a))",
    ): 13,
    ("weapon.type", "home-made: no manufacturer and no State of manufacture that could be asked"): 7,
}
SERIALS = {  # status, whether there is a text
    ("original", True): 1107,
    ("illegible_part", True): 20,
    ("re_stamped", True): 3,
    ("obliterated", False): 184,
    ("unknown", False): 154,
    ("see_notes", False): 4,
    ("altered", False): 2,
    ("absent", False): 2,
}


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    mapping = Mapping.load(MAPPING)
    with Sheet.open(SHARED.joinpath(*LIST), mapping) as sheet:
        return list(read_requests(sheet, mapping, to="at"))


def test_accepted_and_rejected_are_all_the_rows_there_are(rows: list[Row]) -> None:
    accepted = sum(row.body is not None for row in rows)
    assert (len(rows), accepted, len(rows) - accepted) == (ROWS, ACCEPTED, ROWS - ACCEPTED)


def test_the_split_by_reason_is_the_published_one(rows: list[Row]) -> None:
    reasons = Counter((problem.field, problem.reason) for row in rows for problem in row.problems)
    assert (reasons, sum(REJECTED.values())) == (REJECTED, ROWS - ACCEPTED)


def test_every_reject_names_its_row_a_field_and_a_reason(rows: list[Row]) -> None:
    problems = [(row.number, problem) for row in rows if row.body is None for problem in row.problems]
    assert all(problem.row == number and problem.field and problem.reason for number, problem in problems)


def test_the_kinds_of_serial_stay_apart(rows: list[Row]) -> None:
    serials = [row.body["weapon"]["serial"] for row in rows if row.body]
    assert Counter((serial["status"], serial["text"] is not None) for serial in serials) == SERIALS


def test_no_word_became_a_serial(rows: list[Row]) -> None:
    weapons = [row.body["weapon"] for row in rows if row.body]
    marks = [mark for weapon in weapons for mark in (weapon["serial"], *weapon["markings"]) if mark.get("text")]
    assert [mark for mark in marks if mark.get("kind", "serial") == "serial" and words_in(mark["text"])] == []


def test_every_row_has_an_identity_of_its_own(rows: list[Row]) -> None:
    assert len({row.digest for row in rows}) == ROWS


def test_weapons_given_up_freely_are_not_called_seized(rows: list[Row]) -> None:
    assert Counter(row.body["found"]["mode"] for row in rows if row.body)["surrendered"] > 0


def test_the_rejects_come_back_in_a_file(rows: list[Row], tmp_path: Path) -> None:
    mapping = Mapping.load(MAPPING)
    with Sheet.open(SHARED.joinpath(*LIST), mapping) as sheet, Rejects(tmp_path / "rejects.csv", sheet) as rejects:
        for row in rows:
            if row.problems:
                rejects.add(row)
    with Sheet.open(tmp_path / "rejects.csv", mapping) as again:
        assert [cells.values[:-1] for cells in again] == [row.cells for row in rows if row.problems]
