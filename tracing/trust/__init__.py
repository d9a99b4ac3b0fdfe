"""Trust that lives: how authorities come to know each other, our own keys over the years, what others show of theirs.

``first_contact`` lets two officers pin a counterpart; ``introductions`` are what counterparts say of others, and
``contacts`` the contact cards and what changed on them. ``documents`` keeps roots and keysets, ``own`` reads ours;
``following`` takes a counterpart's newer ones or refuses them; ``keyring`` is our own voice, which announces, turns,
revokes and destroys keys; ``alarms`` is what officers must know; ``contested`` lists what came in between the loss of
a key and our knowledge of it.
"""
