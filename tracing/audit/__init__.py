"""The audit trail: trees of what happened, checkpoints over them, and the verification of all of it.

``trees`` appends leaves in the caller's transaction; ``checkpoints`` signs heads; ``verifying`` recomputes everything.
"""

from tracing.audit.checkpoints import Checkpoints
from tracing.audit.trees import (
    PRIVATE,
    Head,
    append,
    begin_anew,
    head,
    note,
    open_tree,
    origin_of,
    read_head,
    recompute,
    rename_tree,
)
from tracing.audit.verifying import MARKS, AuditResult, CheckNote, Marks, message_digest, verify
from tracing.audit.vouched import Vouched

__all__ = [
    "MARKS",
    "PRIVATE",
    "AuditResult",
    "CheckNote",
    "Checkpoints",
    "Head",
    "Marks",
    "Vouched",
    "append",
    "begin_anew",
    "head",
    "message_digest",
    "note",
    "open_tree",
    "origin_of",
    "read_head",
    "recompute",
    "rename_tree",
    "verify",
]
