"""Matters: what two authorities say to each other outside any case: information, profiles, reconciliations."""
