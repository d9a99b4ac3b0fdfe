"""The table, cell by cell, against the domain page as it was copied by hand (``page.py``)."""

from itertools import product

import pytest

from protocol.lifecycle import CONTRACT_VERBS, OUTSIDE_CASES, TABLE, VERBS, Kind, Role, State, When, diagram, kind_of
from tests.domain.page import PAGE

ONLY_IF = {
    "": When.ALWAYS,
    "withdrawal unconfirmed": When.UNCONFIRMED,
    "9 to 13 was said": When.LIMITED_OR_ANSWERED,
    "O3": When.CLARIFICATION_OPEN,
    "10 or 11 was said": When.ANSWER_GIVEN,
    "the other asked for it": When.CONSENT_ASKED,
    "the other announced it": When.DISCLOSURE_ANNOUNCED,
    "the other owes something": When.OWED,
    "S12": When.LAPSED,
}
"""The words of the page beside those of the table."""

CELLS = list(product(State, Kind, Role))


def test_each_cell_leads_where_the_domain_page_says() -> None:
    found = {cell: (rule.leads_to, rule.when) for cell, rule in TABLE.items()}
    assert found == {cell: (leads_to, ONLY_IF[only_if]) for cell, (leads_to, only_if) in PAGE.items()}


def test_every_cell_is_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    conditional = sum(rule.when is not When.ALWAYS for rule in TABLE.values())
    with capsys.disabled():
        print(  # noqa: T201 - the count is asked for
            f"\nlifecycle: {len(CELLS)} cells of state, message and role: {len(PAGE) - conditional} legal, "
            f"{conditional} legal on a condition, {len(CELLS) - len(PAGE)} illegal"
        )
    assert (len(CELLS), len(TABLE)) == (12 * 30 * 2, len(PAGE))


def test_every_condition_is_one_of_the_page() -> None:
    assert {rule.when for rule in TABLE.values()} == set(When) == set(ONLY_IF.values())


def test_what_is_said_outside_cases_stands_nowhere_in_the_table() -> None:
    of_cases = {kind for _, kind, _ in TABLE}
    assert OUTSIDE_CASES - of_cases == OUTSIDE_CASES - {Kind.SPONTANEOUS_INFORMATION}
    assert of_cases | OUTSIDE_CASES == set(Kind)


def test_the_diagram_draws_every_move_from_state_to_state() -> None:
    lines = diagram().splitlines()
    moves = {cell: rule for cell, rule in TABLE.items() if rule.leads_to is not cell[0]}
    assert all(
        any(line.startswith(f"    {state} --> {rule.leads_to}: {kind} ({role})") for line in lines)
        for (state, kind, role), rule in moves.items()
    )


def test_the_diagram_notes_beside_a_state_what_leaves_it_as_it_is() -> None:
    drawn = diagram()
    note = drawn[drawn.index("note right of withdrawn") :].split("end note")[0]
    assert "acknowledgement (requested), the withdrawal is not confirmed yet" in note
    assert "amendment" not in note


def test_every_verb_that_says_something_is_of_the_contract_or_informs() -> None:
    assert set(VERBS) - set(CONTRACT_VERBS) == {"inform"}


def test_the_contract_names_twenty_five_verbs_of_which_two_say_nothing_of_their_own() -> None:
    assert (len(set(CONTRACT_VERBS)), set(CONTRACT_VERBS) - set(VERBS)) == (25, {"approve", "record"})


def test_every_kind_of_a_case_but_the_request_has_a_verb() -> None:
    said = {kind_of(verb, final=final) for verb in VERBS for final in (True, False)}
    assert said == {kind for _, kind, _ in TABLE} - {Kind.TRACE_REQUEST}


def test_an_answer_that_is_not_final_is_an_interim_response() -> None:
    assert kind_of("answer", final=False) is Kind.INTERIM_RESPONSE


def test_a_verb_that_says_nothing_of_its_own_has_no_kind() -> None:
    assert [kind_of(verb) for verb in ("approve", "record")] == [None, None]
