"""A short slice of the campaign of ``jumping``: a clock set back, a suspension and the year 2038."""

import dataclasses
import sys

import pytest

from tests.faults.jumping import campaign
from tests.faults.meeting import library
from tests.postgres import on_sqlite

HURRIED = (sys.executable, "-m", "tests.faults.hurried")
SOME = ("an hour back", "suspended for 2 hours", "2038")
EACH = 6
needs_libfaketime = pytest.mark.skipif(library() is None, reason="needs libfaketime (Debian: apt install libfaketime)")


@needs_libfaketime
@on_sqlite
@pytest.mark.timeout(600)
def test_a_clock_that_jumps_makes_no_reminder_be_missed_or_said_twice() -> None:
    preload = library()
    assert preload is not None
    tally = campaign("sqlite", SOME, EACH * len(SOME), preload, command=HURRIED)
    assert tally.holds, tally
    late = {one.jump: one.late for one in tally.jumps}
    assert late == dict.fromkeys(SOME, EACH // 2) | {"an hour back": 0}, "what fell in a gap is late, and nothing else"
    unnoticed = dataclasses.replace(tally.jumps[0], noticed_s=61.0)
    assert not dataclasses.replace(tally, jumps=[unnoticed]).holds, "a planted jump that nobody saw is found"
    assert not dataclasses.replace(tally, doubled=1).holds, "a planted double is found"
    assert not dataclasses.replace(tally, jumps=[dataclasses.replace(tally.jumps[0], missed=1)]).holds
