"""The strict reader and the canonical writer of JSON."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import strictjson
from protocol.errors import ProtocolError, SchemaInvalid, TooLarge
from tests.shared import SHARED, needs_shared

SUITE = SHARED / "vectors" / "jsontestsuite" / "test_parsing"
JCS = SHARED / "vectors" / "jcs" / "testdata"
MOST = 1 << 20

# The valid files that the profile leaves out, each for its reason.
OUT_OF_PROFILE = {
    "y_object_duplicated_key.json": "duplicate member",
    "y_object_duplicated_key_and_value.json": "duplicate member",
} | dict.fromkeys(
    [
        "y_number.json", "y_number_0e+1.json", "y_number_0e1.json", "y_number_double_close_to_zero.json",
        "y_number_int_with_exp.json", "y_number_real_capital_e.json", "y_number_real_capital_e_neg_exp.json",
        "y_number_real_capital_e_pos_exp.json", "y_number_real_exponent.json",
        "y_number_real_fraction_exponent.json", "y_number_real_neg_exp.json", "y_number_real_pos_exponent.json",
        "y_number_simple_real.json", "y_object_extreme_numbers.json", "y_structure_lonely_negative_real.json",
    ],
    "floating point number",
)  # fmt: skip

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-strictjson.MAX_INTEGER, strictjson.MAX_INTEGER)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(max_codepoint=127)), inner),
    max_leaves=20,
)


ALMOST_JSON = st.binary(max_size=60) | st.text('[]{}",:\\u0d8 1e.-', max_size=40).map(str.encode)


def nested(deep: int) -> Any:
    return [nested(deep - 1)] if deep else 0


def is_taken(data: bytes) -> bool:
    try:
        strictjson.load(data, MOST)
    except ProtocolError:
        return False
    return True


def files(first: str) -> list[Path]:
    return sorted(SUITE.glob(f"{first}_*.json"))


@needs_shared("vectors", "jsontestsuite")
def test_all_188_files_of_the_suite_that_are_not_json_are_refused() -> None:
    assert (len(files("n")), [file.name for file in files("n") if is_taken(file.read_bytes())]) == (188, [])


@needs_shared("vectors", "jsontestsuite")
def test_78_of_95_valid_files_of_the_suite_are_taken_and_17_left_out_by_profile() -> None:
    refused = {file.name for file in files("y") if not is_taken(file.read_bytes())}
    assert (len(files("y")), refused) == (95, set(OUT_OF_PROFILE))


@needs_shared("vectors", "jsontestsuite")
def test_all_35_files_of_the_suite_that_readers_may_judge_are_refused() -> None:
    assert (len(files("i")), [file.name for file in files("i") if is_taken(file.read_bytes())]) == (35, [])


@needs_shared("vectors", "jsontestsuite")
def test_what_is_taken_means_what_the_standard_library_reads() -> None:
    taken = [file.read_bytes() for file in files("y") if file.name not in OUT_OF_PROFILE]
    assert [strictjson.load(data, MOST) for data in taken] == [json.loads(data) for data in taken]


@needs_shared("vectors", "jcs")
@pytest.mark.parametrize("name", ["arrays", "unicode"])
def test_the_pairs_of_rfc_8785_within_the_profile_are_reproduced(name: str) -> None:
    value = strictjson.load((JCS / "input" / f"{name}.json").read_bytes(), MOST)
    assert strictjson.dump(value) == (JCS / "output" / f"{name}.json").read_bytes()


@needs_shared("vectors", "jcs")
@pytest.mark.parametrize("name", ["french", "weird"])
def test_the_pairs_of_rfc_8785_with_names_beyond_ascii_are_not_read(name: str) -> None:
    with pytest.raises(SchemaInvalid, match="ASCII"):
        strictjson.load((JCS / "input" / f"{name}.json").read_bytes(), MOST)


@needs_shared("vectors", "jcs")
@pytest.mark.parametrize("name", ["structures", "values"])
def test_the_pairs_of_rfc_8785_with_floats_are_not_read(name: str) -> None:
    with pytest.raises(SchemaInvalid):
        strictjson.load((JCS / "input" / f"{name}.json").read_bytes(), MOST)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}', b'{"x":[{"a":1,"b":2,"a":3}]}', b'{"a":1,"\\u0061":2}', b"1.0", b"1e2", b"-0.0", b"NaN",
        b"[Infinity]", b"-Infinity", b"9007199254740992", b"-9007199254740992", b"1" * 5000, b"[-" + b"9" * 5000 + b"]",
        rb'"\ud800"', rb'"\uDFFF"', rb'{"\ud800":1}', rb'["\udc00\ud800"]', b'"\xed\xa0\x80"', b'"\xff"', b'"\xc0\xaf"',
        b"\xef\xbb\xbf{}", b"\xff\xfe{\0}\0", b"{}{}", b"{} x", b"[1,]", b"{'a':1}", b"", b" ", b"nul", b'"\n"',
        b'"\0"',
        b"[" * 33 + b"]" * 33, b"[" * 100_000, b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000,
        b"]" * 40 + b"[" * 40,
        b'["' + b"\\" * 7 + b'"' + b"[" * 50_000, b"[0123]", b"+1", b"\x00", "١".encode(), b"/* */1", b"{1:2}",
        '{"é":1}'.encode(), b'[{"\\u00e9":1}]',
    ],
)  # fmt: skip
def test_hostile_text_is_refused_as_outside_the_profile(data: bytes) -> None:
    with pytest.raises(SchemaInvalid):
        strictjson.load(data, MOST)


def test_a_text_over_its_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(TooLarge):
        strictjson.load(b"[" * 101, 100)


def test_a_text_of_too_many_values_is_refused_before_it_is_read() -> None:
    with pytest.raises(TooLarge):
        strictjson.load(b"[" + b"0," * 100_000 + b"0]", MOST)


def test_a_text_of_many_values_is_read() -> None:
    assert len(strictjson.load(b"[" + b"0," * 99_998 + b"0]", MOST)) == 99_999


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"[" * 32 + b"]" * 32, 32),
        (b'{"a":"' + b"[{" * 100 + b'"}', 1),
        (b'["' + b'\\"[' * 100 + b'"]', 1),
        (b'["' + b"\\\\" * 100 + b'",' + b"[" * 31 + b"]" * 31 + b"]", 32),
    ],
)
def test_depth_counts_brackets_outside_strings_only(data: bytes, value: int) -> None:
    assert depth(strictjson.load(data, MOST)) == value


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max((depth(each) for each in inner), default=0)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (rb'"\ud83d\ude02"', "\N{FACE WITH TEARS OF JOY}"),
        (b"-0", 0),
        (b"9007199254740991", 2**53 - 1),
        (b"-9007199254740991", 1 - 2**53),
        (b' {"a" : [ ] }\n', {"a": []}),
    ],
)
def test_what_lies_within_the_profile_is_read(data: bytes, value: Any) -> None:
    assert strictjson.load(data, MOST) == value


@given(JSON_VALUES)
def test_what_is_dumped_loads_to_the_same_value(value: Any) -> None:
    assert strictjson.load(strictjson.dump(value), MOST) == value


@given(JSON_VALUES)
def test_a_dump_is_its_own_dump(value: Any) -> None:
    once = strictjson.dump(value)
    assert strictjson.dump(strictjson.load(once, MOST)) == once


@given(ALMOST_JSON)
def test_any_bytes_are_read_or_refused_but_nothing_else_happens(data: bytes) -> None:
    assert is_taken(data) in {True, False}


@given(ALMOST_JSON)
def test_nothing_is_taken_that_the_standard_library_refuses(data: bytes) -> None:
    if is_taken(data):
        assert json.loads(data.decode()) == strictjson.load(data, MOST)


@given(ALMOST_JSON)
def test_whatever_is_read_can_be_written(data: bytes) -> None:
    if is_taken(data):
        value = strictjson.load(data, MOST)
        assert strictjson.load(strictjson.dump(value), MOST) == value


@pytest.mark.parametrize(
    "value",
    [
        1.0, math.nan, {"a": [0.5]}, 2**53, -(2**53), {1: 2}, {None: 1}, {"é": 1}, b"bytes", {"a": {1, 2}}, "\ud800",
        {"a": "\udfff"}, nested(33),
    ],
    ids=repr,
)  # fmt: skip
def test_what_cannot_travel_is_not_written(value: Any) -> None:
    with pytest.raises(ValueError, match=r"travel|ASCII|surrogates"):
        strictjson.dump(value)


def test_members_are_sorted_and_text_stays_text() -> None:
    assert strictjson.dump({"b": True, "a": ("é", None)}) == '{"a":["é",null],"b":true}'.encode()
