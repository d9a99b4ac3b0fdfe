"""National records: taken once, found by what was written, graded by how well it agrees."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql, sqlite

from tests.given import new_store
from tests.records.register import LIST, filled_store, rows_of, take
from tracing.records.grades import Grade
from tracing.records.mapping import Mapping
from tracing.records.national import _ADD, batches, by_serial, find, registers
from tracing.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with filled_store(tmp_path_factory.mktemp("register")) as filled:
        yield filled


def serials(store: Store, text: str, make: str = "") -> list[tuple[str, str]]:
    found = store.read_now(lambda view: by_serial(view, text, make))
    return [(each.record.serial_text, each.grade.value) for each in found]


def test_every_good_row_becomes_a_record(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    assert take(store, rows_of(LIST)) == len(LIST)
    store.close()


def test_taking_a_list_again_adds_nothing(tmp_path: Path) -> None:
    with filled_store(tmp_path) as store:
        assert take(store, rows_of(LIST)) == 0


def test_a_newer_export_of_the_register_adds_only_what_is_new(tmp_path: Path) -> None:
    with filled_store(tmp_path) as store:
        assert (
            take(store, rows_of(("exports,NEW1,Glock,17,9x19 mm,exported,2026-01-01,BRA,,", *LIST), "later.csv")) == 1
        )


def test_the_same_event_twice_in_a_list_is_one_record(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    assert take(store, rows_of((LIST[0], LIST[0]))) == 1
    store.close()


def test_nothing_is_written_for_rejects_alone(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    assert take(store, rows_of(("exports,eliminado,Glock,17,,exported,2016,BRA,,",))) == 0
    store.close()


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("exports,eliminado,Glock,17,,exported,2016,BRA,,", "serial"),
        ("exports,KXH411,Glock,17,,exported,2016,BRZ,,", "state"),
        ("exports,KXH411,Glock,17,,sent away,2016,BRA,,", "event"),
        ("exports,KXH411,Glock,17,,exported,last year,BRA,,", "event_date"),
        ("exports,KXH411,Glock,17,,,2016,BRA,,", "event"),
        ("exports,KXH411", "row"),
    ],
)
def test_a_row_that_could_answer_nothing_is_given_back(line: str, field: str) -> None:
    [row] = rows_of((line,))
    assert (row.body, [problem.field for problem in row.problems]) == (None, [field])


def test_a_register_that_is_not_named_is_told_by_the_kind_of_event() -> None:
    [row] = rows_of((",KXH411,Glock,17,,exported,2016,BRA,,",))
    assert (row.body or {})["registry"] == "exports"


def test_a_list_without_register_and_event_says_so() -> None:
    mapping = Mapping.parse('kind = "national_records"\n[columns]\nserial = "serial"')
    [row] = rows_of((LIST[0],), mapping=mapping)
    assert [problem.field for problem in row.problems] == ["registry", "event"]


def test_rows_may_be_set_aside_by_the_mapping() -> None:
    aside = '[[aside]]\nwhen = { make = "Glock" }\nreason = "not ours"'
    text = f'kind = "national_records"\n[columns]\nserial = "serial"\n{aside}'
    [row] = rows_of((LIST[0],), mapping=Mapping.parse(text))
    assert [problem.reason for problem in row.problems] == ["not ours"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("KXH411", [("KXH411", "exact"), ("KXH411", "exact")]),
        ("kxh-411", [("KXH411", "exact"), ("KXH411", "exact")]),
        ("KXH4I1", [("KXH411", "folded"), ("KXH411", "folded")]),
        ("SD55000", [("SD5500O", "folded")]),
        ("TDX902?", [("TDX9021", "partial"), ("TDX9022", "partial"), ("TDX9023", "partial")]),
        ("E12963", [("E?2963", "partial")]),
        ("KXH41", []),
        ("?????", []),
    ],
)
def test_a_serial_is_found_with_its_grade(store: Store, asked: str, found: list[tuple[str, str]]) -> None:
    assert serials(store, asked) == found


def test_a_make_narrows_the_look_at_records_that_are_partly_read(store: Store) -> None:
    assert (serials(store, "E12963", "Glock"), serials(store, "E12963", "Steyr")) == ([("E?2963", "partial")], [])


@pytest.mark.parametrize(
    ("text", "matched", "grade"),
    [
        ("Taurus", "make", Grade.EXACT),
        ("Forjas Taurus S.A.", "make", Grade.PARTIAL),
        ("PT 9", "model", Grade.PARTIAL),
        ("dealer ltd", "party", Grade.EXACT),
        ("EX-1", "licence", Grade.EXACT),
    ],
)
def test_words_are_found_in_make_model_party_and_licence(store: Store, text: str, matched: str, grade: Grade) -> None:
    best = store.read_now(lambda view: find(view, text))[0]
    assert (best.matched, best.grade) == (matched, grade)


def test_a_serial_stands_before_words(store: Store) -> None:
    found = store.read_now(lambda view: find(view, "KXH411"))
    assert {each.matched for each in found} == {"serial"}


def test_a_search_gives_no_more_than_was_asked_for(store: Store) -> None:
    assert len(store.read_now(lambda view: find(view, "TDX902?", 2))) == 2


def test_signs_of_the_database_have_no_meaning_in_a_search(store: Store) -> None:
    assert store.read_now(lambda view: find(view, "%")) == []


def test_the_registers_tell_which_years_they_span(store: Store) -> None:
    exports = next(each for each in store.read_now(registers) if each.name == "exports")
    assert (exports.first, exports.last, exports.records, exports.complete) == ("1988", "2016", 3, False)


def test_rows_go_in_portions() -> None:
    assert [len(batch) for batch in batches(rows_of(LIST), 5)] == [5, 5, 3]


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()], ids=["sqlite", "postgresql"])  # type: ignore[no-untyped-call]
def test_on_both_databases_the_constraint_decides(dialect: Dialect) -> None:
    assert "ON CONFLICT (row_digest) DO NOTHING" in str(_ADD.compile(dialect=dialect))
