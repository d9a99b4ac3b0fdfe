"""Trust that lives: our own keys over the years, and what counterparts show us of theirs.

``documents`` keeps roots and keysets; ``following`` takes a counterpart's newer ones or refuses them; ``keyring`` is
our own voice, which announces, turns, revokes and destroys keys; ``alarms`` is what officers must know; ``contested``
lists what came in between the loss of a key and our knowledge of it.
"""
