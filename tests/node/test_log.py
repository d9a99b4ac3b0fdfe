"""The log: one event, one line; nothing in it that must not be there."""

import io
import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from tracing import log


class StoppedClock:
    def now(self) -> datetime:
        return datetime(2026, 11, 23, 20, 13, 14, tzinfo=UTC)

    def now_ms(self) -> int:
        return int(self.now().timestamp() * 1000)

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture(autouse=True)
def put_back() -> Iterator[None]:
    before = structlog.get_config()
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.configure(**before)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def listen(form: str = "console", level: str = "info") -> io.StringIO:
    out = io.StringIO()
    log.set_up(StoppedClock(), "json" if form == "json" else "console", level=level, to=out)
    return out


def test_an_event_is_one_readable_line() -> None:
    out = listen()
    structlog.get_logger().info("case.opened", case="br.0190", place="Rio de Janeiro")
    assert out.getvalue() == '2026-11-23T20:13:14.000Z info     case.opened case=br.0190 place="Rio de Janeiro"\n'


def test_an_event_as_json_begins_with_when_and_what() -> None:
    out = listen("json")
    structlog.get_logger().warning("deadline.passed", days=3)
    assert out.getvalue().startswith(
        '{"at": "2026-11-23T20:13:14.000Z", "level": "warning", "event": "deadline.passed"'
    )


@given(st.text(), st.text())
def test_no_foreign_text_makes_a_second_line_or_a_control_character(name: str, value: str) -> None:
    for form in ("console", "json"):
        out = listen(form)
        structlog.get_logger().info("mail.bounced", **{f"x{name}": value, "said": {"inside": [value]}})
        line = out.getvalue()
        assert line.endswith("\n")
        assert line[:-1].isprintable()


@pytest.mark.parametrize(
    "name",
    ["serial", "serial_text", "api_token", "Passphrase", "password", "body", "weapon", "cookie", "Authorization"],
)
def test_what_must_not_be_in_a_log_is_hidden_by_its_name(name: str) -> None:
    out = listen()
    structlog.get_logger().info("x.happened", **{name: "ABC123", "deep": [{name: "ABC123"}]})
    assert "ABC123" not in out.getvalue()


def test_an_event_nested_without_end_is_cut() -> None:
    out = listen("json")
    endless: list[object] = []
    endless.append(endless)
    structlog.get_logger().info("x.happened", values=endless)
    assert "[hidden]" in out.getvalue()


def test_bound_values_stand_in_every_event_of_a_task_and_not_after() -> None:
    out = listen()
    with log.bound(case="br.1", counterpart="at", actor="officer-1"):
        structlog.get_logger().info("message.sent")
    structlog.get_logger().info("node.idle")
    first, second = out.getvalue().splitlines()
    assert set(first.split()) >= {"case=br.1", "counterpart=at", "actor=officer-1"}
    assert "br.1" not in second


def test_a_fault_with_its_traceback_is_still_one_line() -> None:
    out = listen()
    try:
        int("a\nb")
    except ValueError:
        structlog.get_logger().exception("x.failed")
    assert out.getvalue().count("\n") == 1
    assert re.search(r"exception=\"Traceback .*ValueError", out.getvalue())


def test_what_libraries_say_comes_out_in_the_same_form() -> None:
    out = listen("json")
    logging.getLogger("aiohttp.server").warning("bad\r\nline %s", "\x1b[31m")
    assert json.loads(out.getvalue())["said"] == "bad\r\nline \x1b[31m"


def test_events_below_the_level_are_not_written() -> None:
    out = listen(level="warning")
    structlog.get_logger().info("x.happened")
    assert out.getvalue() == ""
