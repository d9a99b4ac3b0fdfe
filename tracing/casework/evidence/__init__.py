"""Evidence of a case for somebody without a node: what of it may leave, gathered, signed for, verified, and noted."""

from tracing.casework.evidence.asked import Export, enter_export
from tracing.casework.evidence.exporting import Exported, build_evidence, note_export

__all__ = ["Export", "Exported", "build_evidence", "enter_export", "note_export"]
