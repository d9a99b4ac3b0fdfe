"""The schemas as the desk serves them: to anybody, because they say nothing of any case."""

import pytest

from protocol.schemas import published
from tests.desk.conftest import As


@pytest.mark.parametrize("path", ["index.json", "refusal.json", "vocabulary.json", "wire/envelope.json"])
async def test_a_published_schema_is_served_to_anybody(at_br: As, path: str) -> None:
    assert await at_br().get(f"/api/schemas/{path}") == (200, published()[path])


@pytest.mark.parametrize("path", ["nothing.json", "wire/nothing.json", "..%2Findex.json"])
async def test_a_schema_that_is_not_published_is_not_found(at_br: As, path: str) -> None:
    status, said = await at_br().get(f"/api/schemas/{path}")
    assert (status, said["code"]) == (404, "not-found")
