"""The examples in the documentation of the domain are true."""

import doctest
import importlib

import pytest

MODULES = [
    "protocol.deadlines", "protocol.deadlines.profiles", "protocol.deadlines.working_calendar",
    "protocol.lifecycle.fold", "protocol.lifecycle.table", "protocol.lifecycle.verbs",
    "protocol.messages.kinds", "protocol.messages.serial", "protocol.vocabulary.calibres",
    "protocol.vocabulary.countries", "protocol.vocabulary.sources", "protocol.vocabulary.word",
    "protocol.vocabulary.words",
]  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert (result.failed, result.attempted > 0) == (0, True)
