"""The table, cell by cell, against an expectation written by hand from the domain page (7b.1)."""

from itertools import product

import pytest

from protocol.lifecycle import CONTRACT_VERBS, TABLE, VERBS, Kind, Role, State, diagram, kind_of

ASKS, ASKED = Role.REQUESTER, Role.REQUESTED

# One row for each state and side: what may be said, and the state it leads to. Whatever is not here is illegal.
EXPECTED: dict[tuple[str, str], dict[str, str]] = {
    ("draft", "requester"): {"trace_request": "sent"},
    ("sent", "requester"): {"information_supply": "sent", "withdrawal": "withdrawn"},
    ("delivered", "requester"): {"information_supply": "delivered", "withdrawal": "withdrawn"},
    ("delivered", "requested"): {
        "acknowledgement": "acknowledged",
        "information_request": "delivered",
        "delay_notice": "delivered",
        "interim_response": "partial",
        "final_response": "answered",
        "refusal": "refused",
    },
    ("acknowledged", "requester"): {"information_supply": "acknowledged", "withdrawal": "withdrawn"},
    ("acknowledged", "requested"): {
        "information_request": "acknowledged",
        "delay_notice": "acknowledged",
        "interim_response": "partial",
        "final_response": "answered",
        "refusal": "refused",
    },
    ("in_progress", "requester"): {"information_supply": "in_progress", "withdrawal": "withdrawn"},
    ("in_progress", "requested"): {
        "information_request": "in_progress",
        "delay_notice": "in_progress",
        "interim_response": "partial",
        "final_response": "answered",
        "refusal": "refused",
    },
    ("partial", "requester"): {"information_supply": "partial", "withdrawal": "withdrawn"},
    ("partial", "requested"): {
        "information_request": "partial",
        "delay_notice": "partial",
        "interim_response": "partial",
        "final_response": "answered",
        "refusal": "refused",
    },
    ("answered", "requester"): {"closure": "closed"},
    ("refused", "requester"): {"closure": "closed"},
    ("misdirected", "requester"): {"closure": "closed"},
    ("closed", "requested"): {"final_response": "answered"},
}

CELLS = list(product(State, Kind, Role))


@pytest.mark.parametrize(("state", "kind", "role"), CELLS, ids=[f"{s}-{k}-{r}" for s, k, r in CELLS])
def test_each_cell_leads_where_the_domain_page_says(state: State, kind: Kind, role: Role) -> None:
    assert TABLE.get((state, kind, role)) == EXPECTED.get((state, role), {}).get(kind)


def test_every_cell_is_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    legal = sum(len(row) for row in EXPECTED.values())
    with capsys.disabled():
        print(f"\nlifecycle: {len(CELLS)} cells, {legal} legal, {len(CELLS) - legal} illegal")  # noqa: T201 - the count is asked for
    assert (len(CELLS), len(TABLE)) == (12 * 10 * 2, legal)


def test_the_diagram_draws_every_legal_cell() -> None:
    lines = diagram().splitlines()
    assert all(f"    {state} --> {after}: {kind} ({role})" in lines for (state, kind, role), after in TABLE.items())


def test_every_verb_that_says_something_is_a_verb_of_the_contract() -> None:
    assert set(VERBS) <= set(CONTRACT_VERBS)


def test_the_contract_names_twenty_five_verbs() -> None:
    assert len(set(CONTRACT_VERBS)) == 25


def test_every_kind_but_the_request_has_a_verb() -> None:
    said = {kind_of(verb, final=final) for verb in VERBS for final in (True, False)}
    assert said == set(Kind) - {Kind.TRACE_REQUEST}


def test_an_answer_that_is_not_final_is_an_interim_response() -> None:
    assert kind_of("answer", final=False) is Kind.INTERIM_RESPONSE


def test_a_verb_that_says_nothing_yet_has_no_kind() -> None:
    assert kind_of("refer") is None
