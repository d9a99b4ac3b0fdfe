"""A first part of the answer (ITI 20; domain 7b.1 no. 10): ``answer`` with ``"final": false``. Rules: ``answer.py``.

Example
    {"outcomes": [{"code": "manufacture_confirmed_no_further_record"}], "open": "the export register is being searched"}
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from protocol.lifecycle import Kind
from protocol.messages.answer import Answer
from protocol.messages.members import Text
from protocol.vocabulary.outcomes import Completeness

__all__ = ["InterimResponse"]


class InterimResponse(Answer):
    """More will come; ``open`` says what."""

    KIND: ClassVar[Kind] = Kind.INTERIM_RESPONSE
    TYPE: ClassVar[str] = "urn:itx:interim-response:1"
    FINAL: ClassVar[bool] = False

    open: Text | None = None

    @classmethod
    def prepare(cls, body: Mapping[str, Any], standing: str | None) -> dict[str, Any]:
        """A first part is partial."""
        return {"completeness": Completeness.PARTIAL.value} | super().prepare(body, standing)
