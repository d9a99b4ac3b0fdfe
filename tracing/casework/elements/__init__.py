"""Elements: single facts of a case, pointed at, kept under their restrictions, passed on, proved, erased.

| Module | |
|---|---|
| ``held`` | the messages of a case as this node holds them, cut into their elements |
| ``pointing`` | what an act points at |
| ``gate`` | the one place that asks whether an element may leave (ITI 15) |
| ``leaks`` | what is withheld and written by hand all the same |
| ``onward`` ``passed`` | carrying elements to the next State, and reading what was carried here |
| ``proving`` ``erasing`` ``prepared`` | one element shown alone; one gone, at once or by a second person |
| ``following`` ``follower`` | what corrections and days to delete by oblige this node to |
| ``shown`` ``route`` | how a case shows all this; the way of a weapon across cases |
"""
