"""The table of rules: each has an id, one sentence, and a check that drives a node.

    @rule("W-07-02", "The same envelope again draws the stored receipt byte for byte.")
    async def check(link: Link) -> None: ...

An id is W for the wire (protocol/README.md) or K for keys (keys/README.md), the number of the section, and a number.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.conformance.link import Failed, Link

__all__ = ["RULES", "Finding", "Rule", "rule", "run"]

Check = Callable[[Link], Awaitable[None]]


@dataclass(frozen=True)
class Rule:
    """One rule. ``needs`` names what the runner must have been given beside the address: ``admit`` or ``request``."""

    id: str
    sentence: str
    check: Check
    needs: str = ""


@dataclass(frozen=True)
class Finding:
    """What a rule came to: ``pass``, ``fail`` with what was seen, or ``not run`` with what was lacking."""

    rule: Rule
    verdict: str
    why: str = ""


RULES: dict[str, Rule] = {}


def rule(name: str, sentence: str, *, needs: str = "") -> Callable[[Check], Check]:
    """Put a check into the table."""

    def put(check: Check) -> Check:
        assert name not in RULES, f"two rules are called {name}"
        RULES[name] = Rule(name, sentence, check, needs)
        return check

    return put


async def run(one: Rule, link: Link) -> Finding:
    """Judge one rule; whatever goes wrong with the node meanwhile is a failure of the rule."""
    if one.needs and not link.commands.get(one.needs):
        return Finding(one, "not run", f"--{one.needs} was not given")
    try:
        await one.check(link)
    except Failed as seen:
        return Finding(one, "fail", str(seen))
    except Exception as fault:  # noqa: BLE001 - a node may answer anything; the run goes on with the next rule
        return Finding(one, "fail", f"the exchange broke off: {type(fault).__name__}: {fault}"[:300])
    return Finding(one, "pass")
