"""The house rules that a machine can hold. The direction of imports is one table; DECISIONS.md says why.

A new room under ``tracing/`` is refused until it has its place in ``FLOORS``.
"""

import ast
import re
import sys

import pytest

from tests.house.source import PACKAGES, Import, Module, functions, imports, length, modules, project_module

# Each may import what stands on a lower floor. On one floor: `together` see, `apart` do not see each other.
FLOORS: list[tuple[str, list[str]]] = [
    ("together", ["protocol"]),
    ("together", ["keys"]),
    ("together", ["tracing.clock", "tracing.settings", "tracing.log", "tracing.tables", "tracing.phrases"]),
    ("together", ["tracing.secretfile", "tracing.claim"]),
    ("together", ["tracing.custody"]),
    ("together", ["tracing.migrations"]),
    (
        "together",
        [
            "tracing.store",
            "tracing.audit",
            "tracing.signals",
            "tracing.listening",
            "tracing.connecting",
            "tracing.attachments",
        ],
    ),
    ("together", ["tracing.database", "tracing.partners", "tracing.post", "tracing.sequence", "tracing.trust"]),
    ("together", ["tracing.casework", "tracing.records"]),
    ("together", ["tracing.proposals"]),
    ("together", ["tracing.channels", "tracing.feeds", "tracing.stamping"]),
    ("together", ["tracing.backups"]),
    ("apart", ["tracing.seals", "tracing.exchange", "tracing.desk", "tracing.calendar", "tracing.reports"]),
    (
        "together",
        [
            "tracing.parts",
            "tracing.noticing",
            "tracing.duties",
            "tracing.outside",
            "tracing.bundling",
            "tracing.node",
            "tracing.founding",
        ],
    ),
    ("together", ["tracing.demo"]),
    ("together", ["tracing.cli"]),
]

# Heavy, and needed by few: they load where they are used. Nothing else is imported inside a function.
LOADED_ON_USE = {"alembic", "babel", "openpyxl", "python_calamine", "webauthn", "holidays", "typst", "icalendar"}

# What is said may depend on nothing that acts: no files, no network, no clock, no chance, no tasks, no log.
PROTOCOL_MAY_USE = {"pydantic", "pydantic_core", "annotated_types"}
PROTOCOL_MAY_NOT_USE = {
    "asyncio", "concurrent", "http", "io", "logging", "multiprocessing", "os", "pathlib", "queue", "random", "secrets",
    "select", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "time",
    "urllib",
}  # fmt: skip
KEYS_MAY_USE = {"pydantic", "pydantic_core", "annotated_types", "cryptography", "argon2", "pkcs11"}
KEYS_MAY_NOT_USE = {"asyncio", "http", "logging", "random", "socket", "sqlite3", "ssl", "urllib"}

# Who may hold private keys: the rooms that seal, open and sign get them from the composition root.
NO_VAULT = (
    "tracing.casework",
    "tracing.desk",
    "tracing.exchange",
    "tracing.calendar",
    "tracing.channels",
    "tracing.feeds",
    "tracing.records",
    "tracing.reports",
)

LONGEST_FILE = 400  # lines; past it a file becomes a package, split by noun
LONGEST_FUNCTION = 50  # lines without its docstring
TABLES_OF_DATA = re.compile(r"^(protocol/vocabulary/|tracing/migrations/versions/|tracing/demo/sample)")
NOT_A_NOUN = re.compile(r"(^|_)(utils?|common|helpers?|misc|base|manager|managers|core|stuff)$")
NOT_A_CLASS = re.compile(r"(Manager|Helper|Processor|Util|Utils)$")

SOURCE = modules(*PACKAGES)
TESTS = modules("tests")


def room(name: str) -> str:
    """The place in the table that a module belongs to."""
    return ".".join(name.split(".")[:2]) if name.startswith("tracing.") else name.split(".", maxsplit=1)[0]


def place(name: str) -> int | None:
    return next((at for at, (_, rooms) in enumerate(FLOORS) if room(name) in rooms), None)


def may_import(module: str, target: str) -> bool:
    here, there = place(module), place(target)
    if room(module) == room(target):
        return True
    if here is None or there is None:
        return False
    return there < here or (there == here and FLOORS[here][0] == "together")


