"""Cases over the API: opening, moving, listing, reading."""

from tests.desk.conftest import As
from tests.desk.station import request_body


async def test_a_request_opens_a_case_and_says_how_far_it_came(at_br: As) -> None:
    status, said = await at_br("ada").post("/api/v1/requests", request_body())
    assert (status, said["state"], said["counterpart"], said["delivery"]) == (201, "sent", "at", "queued")
