"""Deadlines in force: the watch that notices when a date nears or passes. The rows are the truth; it only looks."""
