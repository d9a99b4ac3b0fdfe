"""Evidence of a case for somebody without a node: what of it may leave, gathered, signed for, verified, and noted."""

from tracing.casework.evidence.asked import Export, enter_export
from tracing.casework.evidence.exporting import Exported, build_evidence, note_export
from tracing.casework.evidence.preview import Preview, preview_evidence
from tracing.casework.evidence.stamped import NotStamped, Stamper, ask_stamp

__all__ = [
    "Export", "Exported", "NotStamped", "Preview", "Stamper", "ask_stamp", "build_evidence", "enter_export",
    "note_export", "preview_evidence",
]  # fmt: skip
