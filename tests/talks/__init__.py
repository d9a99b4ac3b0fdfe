"""Conversations at random between two real nodes over a wire that delays, reorders, duplicates and loses answers.

python -m tests.talks --first 0 --count 20000      # two real nodes
python -m tests.talks --folds --count 200000       # the fold alone, two sides that hold messages in any order
python -m tests.talks --faults                     # each planted fault, and after how many conversations it shows
"""
