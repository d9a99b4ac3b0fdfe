"""Signing and sealing what this node says, and opening what it received: the only room with statement and KEM keys.

``sealing`` fills casework's ``Seal``; ``opening`` takes accepted envelopes one by one, hands what verifies to casework
and answers ``opened`` or ``rejected``. The exchange, which stands in the outer network, never imports this room.
"""
