"""One authority and its counter for all tests here; each test finds it answering as it should."""

import shutil
from collections.abc import Iterator

import pytest

from tests.stamping.authority import Authority
from tests.stamping.counter import Counter, opened


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here")
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def open_counter(authority: Authority) -> Iterator[Counter]:
    with opened(authority) as counter:
        yield counter


@pytest.fixture
def counter(open_counter: Counter) -> Counter:
    open_counter.reply = None
    open_counter.asked.clear()
    return open_counter
