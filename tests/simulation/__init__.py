"""A simulation that a seed decides: whole nodes in one process, a month in seconds, faults at any await.

``loop`` is the time, ``life`` what a crash ends, ``disk`` the database that may fail, ``wire`` the network that loses,
delays, doubles and cuts; ``plan`` draws from the seed what happens, ``month`` lets it happen, ``invariants`` says what
must hold. ``python -m tests.simulation --seed 7`` replays one; ``bugs`` are planted faults that it must find.
"""