def inner_imports() -> list[tuple[Import, str]]:
    found = [(each, project_module(each.target)) for module in SOURCE for each in imports(module)]
    return [(each, target) for each, target in found if target is not None]


def foreign_imports(package: str) -> list[tuple[Import, str]]:
    inside = [each for module in SOURCE if module.name.split(".")[0] == package for each in imports(module)]
    return [(each, each.target.split(".")[0]) for each in inside if project_module(each.target) is None]


def test_every_room_has_its_place_in_the_table() -> None:
    homeless = {room(module.name) for module in SOURCE if module.name != "tracing" and place(module.name) is None}
    assert not homeless, f"give these a place in FLOORS: {sorted(homeless)}"


def test_imports_go_down_the_table_only() -> None:
    wrong = [
        str(each)
        for each, target in inner_imports()
        if target != "tracing" and not may_import(each.module.name, target)
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_imports_in_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for each, target in inner_imports():
        if target != each.module.name and not each.module.name.startswith(f"{target}.__"):
            graph.setdefault(each.module.name, set()).add(target)
    assert not (circle := find_circle(graph)), " -> ".join(circle)


def find_circle(graph: dict[str, set[str]]) -> list[str]:
    """Some circle of the graph, or nothing."""
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for target in sorted(graph.get(name, ())):
            if circle := visit(target, [*path, name]):
                return circle
        done.add(name)
        return []

    return next((circle for name in sorted(graph) if (circle := visit(name, []))), [])


def test_a_planted_circle_is_found() -> None:
    assert find_circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]


def test_nothing_is_imported_inside_a_function_but_what_loads_on_use() -> None:
    hidden = [str(each) for module in SOURCE for each in imports(module) if each.inside]
    assert not [line for line in hidden if line.split(" imports ")[1].split(".")[0] not in LOADED_ON_USE], "\n".join(
        hidden
    )


def test_what_loads_on_use_is_never_imported_at_the_top() -> None:
    early = [
        str(each)
        for module in SOURCE
        for each in imports(module)
        if each.target.split(".")[0] in LOADED_ON_USE
        and not each.inside
        and not module.name.startswith("tracing.migrations")
    ]
    assert not early, "\n".join(early)


@pytest.mark.parametrize(
    ("package", "may", "may_not"),
    [("protocol", PROTOCOL_MAY_USE, PROTOCOL_MAY_NOT_USE), ("keys", KEYS_MAY_USE, KEYS_MAY_NOT_USE)],
    ids=["protocol", "keys"],
)
def test_a_pure_package_uses_only_what_it_may(package: str, may: set[str], may_not: set[str]) -> None:
    allowed = (set(sys.stdlib_module_names) | may) - may_not
    assert not [str(each) for each, name in foreign_imports(package) if name not in allowed]


def test_only_the_composition_root_hands_out_private_keys() -> None:
    wrong = [
        str(each)
        for each, target in inner_imports()
        if target == "keys.vault" and each.module.name.startswith(NO_VAULT)
    ]
    assert not wrong, "\n".join(wrong)


# ---------------------------------------------------------------- size and names


def test_no_file_is_longer_than_400_lines() -> None:
    long = {module.where: lines for module in SOURCE if (lines := module.text.count("\n")) > LONGEST_FILE}
    assert not {where: lines for where, lines in long.items() if not TABLES_OF_DATA.match(where)}


def test_no_function_is_longer_than_50_lines() -> None:
    long = [
        f"{module.where}:{function.lineno} {function.name} {length(function)} lines"
        for module in (*SOURCE, *TESTS)
        for function in functions(module)
        if length(function) > LONGEST_FUNCTION and not TABLES_OF_DATA.match(module.where)
    ]
    assert not long, "\n".join(long)


def test_no_module_is_named_after_nothing() -> None:
    assert not [module.where for module in (*SOURCE, *TESTS) if NOT_A_NOUN.search(module.name.rpartition(".")[2])]


