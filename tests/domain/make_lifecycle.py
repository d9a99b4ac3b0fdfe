"""Writes ``protocol/lifecycle.md`` from the table: ``python -m tests.domain.make_lifecycle``, or ``make lifecycle``."""

import inspect
import re
from pathlib import Path

import protocol
from protocol.lifecycle import OUTSIDE_CASES, TABLE, Kind, Role, State, When, diagram
from protocol.messages import BY_KIND, Message
from protocol.messages.origins import ORIGINS

PAGE = Path(protocol.__file__).parent / "lifecycle.md"
HEAD = """# What is said, and what it leads to

Made from the table (`lifecycle/table.py`), the messages and their origins; `make lifecycle` writes it, a test holds it.
What the words mean is in section 18 of `README.md`, what may be said outside cases in section 21.

## Every kind

*No.* is that of the list of acts. *About*: the one message that its member `about` names.

| No. | Kind | Sender | Allowed in | On condition | Facts | About | Stands on |
|---|---|---|---|---|---|---|---|
"""
MOVES = "\n## The moves\n\n"


def text() -> str:
    rows = [row for kind in BY_KIND for row in rows_of(kind)]
    return HEAD + "\n".join(rows) + "\n" + MOVES + f"```mermaid\n{diagram()}```\n"


def rows_of(kind: Kind) -> list[str]:
    """One row for each sender and condition; what is only said outside cases has one."""
    ways: dict[tuple[Role, When], list[State]] = {}
    for (state, said, role), rule in TABLE.items():
        if said is kind:
            ways.setdefault((role, rule.when), []).append(state)
    merged: dict[tuple[When, tuple[State, ...]], list[Role]] = {}
    for (role, when), states in ways.items():
        merged.setdefault((when, tuple(states)), []).append(role)
    rows = [_row(kind, _senders(roles), ", ".join(states), when) for (when, states), roles in merged.items()]
    outside = [_row(kind, "either", "outside cases", When.ALWAYS)] if kind in OUTSIDE_CASES else []
    return rows + outside


def _senders(roles: list[Role]) -> str:
    return "either" if len(roles) == len(Role) else str(roles[0])


def _row(kind: Kind, sender: str, states: str, when: When) -> str:
    message, origin = BY_KIND[kind], ORIGINS[kind]
    condition = "" if when is When.ALWAYS else str(when)
    about = "yes" if "about" in message.model_fields else ""
    sources = ", ".join(source.value for source in origin.sources)
    cells = (origin.number, f"`{kind}`", sender, states, condition, _facts(message), about, sources)
    return "| " + " | ".join(cells) + " |"


def _facts(message: type[Message]) -> str:
    """The facts a kind gives the lifecycle, as its own docstring names them."""
    if message.facts is Message.facts:
        return ""
    named = re.findall(r"``([a-z_]+(?::[A-Z]+)?)``", inspect.getdoc(message.facts) or "")
    return ", ".join(f"`{fact}`" for fact in named)


def main() -> None:
    PAGE.write_text(text(), "utf-8")


if __name__ == "__main__":
    main()
