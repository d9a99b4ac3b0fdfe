"""Trust that lives: our own keys over the years, and what counterparts show us of theirs.

``first_contact`` lets two officers pin a counterpart, ``introductions`` are hints of others, ``contacts`` the contact
cards and what changed on them; ``own`` are our documents; ``documents`` keeps roots and keysets; ``following`` takes a counterpart's newer ones or refuses them; ``keyring`` is
our own voice, which announces, turns, revokes and destroys keys; ``alarms`` is what officers must know; ``contested``
lists what came in between the loss of a key and our knowledge of it.
"""
