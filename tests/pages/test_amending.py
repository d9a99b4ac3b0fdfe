"""An amendment out of a form that showed the whole request: what differs is sent whole, the rest is not sent again."""

from typing import Any

import pytest

from tests.pages.scene import request
from tracing.desk.pages.acts import ACTS
from tracing.desk.pages.amending import changed
from tracing.desk.pages.forms import flatten

AMEND = ACTS["amend"]
MARKED = {"kind": "import_mark", "text": "BRA 2016", "component": "frame", "status": "original", "note": "faint"}
REQUEST = {name: value for name, value in request("at", "ABC123", markings=[MARKED]).items() if name != "to"}


def amended(request: dict[str, Any] | None = None, **typed: list[str]) -> dict[str, Any]:
    """The body that comes of a form prefilled with the request in which some fields were changed."""
    asked = request or REQUEST
    return changed(AMEND, asked, flatten(asked) | {name.replace("__", "."): value for name, value in typed.items()})


def test_what_nobody_changed_is_not_said() -> None:
    assert amended() == {}


def test_a_weapon_with_another_serial_is_given_whole() -> None:
    weapon = REQUEST["weapon"] | {"serial": REQUEST["weapon"]["serial"] | {"text": "ABC128"}}
    assert amended(weapon__serial__text=["ABC128"]) == {"weapon": weapon}


def test_what_the_form_does_not_show_is_kept() -> None:
    weapon = amended(weapon__make=["Norinco"])["weapon"]
    assert weapon["markings"] == [MARKED]


def test_a_mark_that_was_read_again_keeps_its_note() -> None:
    weapon = amended(weapon__markings__0__text=["BRA 2018"])["weapon"]
    assert weapon["markings"] == [MARKED | {"text": "BRA 2018"}]


def test_a_mark_that_was_added_stands_beside_those_that_were_there() -> None:
    weapon = amended(weapon__markings__1__kind=["proof_mark"])["weapon"]
    assert weapon["markings"] == [MARKED, {"kind": "proof_mark"}]


def test_marks_beyond_the_rows_of_a_form_are_kept() -> None:
    marks = [MARKED | {"text": f"M{at}"} for at in range(50)]
    asked = REQUEST | {"weapon": REQUEST["weapon"] | {"markings": marks}}
    assert amended(asked, weapon__make=["Norinco"])["weapon"]["markings"] == marks


def test_the_order_of_ticks_means_nothing() -> None:
    assert amended(sought=["last_legal_holder", "export_record"]) == {}


@pytest.mark.parametrize("member", ["reply_by", "contact"])
def test_a_member_that_was_empty_is_given(member: str) -> None:
    assert amended(**{member: ["2099-01-01"]}) == {member: "2099-01-01"}
