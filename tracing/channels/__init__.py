"""The ways of a reminder beside the desk: mail and webhooks. What they have in common is here, each in a room below.

Rules
- A channel sends to *targets*: the mail server (``mail``), each webhook (``webhook:3``). What leaves is a *notice*: a
  row before it is bytes, made once (``slot``), with the name its tries bear, in the transaction of the reminder. It is
  claimed, sent, and marked: a process that dies in between sends it once more under the same name.
- It leaves at ``from_ms`` at the earliest, and not at all when nothing is left to do.
- A target's trouble is one row (``standing``): nothing is lost while it lasts. What will never be taken is parked and
  told at the desk.
- A notice says which case by the end of its number, what is due, when, why now and what to do. It never holds a serial,
  a make, a place, a person or free text; a State only where the settings of its channel say so.
- No address of a person stands in a log or in the audit trail.
"""
