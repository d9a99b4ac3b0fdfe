"""Dividing what is to go, and the file it goes in."""

import io
import zipfile
from functools import partial
from hashlib import sha256

import pytest

from protocol.bundle import MAX_MEMBERS, Member
from tests.bundles.bags import Bag
from tests.world import OFFICER, World, ask
from tracing.exchange.bundles import container
from tracing.exchange.bundles.container import BundleDamaged, NoBundle, Reading
from tracing.exchange.bundles.parts import Load, Packed, PartTooSmall, divide

FIXED = 1_000


def post(number: int, size: int = 10_000) -> Packed:
    digest = sha256(str(number).encode()).hexdigest()
    return Packed(Member(name=f"posts/{number:06}.json", len=size, sha256=digest), list)


def blob(number: int, size: int) -> Packed:
    digest = sha256(str(-number).encode()).hexdigest()
    return Packed(Member(name=f"blobs/{digest}", len=size, sha256=digest), list)


def names(parts: list[list[Packed]]) -> list[list[str]]:
    return [[one.member.name for one in part] for part in parts]


def test_what_fits_one_file_goes_in_one_with_posts_before_what_they_name() -> None:
    naming, photograph = post(1), blob(1, 50_000)
    [part] = divide([Load(photograph, naming), Load(post(2))], most_bytes=None, fixed_bytes=FIXED)
    assert [one.member.is_post for one in part] == [True, True, False]


def test_nothing_at_all_is_one_empty_part() -> None:
    assert divide([], most_bytes=None, fixed_bytes=FIXED) == [[]]


def test_every_part_bears_the_posts_that_name_its_attachments_and_none_is_too_large() -> None:
    naming, most = post(1), 100_000
    loads = [Load(naming), *(Load(blob(number, 60_000), naming) for number in range(5))]
    parts = divide(loads, most_bytes=most, fixed_bytes=FIXED)
    assert len(parts) == 5
    assert all(naming.member.name in part for part in names(parts))
    assert all(FIXED + sum(one.cost for one in part) <= most for part in parts)


def test_a_file_has_no_more_members_than_its_index_may_name() -> None:
    loads = [Load(post(number, 1)) for number in range(MAX_MEMBERS + 1)]
    assert [len(part) for part in divide(loads, most_bytes=None, fixed_bytes=FIXED)] == [MAX_MEMBERS, 1]


def test_what_fits_no_part_is_refused() -> None:
    with pytest.raises(PartTooSmall):
        divide([Load(blob(1, 60_000), post(1))], most_bytes=60_000, fixed_bytes=FIXED)


# ---------------------------------------------------------------- the file


def test_members_are_read_as_they_were_written_though_one_between_is_left_unread() -> None:
    contents = [("a.json", b"first"), ("b.json", b"x" * 600_000), ("c.json", b"last")]
    file = io.BytesIO()
    container.write(file, [(name, len(content), partial(list, [content])) for name, content in contents])
    file.seek(0)
    reading = Reading(file)
    assert reading.first("a.json", 5) == b"first"
    next(reading.member("b.json", 600_000))
    assert b"".join(reading.member("c.json", 4)) == b"last"


def test_a_member_that_is_not_as_long_as_it_was_said_to_be_is_not_written() -> None:
    with pytest.raises(ValueError, match="expected 3 bytes"):
        container.write(io.BytesIO(), [("a.json", 3, lambda: [b"four"])])


def test_a_file_that_is_longer_than_may_be_read_is_no_bundle() -> None:
    file = io.BytesIO()
    container.write(file, [("a.json", 6, lambda: [b"longer"])])
    file.seek(0)
    with pytest.raises(NoBundle, match="at most 5 bytes"):
        Reading(file).first("a.json", 5)


def test_what_stands_behind_the_end_of_a_file_is_damaged() -> None:
    reading = Reading(io.BytesIO())
    for name in ("a.json", "b.json"):
        with pytest.raises(BundleDamaged):
            reading.member(name, 4)


async def test_any_program_that_knows_zip_shows_what_is_in_a_bundle(w: World, bag: Bag) -> None:
    await w["br"].office.request(OFFICER, ask("at"))
    [file] = (await bag.pack("br", "at")).files
    with zipfile.ZipFile(file.place) as archive:
        assert archive.namelist() == ["trust.json", "index.json", "posts/000001.json"]
        assert archive.testzip() is None
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}
