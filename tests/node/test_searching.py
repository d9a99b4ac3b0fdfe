"""A search finds the same cases whether few or many hold its words."""

from collections.abc import Iterator

import pytest
from sqlalchemy import insert

from tests.given import new_store
from tracing.store import Store, Tx
from tracing.store.cases import CaseQuery, list_cases
from tracing.store.content import index_words
from tracing.store.searching import MOST_FOUND, find
from tracing.tables import Case, Counterpart, table_of

MANY = MOST_FOUND + 40
_cases, _counterparts = table_of(Case), table_of(Counterpart)
WORDS = {"all": 1, "third": 3, "hundredth": 100, "rare": MANY - 1}  # every how many cases hold it


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = new_store(tmp_path_factory.mktemp("searched"))
    made.write_now(_fill)
    yield made
    made.close()


def _fill(tx: Tx) -> None:
    peer = {"authority": "at", "country": "AUT", "name": "at", "pinned_ms": 0, "pinned_by": "x"}
    tx.conn.execute(insert(_counterparts).values(peer))
    for number in range(MANY):
        wrapped, _ = tx.cipher.new_key()
        times = {"opened_ms": number, "updated_ms": number, "counted": "", "content_key": None, "summary": wrapped}
        case = {"id": f"br.{number:04d}", "counterpart": "at", "direction": "sent", "state": "sent"} | times
        tx.conn.execute(insert(_cases).values(case | {"priority": "routine"}))
        index_words(tx, case["id"], {word for word, every in WORDS.items() if number % every == 0})


def found(store: Store, words: set[str], phrases: set[str], limit: int = 200) -> list[str]:
    """The ids of all pages."""
    ids: list[str] = []
    cursor: str | None = None
    while True:
        query = CaseQuery(words=frozenset(words), phrases=frozenset(phrases), cursor=cursor, limit=limit)
        page = store.read_now(lambda view, query=query: list_cases(view, query, 0))  # type: ignore[misc]
        ids += [item["case"] for item in page.items]
        if (cursor := page.next) is None:
            return ids


@pytest.mark.parametrize(
    "words", [{"all"}, {"third"}, {"all", "third"}, {"third", "hundredth"}, {"rare", "all"}, {"no"}]
)
@pytest.mark.parametrize("phrases", [set(), {"rare"}, {"all"}, {"no"}])
def test_a_search_finds_what_holds_all_words_or_one_phrase(store: Store, words: set[str], phrases: set[str]) -> None:
    holds = [{word for word, every in WORDS.items() if number % every == 0} for number in range(MANY)]
    wanted = [f"br.{number:04d}" for number, held in enumerate(holds) if words <= held or phrases & held]
    assert found(store, words, phrases) == wanted[::-1]


@pytest.mark.parametrize(("words", "is_few"), [({"all"}, False), ({"third"}, True), ({"all", "rare"}, True)])
def test_what_few_cases_hold_is_looked_up_by_their_ids(store: Store, words: set[str], is_few: bool) -> None:  # noqa: FBT001
    assert store.read_now(lambda view: find(view, frozenset(words), frozenset())).is_few is is_few
