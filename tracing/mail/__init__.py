"""Reminders by mail: rows made with the reminder, a worker that sends them, and what a person chose.

Rules
- A mail says which case by the end of its number, what is due, when, why now and what to do. It never holds a serial, a
  make, a place, a person or free text; a State only where ``[mail] names_counterparts`` says so.
- A mail is a row before it is bytes: made once (``slot``), with its Message-ID, in the transaction of the reminder. It
  is claimed, sent, and marked: a process that dies in between sends it once more under the same Message-ID.
- It leaves at ``from_ms`` at the earliest, and not at all when nothing is left to do.
- The server's trouble is one row (``standing``): nothing is lost while it lasts. What the server refuses for good is
  parked and told at the desk.
- No address stands in a log or in the audit trail.
"""
