"""The project's source as trees: which module imports which, and what each function is made of."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("protocol", "keys", "tracing")


@dataclass(frozen=True)
class Module:
    """One file of the project, parsed."""

    name: str  # dotted
    path: Path
    text: str
    tree: ast.Module

    @property
    def where(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"


@dataclass(frozen=True)
class Import:
    """One imported name: ``target`` is dotted as written, ``inside`` the function it stands in, if any."""

    module: Module
    target: str
    line: int
    inside: str | None

    def __str__(self) -> str:
        return f"{self.module.where}:{self.line} imports {self.target}"


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """Every Python file below the folders, parsed once."""
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return tuple(Module(_dotted(path), path, text := path.read_text("utf-8"), ast.parse(text)) for path in paths)


def _dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(module: Module) -> Iterator[Import]:
    """All imports of a module, those inside functions and behind TYPE_CHECKING included."""
    yield from _walk(module, module.tree, None)


def _walk(module: Module, node: ast.AST, inside: str | None) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(module, alias.name, child.lineno, inside) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from (Import(module, target, child.lineno, inside) for target in _targets(module, child))
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _walk(module, child, child.name)
        else:
            yield from _walk(module, child, inside)


def _targets(module: Module, node: ast.ImportFrom) -> list[str]:
    base = node.module or ""
    if node.level:
        parts = module.name.split(".")
        parts = parts[: len(parts) - node.level + (1 if module.is_package else 0)]
        base = ".".join([*parts, base] if base else parts)
    return [f"{base}.{alias.name}" for alias in node.names]


def functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a module."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function's body, its docstring not counted."""
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


@cache
def names_of_modules() -> frozenset[str]:
    return frozenset(module.name for module in modules(*PACKAGES))


def project_module(target: str) -> str | None:
    """The module of the project that an imported name lives in, None for foreign ones."""
    names = names_of_modules()
    while target and target not in names:
        target = target.rpartition(".")[0]
    return target or None
