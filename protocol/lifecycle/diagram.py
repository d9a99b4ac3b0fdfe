"""The table as a diagram, for the documents: drawn from it, never copied by hand."""

from protocol.lifecycle.table import TABLE, When
from protocol.lifecycle.words import Kind, Role, State

__all__ = ["diagram"]


def diagram() -> str:
    """The moves from state to state as a Mermaid state diagram; what leaves the state as it is stands in the notes."""
    lines = ["stateDiagram-v2", "    [*] --> draft", "    sent --> delivered: opened", "    sent --> rejected_invalid"]
    beside: dict[State, list[str]] = {}
    for (state, kind, role), rule in TABLE.items():
        if rule.leads_to is state:
            beside.setdefault(state, []).append(_said(kind, role, rule.when))
        else:
            lines.append(f"    {state} --> {rule.leads_to}: {_said(kind, role, rule.when)}")
    for state, said in beside.items():
        lines += [f"    note right of {state}", *(f"        {one}" for one in said), "    end note"]
    return "\n".join(lines) + "\n"


def _said(kind: Kind, role: Role, when: When) -> str:
    return f"{kind} ({role})" + ("" if when is When.ALWAYS else f", {when}")
