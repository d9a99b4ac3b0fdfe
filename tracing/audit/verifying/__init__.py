"""Recomputing the whole trail from the stored bytes, and naming the first entry that does not hold.

What is checked, and in which room
1. Every tree: its leaves are numbered without a gap, each hash follows from its entry (``leaves``), the head from all
   hashes (``whole``).
2. Every leaf against its object: envelopes and receipts byte for byte, messages at rest with what lists and the fold
   read of them, private objects with their salt (``objects``). Where an element was erased, its leaf says what rests.
3. Every object against its leaf: an envelope, receipt or message without one was slipped in (``strays``).
4. The columns lists and delivery work from, against the signed bytes they were taken from (``columns``).
5. Every checkpoint: its signatures, and the head it promised (``promises``).
6. The heads that the trees keep of each other, once a day: a tree rewritten or taken away breaks with the others.
7. The heads that counterparts cosigned, those at rest here and those handed in: with them a history that was rewritten
   and signed anew with the real keys does not agree. And what we cosigned of theirs, against the entries of it.

A run that was cut short can go on where it ended (``marks``, which say what that leaves unseen).

Memory is bounded: rows are streamed, nothing is kept but the frontier of one tree, one head a day and one digest for
each message that lost an element.
"""

from tracing.audit.verifying.columns import message_digest
from tracing.audit.verifying.found import AuditResult, CheckNote
from tracing.audit.verifying.marks import FILE as MARKS
from tracing.audit.verifying.marks import Marks
from tracing.audit.verifying.whole import verify

__all__ = ["MARKS", "AuditResult", "CheckNote", "Marks", "message_digest", "verify"]
