"""One message as the lifecycle sees it: who said what, having seen which messages.

Facts are what ``Message.facts()`` gives, single words or ``name:value``:

| Fact | Of | Says |
|---|---|---|
| ``blocking`` | information request | the work stops until it is answered |
| ``urgency_declined`` | acknowledgement | the requested State does not treat it as urgent |
| ``lapsed`` | closure | nobody answered |
| ``prior_disclosure`` | handling notice | a disclosure is announced that its provider may object to |
| ``priority:W`` | request, priority change | the priority from here on |
| ``carried:W`` | request | an instrument it invokes: its limits bind where both States are parties |
| ``accessible:W`` | acknowledgement | whether what is asked for is reached directly |
| ``about:MID`` | replies, decisions, objections | the one message it answers, where it names one |
"""

from dataclasses import dataclass

from protocol.lifecycle.words import Kind, Role

__all__ = ["Said", "fact_about"]


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a case."""

    mid: str
    kind: Kind
    sender: Role
    re: tuple[str, ...] = ()
    facts: frozenset[str] = frozenset()

    def fact(self, name: str) -> str | None:
        """The value of a fact ``name:value``."""
        return _named(self.facts, name)

    def facts_named(self, name: str) -> frozenset[str]:
        """All values of a fact that may be there several times."""
        return frozenset(fact[len(name) + 1 :] for fact in self.facts if fact.startswith(f"{name}:"))


def _named(facts: frozenset[str], name: str) -> str | None:
    if not facts:
        return None
    return next((fact[len(name) + 1 :] for fact in sorted(facts) if fact.startswith(f"{name}:")), None)


def fact_about(facts: frozenset[str]) -> str | None:
    """The message that a reply names, if it names one."""
    return _named(facts, "about")
