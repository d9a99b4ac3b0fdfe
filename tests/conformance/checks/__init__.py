"""The checks of every rule, by what they are about. Importing this fills the table."""

from tests.conformance.checks import (
    attachments,
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
    "attachments", "binary_and_json", "conversation", "envelopes", "exchange", "limits", "opening", "receipts",
    "requests", "signed_objects", "trust",
]  # fmt: skip
