"""Deadlines in force: the watch that notices when a date nears or passes. The rows are the truth; it only looks.

And what a month asks for: the list of open cases that each counterpart is sent.
"""
