"""Reminders by webhook: signed HTTP calls to receivers that an administrator named.

Rules
- The form is that of Standard Webhooks: ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature``, an HMAC-SHA256
  over the three of id, timestamp and body. The id is the same on each try.
- Over https only, and only to public addresses and to inner ones that ``[webhooks] allow`` names; a training node may
  also call its own machine, and that without TLS. Judged is the address that is connected to (``connecting``).
- No redirect is followed. Of an answer the status counts, and no more is heard than that takes.
- The address may hold a secret of the receiver: it rests encrypted, with the secrets that sign, and is shown without
  its path.
- What a receiver has not taken in three days is parked and told at the desk.
"""
