"""Reading and writing ``node.toml``, and saying what is wrong with it in a person's words, with the line.

ConfigInvalid: node/node.toml line 7: unknown key "relase"; did you mean "release"?
"""

import difflib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

__all__ = ["ConfigInvalid", "explain", "explain_options", "parse", "read", "refuse_misspelt_environment", "render"]

PASSWORD = re.compile(r"(?<=://)([^/@]*:).*(?=@)|(?<=[?&])(password=)[^&]*")  # in an address
MOST_BYTES = 256 * 1024  # a settings file beyond this is some other file
CLOSE = 0.75  # how alike two words must be for "did you mean"
NOT_SETTINGS = {"TRACING_HOME", "TRACING_PASSPHRASE_FILE", "TRACING_SHARED"}
KINDS = {
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "date_from_datetime_parsing": "a date such as 2026-12-24",
    "int_type": "a whole number",
    "string_type": 'text in quotes, e.g. "..."',
    "tuple_type": 'a list, e.g. ["saturday", "sunday"]',
}
PATTERNS = {
    "authority": 'lower-case letters, digits, "." and "-", 2 to 63 of them, e.g. "br" or "xb.customs"',
    "desk_url": 'an address such as "https://desk.example.org" without "?", "#" or a closing "/"',
    "exchange_url": 'an address such as "https://node.example.org" without "?", "#" or a closing "/"',
}


class ConfigInvalid(Exception):
    """The configuration cannot be used. ``problems``: one sentence each, with the place and what to do."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


def read(where: Path) -> str:
    """The file's text. A missing or unreadable file is a problem like any other."""
    try:
        data = where.read_bytes()
        if len(data) > MOST_BYTES:
            raise ConfigInvalid([f"{where} is larger than {MOST_BYTES} bytes: this is not a settings file"])
        return data.decode("utf-8")
    except FileNotFoundError as error:
        raise ConfigInvalid(
            [f"there is no node at {where.parent} ({where.name} is missing): `tracing init` makes one"]
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigInvalid([f"{where}: byte {error.start} is not UTF-8: save the file as UTF-8"]) from error
    except OSError as error:
        raise ConfigInvalid([f"{where} cannot be read: {error.strerror}"]) from error


def parse(where: Path, text: str) -> dict[str, Any]:
    """TOML to plain values; a slip of syntax is named with its line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigInvalid([f"{where}: {error}: correct that line"]) from error


def explain(where: Path, text: str, error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Each thing pydantic found, in words and with its line."""
    return [_sentence(where, text, each, model) for each in error.errors(include_url=False)]


def _given(problem: Any) -> str:
    """What was written, but for a password in an address: it is refused, and not repeated."""
    given = problem.get("input")
    if isinstance(given, str):
        given = PASSWORD.sub(lambda found: f"{found[1] or found[2]}***", given)
    return json.dumps(given, ensure_ascii=False, default=str)


def explain_options(error: ValidationError) -> list[str]:
    """The same for values given as options of a command."""
    return [_option(each) for each in error.errors(include_url=False)]


def _option(problem: Any) -> str:
    path = [str(part) for part in problem["loc"] if not isinstance(part, int)]
    if not path:
        return _reason(problem, "")
    given = _given(problem)
    return f"--{'.'.join(path).replace('_', '-')} is {given}; {_reason(problem, path[-1])}"


def _sentence(where: Path, text: str, problem: Any, model: type[BaseModel]) -> str:
    path = [str(part) for part in problem["loc"] if not isinstance(part, int)]
    if not path:
        return f"{where}: {_reason(problem, '')}"
    key = ".".join(path)
    if problem["type"] == "missing":
        return f'{where}: the key "{key}" is missing: add it'
    line = _line(text, path)
    place = f"{where} line {line}" if line else f"{where} (or the variable TRACING_{'__'.join(path).upper()})"
    if problem["type"] == "extra_forbidden":
        return f'{place}: unknown key "{key}"{_suggestion(path, model)}'
    given = _given(problem)
    return f'{place}: "{key}" is {given}; {_reason(problem, path[-1])}'


def _reason(problem: Any, key: str) -> str:
    if problem["type"] == "string_pattern_mismatch" and key in PATTERNS:
        return f"expected {PATTERNS[key]}"
    if problem["type"] == "literal_error":
        return f"expected {problem['ctx']['expected']}"
    if problem["type"] in KINDS:
        return f"expected {KINDS[problem['type']]}"
    return str(problem["msg"]).removeprefix("Value error, ")


def _suggestion(path: list[str], model: type[BaseModel]) -> str:
    known = _known(model)
    at_this_level = {key.rpartition(".")[2]: key for key in known if key.count(".") == len(path) - 1}
    close = difflib.get_close_matches(path[-1], list(at_this_level), n=1, cutoff=0.6)
    close = close or difflib.get_close_matches(path[-1], [key.rpartition(".")[2] for key in known], n=1, cutoff=CLOSE)
    return f'; did you mean "{close[0]}"?' if close else f"; known here: {', '.join(sorted(at_this_level))}"


def _known(model: type[BaseModel], prefix: str = "") -> list[str]:
    names = []
    for name, field in model.model_fields.items():
        names.append(f"{prefix}{name}")
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            names += _known(field.annotation, f"{prefix}{name}.")
    return names


def _line(text: str, path: list[str]) -> int | None:
    """The line a key stands in, 1 being the first; None when it came from elsewhere."""
    section: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\s*([\w.\"-]+)\s*\]", line):
            section = header[1].replace('"', "").split(".")
            if section == path:
                return number
        elif (match := re.match(r"\s*\"?([\w.-]+)\"?\s*=", line)) and [*section, *match[1].split(".")] == path:
            return number
    return None


def refuse_misspelt_environment(environment: Mapping[str, str], model: type[BaseModel]) -> None:
    """A variable that nearly names a setting is a slip; one that does not at all may be somebody else's."""
    known = [f"TRACING_{key.replace('.', '__').upper()}" for key in _known(model)]
    foreign = sorted(name for name in environment.keys() - NOT_SETTINGS - set(known) if name.startswith("TRACING_"))
    meant = {name: difflib.get_close_matches(name, known, n=1, cutoff=0.9) for name in foreign}
    if problems := [
        f"the variable {name} names no setting; did you mean {close[0]}?" for name, close in meant.items() if close
    ]:
        raise ConfigInvalid(problems)


# ---------------------------------------------------------------- writing

HEAD = """\
# The settings of this node. Read at the start only: restart the node after a change.
# Who the node is (authority, country, net) stands in its signed root too and cannot be changed here.

"""


def render(content: Mapping[str, Any]) -> str:
    """TOML of flat values and one level of tables, in the order given."""
    flat = [f"{key} = {_toml(value)}" for key, value in content.items() if not isinstance(value, Mapping)]
    tables = [
        "\n".join([f"\n[{key}]", *(f"{name} = {_toml(each)}" for name, each in value.items())])
        for key, value in content.items()
        if isinstance(value, Mapping)
    ]
    return HEAD + "\n".join([*flat, *tables]) + "\n"


def _toml(value: Any) -> str:
    """Text, dates, true and false, and lists of them; everything else a setting can hold has a text form."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(each) for each in value)}]"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(str(value), ensure_ascii=False)  # a JSON string without control characters is a TOML string
