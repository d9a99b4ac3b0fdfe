"""Bundles: what waits for a counterpart in one file, and such a file taken in (wire specification, section 25).

What is taken is judged where everything is that a counterpart posts (``exchange/inbox``, ``exchange/berths``).
"""
