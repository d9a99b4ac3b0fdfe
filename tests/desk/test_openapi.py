"""The description of the API: complete, made from the routes, true of the answers."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.desk.conftest import As
from tests.desk.station import Station, open_desk_again
from tracing.casework.policy import ROLES
from tracing.casework.verbs import VERBS
from tracing.desk.app import make_app
from tracing.desk.routes import ROUTES


@pytest.fixture
async def document(at_br: As) -> dict[str, Any]:
    status, said = await at_br().get("/api/openapi.json")
    assert status == 200
    return dict(said)


async def test_every_route_of_the_api_is_listed_but_the_one_for_unknown_verbs(
    document: dict[str, Any], br: Station
) -> None:
    live = {
        (each.method, each.path)
        for each in make_app(open_desk_again(br))[ROUTES].values()
        if each.path.startswith("/api/")
    }
    listed = {(method.upper(), path) for path, operations in document["paths"].items() for method in operations}
    assert live - listed == {("POST", "/api/v1/cases/{case}/{verb}"), ("POST", "/api/v1/dossiers/{dossier}/{verb}")}


async def test_nothing_is_listed_that_does_not_exist(document: dict[str, Any], br: Station) -> None:
    live = {(each.method.lower(), each.path) for each in make_app(open_desk_again(br))[ROUTES].values()}
    assert {(method, path) for path, operations in document["paths"].items() for method in operations} <= live


async def test_it_is_of_version_3_1_with_unique_names_of_operations(document: dict[str, Any]) -> None:
    names = [each["operationId"] for each in operations(document)]
    assert (document["openapi"], len(names)) == ("3.1.0", len(set(names)))


async def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    wanted = re.findall(r'"\$ref": "#/components/(\w+)/([\w.-]+)"', json.dumps(document))
    assert [name for kind, name in wanted if name not in document["components"][kind]] == []


async def test_every_parameter_of_a_path_is_described(document: dict[str, Any]) -> None:
    wrong = []
    for path, found in document["paths"].items():
        for each in found.values():
            described = {one["name"] for one in each["parameters"] if one["in"] == "path"}
            wrong += [path] if described != set(re.findall(r"\{(\w+)\}", path)) else []
    assert wrong == []


async def test_every_route_says_which_roles_may_use_it(document: dict[str, Any]) -> None:
    approve = document["paths"]["/api/v1/cases/{case}/approve"]["post"]
    entries = document["paths"]["/api/v1/audit/entries"]["get"]
    assert (approve["x-roles"], entries["x-roles"]) == (
        ["approver"],
        sorted(role for role, verbs in ROLES.items() if "audit" in verbs),
    )


async def test_the_body_of_a_request_is_described_with_its_members(document: dict[str, Any]) -> None:
    schema = document["paths"]["/api/v1/requests"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    members = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"]
    assert {"to", "weapon", "found", "illicit", "intended_use", "confidentiality"} <= set(members)


def entered(document: dict[str, Any], verb: str) -> dict[str, Any]:
    """The schema of the body of an act."""
    operation = document["paths"][f"/api/v1/cases/{{case}}/{verb}"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return dict(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])


async def test_the_body_of_every_act_says_that_it_may_bear_attachments(document: dict[str, Any]) -> None:
    verbs = sorted({*VERBS, "record"} - {"request"})
    bearing = [verb for verb in verbs if "attachments" in entered(document, verb)["properties"]]
    assert (bearing, "attachments" in entered(document, "approve")["properties"]) == (verbs, False)
    request = document["paths"]["/api/v1/requests"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert "attachments" in document["components"]["schemas"][request["$ref"].rpartition("/")[2]]["properties"]


async def test_the_elements_of_an_act_are_named_by_text_or_by_message_and_name(document: dict[str, Any]) -> None:
    for verb, member in (("consent-request", "elements"), ("correct", "replaces"), ("inform", "pass_on")):
        kinds = entered(document, verb)["properties"][member]["items"]["anyOf"]
        assert [sorted(one) for one in kinds] == [["type"], ["$ref"]]


async def test_the_day_of_a_recorded_reply_need_not_be_named(document: dict[str, Any]) -> None:
    assert sorted(entered(document, "record")["required"]) == ["channel", "kind"]


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for found in document["paths"].values():
        yield from found.values()
