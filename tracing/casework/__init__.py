"""Casework: the acts officers and counterparts cause, each one transaction.

Rules
- An act is load, decide, commit: ``thread`` loads a case and folds its messages, ``acts`` decides what to say,
  ``office`` commits it with its audit leaf, its deadlines and its place in the outbox, or nothing at all.
- An illegal move is judged before its body. Nothing is changed by a refused act.
- What comes from a counterpart enters as ``Verified`` (only unsealing makes one) or as ``Recorded`` (a reply by another
  channel, entered by an officer and marked as not signed).
- No HTTP, no scheduler, no keys here: signing and sealing come as a parameter.
"""
