"""Listening: what strangers may cost a listener, whoever it serves. Bounds on connections, on time and on memory.

aiohttp 3.14 closes neither a silent connection nor half a header nor half a body by itself. Here:
- a connection has ``head_s`` to send a whole header, from its beginning or from the first byte after what was served;
  where TLS is spoken here, as much for its handshake;
- one that was served and sends nothing may rest for ``rest_s``;
- a body that pauses for ``pause_s``, or falls ``behind_s`` behind the slowest pace we serve, is refused;
- an answer nobody reads is given up after ``answer_s``, and the time its length takes at the slowest pace;
- beyond ``most_connections`` the one that has waited longest without a whole header makes room for the new one, then
  the one whose body is furthest behind; beyond ``most_bodies`` the body that is furthest behind; beyond
  ``most_body_bytes`` the largest. So a stranger who stands in the way keeps nobody out.

    listener = Listener(app, limits, refuse)
    address = await listener.start("127.0.0.1", 8470)
    ...
    body = await Intake(limits).read(http_request)
    ...
    await listener.stop()
"""

from tracing.listening.bounds import BodyRefused, Limits, Reading
from tracing.listening.connections import Listener, Refuse
from tracing.listening.intake import Intake

__all__ = ["BodyRefused", "Intake", "Limits", "Listener", "Reading", "Refuse"]
