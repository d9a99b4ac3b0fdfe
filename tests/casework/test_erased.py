"""A case whose content key was destroyed: its content is refused everywhere, and nothing else breaks."""

from typing import Any

import pytest
from sqlalchemy import select, update

from tests.casework.voice import BODIES, Voice
from tests.given import new_store
from tests.world import OFFICER, TABLES, World
from tracing.store import cases as lists
from tracing.store.cases import CaseQuery, DeadlineQuery
from tracing.store.content import Erased, case_key, hide, index_words, show, show_json
from tracing.tables import SearchToken, table_of

CASE, tokens = TABLES["case"], table_of(SearchToken)


async def erased(trio: World, br: Voice) -> str:
    """A received case with two messages, then its key destroyed."""
    case_id, request = await br.asks()
    await br.heard(request)
    await br.heard(await br.says("information_supply", thread=case_id, re=(request,)))
    await trio.settled()
    await trio["at"].store.write(
        lambda tx: tx.conn.execute(update(CASE).where(CASE.c.id == case_id).values(content_key=None))
    )
    return case_id


async def test_an_erased_case_is_refused_and_not_shown_in_part(trio: World, br: Voice) -> None:
    case_id = await erased(trio, br)
    with pytest.raises(Erased):
        await trio.case("at", case_id)


@pytest.mark.parametrize("verb", ["acknowledge", "answer"])
async def test_nothing_is_said_in_an_erased_case(trio: World, br: Voice, verb: str) -> None:
    case_id = await erased(trio, br)
    before = await trio.counts("at")
    body: dict[str, Any] = BODIES["final_response"] if verb == "answer" else {}
    with pytest.raises(Erased):
        await trio["at"].office.move(OFFICER, case_id, verb, body)
    assert await trio.counts("at") == before


async def test_lists_go_on_beside_an_erased_case_and_show_nothing_of_it(trio: World, br: Voice) -> None:
    case_id = await erased(trio, br)
    store = trio["at"].store
    page = await store.read(lambda view: lists.list_cases(view, CaseQuery(box="received", limit=200), 0))
    (item,) = [one for one in page.items if one["case"] == case_id]
    assert (item["title"], item["weapon"], item["reference"]) == ("", None, None)
    due = await store.read(lambda view: lists.list_deadlines(view, DeadlineQuery(limit=200), 0))
    assert {one["title"] for one in due.items if one["case"] == case_id} == {""}


async def test_the_trail_of_an_erased_case_still_holds(trio: World, br: Voice) -> None:
    await erased(trio, br)
    assert trio.audit("at").ok


# ---------------------------------------------------------------- content at rest


def test_content_is_read_back_from_its_own_place_only(tmp_path: Any) -> None:
    store = new_store(tmp_path)

    def look(view: Any) -> None:
        _, key = view.cipher.new_key()
        blob = hide(view, key, {"a": 1}, "case", "draft", "1")
        assert show_json(view, key, blob, "case", "draft", "1") == {"a": 1}
        assert show(view, key, hide(view, key, b"bytes", "x"), "x") == b"bytes"
        with pytest.raises(Exception, match="does not open"):
            show(view, key, blob, "case", "draft", "2")
        with pytest.raises(Exception, match="does not open"):
            show(view, key, blob, "case", "draft\x1f1\x1f")

    store.read_now(look)
    store.close()
    assert tmp_path.exists()


async def test_the_words_a_case_is_found_by_rest_unreadable(trio: World, br: Voice) -> None:
    case_id, request = await br.asks(reference="canaryword")
    await br.heard(request)
    query = select(tokens.c.token).where(tokens.c.case_id == case_id)
    found = await trio["at"].store.read(lambda view: list(view.conn.execute(query).scalars()))
    assert len(found) >= 5
    assert not any("canaryword" in token or "glock" in token for token in found)


async def test_a_case_without_words_is_found_by_none(trio: World, br: Voice) -> None:
    case_id, request = await br.asks(weapon={})
    await br.heard(request)
    await trio["at"].store.write(lambda tx: index_words(tx, case_id, set()))
    query = select(tokens.c.token).where(tokens.c.case_id == case_id)
    assert await trio["at"].store.read(lambda view: view.conn.execute(query).all()) == []


async def test_the_key_of_a_case_opens_its_content(trio: World, br: Voice) -> None:
    case_id, request = await br.asks()
    await br.heard(request)

    def look(view: Any) -> Any:
        row = view.conn.execute(select(CASE).where(CASE.c.id == case_id)).one()
        return show_json(view, case_key(view, row), row.summary, case_id, "summary")

    assert (await trio["at"].store.read(look))["title"] == "Glock 17, ABC123"
