"""Calendar feeds: open duties as iCalendar (RFC 5545), read by whoever knows the address of a feed.

Rules
- An address holds 256 bits of chance, is shown once and kept as its digest; it is looked up by that digest, so nothing
  is compared that a stranger could time. Revoked, it leads nowhere from the next HTTP request on.
- ``mine``: what is open in the person's own cases and in those of whoever is away and has him for a deputy, and what we
  owe in cases of nobody; it sleeps while the account is closed. ``team``: everything open at this authority.
- A duty is one event: its UID never changes, its SEQUENCE grows when its date moves. What is done leaves the feed; it
  is not shown as CANCELLED, since the calendar of a person is no record, and a record of what was done is the trail's.
- A limit that ends with a day of this authority is an all-day event; any other is an instant in UTC. A clock that
  stands still is TENTATIVE, at the earliest date.
- There are no alarms in it: who is reminded, when and how often is the ladder's matter.
- Of a case it says what ``tracing/phrases`` allows, opens nothing that is encrypted, and so reading it leaves no leaf;
  when a feed was read last stands in its row.
- Without METHOD, so that DTSTAMP says when an event changed last (RFC 5545, 3.8.7.2) and equal duties are equal bytes.
"""
