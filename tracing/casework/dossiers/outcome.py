"""What an act for a whole dossier, or for all of a seizure, came to."""

from collections.abc import Sequence
from dataclasses import dataclass

from tracing.casework.thread import Thread

__all__ = ["DossierOutcome"]


@dataclass(frozen=True, slots=True)
class DossierOutcome:
    """What an act for a whole dossier came to: case id and state of each case it touched.

    Of a seizure at several counterparts ``dossier`` is its own id, and ``parts`` are its dossiers; else there are none.
    """

    dossier: str
    counterpart: str
    cases: dict[str, str]
    parts: tuple["DossierOutcome", ...] = ()

    @classmethod
    def of(cls, name: str, threads: tuple[Thread, ...]) -> "DossierOutcome":
        """Of the cases as they stand after the act."""
        rows = [(str(one.case.dossier), str(one.case.counterpart), str(one.case.id), one.state) for one in threads]
        return cls.of_rows(name, rows)

    @classmethod
    def of_rows(cls, name: str, rows: Sequence[tuple[str, str, str, str]]) -> "DossierOutcome":
        """Of (dossier, counterpart, case, state) of each case."""
        by_dossier = {
            (dossier, counterpart): {case: state for of, _, case, state in rows if of == dossier}
            for dossier, counterpart, _, _ in rows
        }
        parts = tuple(cls(dossier, counterpart, cases) for (dossier, counterpart), cases in by_dossier.items())
        if len(parts) == 1 and parts[0].dossier == name:
            return parts[0]
        whole = {case: state for part in parts for case, state in part.cases.items()}
        return cls(name, ", ".join(dict.fromkeys(part.counterpart for part in parts)), whole, parts)