def test_no_class_is_named_after_nothing() -> None:
    classes = [(module, node) for module in SOURCE for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]
    assert not [
        f"{module.where}:{node.lineno} {node.name}" for module, node in classes if NOT_A_CLASS.search(node.name)
    ]


def test_every_module_with_code_says_what_it_is() -> None:
    silent = [module.where for module in SOURCE if module.tree.body and ast.get_docstring(module.tree) is None]
    assert not silent, "\n".join(silent)


# ---------------------------------------------------------------- time, chance, faults

OF_TIME_AND_CHANCE = re.compile(
    r"^((datetime\.)?datetime\.(now|utcnow|today)|(datetime\.)?date\.today"
    r"|time\.(time|time_ns|monotonic|monotonic_ns|perf_counter|perf_counter_ns|localtime|gmtime)"
    r"|uuid\.uuid\w+|uuid[1-8]|secrets\.(token_\w+|choice|randbelow|randbits)|token_(bytes|hex|urlsafe)"
    r"|os\.urandom|urandom|random\.\w+)$"
)


def calls_of_time_and_chance(module: Module) -> list[str]:
    nodes = [node for node in ast.walk(module.tree) if isinstance(node, ast.Attribute | ast.Name)]
    return [
        f"{module.where}:{node.lineno} {ast.unparse(node)}"
        for node in nodes
        if OF_TIME_AND_CHANCE.match(ast.unparse(node))
    ]


def test_nobody_asks_for_time_or_chance_but_the_clock() -> None:
    wrong = [line for module in SOURCE if module.name != "tracing.clock" for line in calls_of_time_and_chance(module)]
    assert not wrong, "\n".join(wrong)


def test_the_clock_itself_would_be_found() -> None:
    assert any(
        "time.monotonic" in line
        for module in SOURCE
        if module.name == "tracing.clock"
        for line in calls_of_time_and_chance(module)
    )


WHOLESALE = {"Exception", "BaseException"}


def catches_all(handler: ast.ExceptHandler) -> bool:
    names = [handler.type] if not isinstance(handler.type, ast.Tuple) else handler.type.elts
    return any(name is None or ast.unparse(name) in WHOLESALE for name in names)


def flies_on(handler: ast.ExceptHandler) -> bool:
    """The last thing done is to let the fault go on as it came."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_faults_are_caught_wholesale_only_where_a_reason_stands() -> None:
    bare = [
        f"{module.where}:{node.lineno}"
        for module in SOURCE
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler) and catches_all(node) and not flies_on(node)
        if "#" not in module.text.splitlines()[node.lineno - 1]
    ]
    assert not bare, "\n".join(bare)


def test_no_line_is_left_out_of_the_coverage() -> None:
    assert not [module.where for module in SOURCE if re.search(r"#\s*pragma:\s*no\s*cover", module.text)]


# ---------------------------------------------------------------- tests


def its_tests(module: Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [function for function in functions(module) if function.name.startswith("test_")]


# What tests share to state things with: functions beside them that assert.
ASSERTING = {
    function.name
    for module in TESTS
    for function in functions(module)
    if not function.name.startswith("test_") and any(isinstance(node, ast.Assert) for node in ast.walk(function))
}


def states_something(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    called = [ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)]
    asserted = any(isinstance(node, ast.Assert) for node in ast.walk(function))
    return asserted or any(name.rpartition(".")[2] in {"raises", *ASSERTING} for name in called)


def test_every_test_states_something() -> None:
    silent = [
        f"{module.where}:{each.lineno} {each.name}"
        for module in TESTS
        for each in its_tests(module)
        if not states_something(each)
    ]
    assert not silent, "\n".join(silent)


def test_every_test_is_named_by_a_sentence() -> None:
    short = [
        f"{module.where} {each.name}" for module in TESTS for each in its_tests(module) if len(each.name.split("_")) < 4
    ]
    assert not short, "\n".join(short)


def test_no_test_puts_a_mock_in_the_place_of_a_part() -> None:
    mocks = [
        str(each)
        for module in (*SOURCE, *TESTS)
        for each in imports(module)
        if re.match(r"(unittest\.mock|mock|pytest_mock)\b", each.target)
    ]
    assert not mocks, "\n".join(mocks)
