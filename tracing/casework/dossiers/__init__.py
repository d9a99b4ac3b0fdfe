"""Dossiers: one seizure, many weapons; sent, acknowledged, reminded of as one, one case per weapon inside (domain 9).

Rules
- A dossier is one letter to one counterpart: every weapon is checked first, then all cases are opened in one
  transaction, or none.
- Each weapon has a statement of its own that names the dossier; an acknowledgement or a reminder may name all of it at
  once (its thread is the dossier, its ``re`` what was last said in each case).
- A seizure whose weapons are asked about in several States is one dossier for each of them, under one seizure; its id
  stands wherever the id of a dossier stands, at this node. No counterpart learns of it, or of another's dossier.
- Answers are given case by case.
"""

from tracing.casework.dossiers.opening import DossierAct, Seizure, decide_seizure, store_seizure
from tracing.casework.dossiers.outcome import DossierOutcome
from tracing.casework.dossiers.recording import decide_recordings
from tracing.casework.dossiers.saying import SAID_OF_ALL, ForAll, decide_for_all, store_for_all

__all__ = [
    "SAID_OF_ALL", "DossierAct", "DossierOutcome", "ForAll", "Seizure", "decide_for_all", "decide_recordings",
    "decide_seizure", "store_for_all", "store_seizure",
]  # fmt: skip
