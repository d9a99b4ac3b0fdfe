"""The kinds of message in one table, and the two ways to a message.

- ``parse`` takes what arrives: its shape must hold (SchemaInvalid), its contents may be missing (``lacks()``).
- ``build`` takes what our own node wants to say: everything must be right, or nothing is built (Incomplete, with every
  problem at once).

Example
    >>> build(Kind.REFUSAL, {"ground": "national_security", "reason": " "})
    Traceback (most recent call last):
    protocol.messages.problems.Incomplete: reason: expected the reason, in words, got blank text
"""

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from protocol.errors import SchemaInvalid, UnsupportedExtension, UnsupportedVersion
from protocol.lifecycle import Kind
from protocol.messages.acknowledgement import Acknowledgement
from protocol.messages.amendment import Amendment
from protocol.messages.clarification import ClarificationReply, ClarificationRequest
from protocol.messages.closure import Closure
from protocol.messages.consent import ConsentDecision, ConsentRequest
from protocol.messages.correction import Correction
from protocol.messages.delay_notice import DelayNotice
from protocol.messages.directory_update import DirectoryUpdate
from protocol.messages.final_response import FinalResponse
from protocol.messages.handling_notice import HandlingNotice
from protocol.messages.information_request import InformationRequest
from protocol.messages.information_supply import InformationSupply
from protocol.messages.interim_response import InterimResponse
from protocol.messages.message import Message
from protocol.messages.not_competent import NotCompetent
from protocol.messages.objection import Objection
from protocol.messages.priority_change import PriorityChange
from protocol.messages.profile import ProfileDecision, ProfileProposal
from protocol.messages.progress import Progress
from protocol.messages.reconciliation import Reconciliation
from protocol.messages.referral import Referral
from protocol.messages.refusal import Refusal
from protocol.messages.reminder import Reminder
from protocol.messages.reopening import Reopening
from protocol.messages.restriction_notice import RestrictionNotice
from protocol.messages.shape import fit
from protocol.messages.spontaneous_information import SpontaneousInformation
from protocol.messages.trace_request import TraceRequest
from protocol.messages.whole import whole
from protocol.messages.withdrawal import Withdrawal

__all__ = ["BY_KIND", "KINDS", "build", "parse", "reread"]

_ALL: tuple[type[Message], ...] = (
    TraceRequest, Progress, Acknowledgement, NotCompetent, InformationRequest, InformationSupply, Amendment,
    DelayNotice, InterimResponse, FinalResponse, RestrictionNotice, Refusal, ClarificationRequest, ClarificationReply,
    Withdrawal, Referral, ConsentRequest, ConsentDecision, HandlingNotice, Objection, Reminder, PriorityChange,
    Correction, Closure, Reopening, SpontaneousInformation, DirectoryUpdate, ProfileProposal, ProfileDecision,
    Reconciliation,
)  # fmt: skip

KINDS: Mapping[str, type[Message]] = MappingProxyType({kind.TYPE: kind for kind in _ALL})
"""Wire word -> message."""

BY_KIND: Mapping[Kind, type[Message]] = MappingProxyType({kind.KIND: kind for kind in _ALL})
"""Kind of the lifecycle -> message."""

_TYPE = re.compile(r"(urn:itx:[a-z]+(?:-[a-z]+)*):([1-9][0-9]{0,3})")


def parse(type_urn: str, body: Any) -> Message:
    """The message that arrived as ``body``.

    Raises SchemaInvalid (shape), UnsupportedVersion (another major version of a kind we know), UnsupportedExtension
    (a kind we do not know). ``body`` may be in the shape of the API or as it was signed.
    """
    kind = _kind(type_urn)
    if not isinstance(body, dict):
        raise SchemaInvalid("expected the body of a message to be an object")
    message, faults = fit(kind, kind.gather(body))
    if faults:
        raise SchemaInvalid(f"{faults[0].member}: expected {faults[0].expected}, got {faults[0].got}")
    return message


def reread(type_urn: str, body: dict[str, Any]) -> Message:
    """What we took before and hold with elements erased: a place that has lost its shape is left empty."""
    kind = _kind(type_urn)
    message, _ = fit(kind, kind.gather(body))
    return message


def _kind(type_urn: str) -> type[Message]:
    if (kind := KINDS.get(type_urn)) is not None:
        return kind
    if (form := _TYPE.fullmatch(type_urn)) is None:
        raise SchemaInvalid("expected a type such as urn:itx:trace-request:1")
    if f"{form[1]}:1" in KINDS:
        raise UnsupportedVersion(f"expected version 1 of this kind of message, got {form[2]}")
    raise UnsupportedExtension("a kind of message this node does not know")


def build(kind: Kind, body: Mapping[str, Any], *, today: date | None = None, standing: str | None = None) -> Message:
    """What our own node may say, whole; else Incomplete with every problem, and nothing is built.

    ``today`` (of the node's zone) refuses finds in the future; without it dates are not compared. ``standing`` is the
    standing declaration of ITI 15 that a request falls back on. ``to`` and the like are not part of the body.
    """
    model = BY_KIND[kind]
    if not isinstance(body, Mapping):
        return whole(model, body)
    return whole(model, model.prepare(body, standing), today=today)
