"""The checks of every rule, by what they are about. Importing this fills the table."""

from tests.conformance.checks import (
    binary_and_json,
    conversation,
    envelopes,
    exchange,
    limits,
    opening,
    receipts,
    requests,
    signed_objects,
    trust,
)

__all__ = [
    "binary_and_json", "conversation", "envelopes", "exchange", "limits", "opening", "receipts", "requests",
    "signed_objects", "trust",
]  # fmt: skip
