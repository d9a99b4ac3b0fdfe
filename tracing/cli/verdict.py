"""What a file of evidence proves and what it does not, as a document and in plain words.

What stands in the file is foreign text: nothing of it acts on a terminal.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from keys.evidence import Evidence, Head, Proved
from keys.stamps import Stamp
from keys.vouching import Speaker
from tracing.clock import rfc3339
from tracing.desk.papers.sentences import not_proved
from tracing.log import printable

__all__ = ["document", "speaker", "stamp", "text"]

SECOND = 1000


def document(found: Evidence, messages: Sequence[Proved], beside: Sequence[str] = ()) -> dict[str, Any]:
    """What ``--json`` shows. ``beside`` are further things that are not proved."""
    return {
        "ok": True,
        "net": found.net,
        "case": found.case,
        "scope": found.scope,
        "exported": {"by": speaker(found.exporter), "at": rfc3339(found.at_ms), "to": found.to,
                     "purpose": found.purpose},
        "with": found.other and speaker(found.other),
        "head": found.head and _head(found.head),
        "stamp": found.stamp and stamp(found.stamp),
        "messages": [_message(one) for one in messages],
        "left_out": [{"mid": one.mid, "why": one.why} for one in found.left_out],
        "absent": list(found.absent),
        "not_proved": [*not_proved(found, messages), *beside],
    }  # fmt: skip


def speaker(of: Speaker) -> dict[str, Any]:
    """Who signed, and under which keys."""
    return {
        "authority": of.authority,
        "name": of.name,
        "country": of.country,
        "root": of.root_digest,
        "keyset": of.keyset,
        "keys_as_of": rfc3339(of.keys_as_of_ms),
    }


def _head(head: Head) -> dict[str, Any]:
    cosigned = None if head.cosigned_s is None else rfc3339(head.cosigned_s * SECOND)
    signed = rfc3339(head.signed_s * SECOND)
    return {
        "origin": head.origin, "size": head.size, "root": head.root.hex(), "signed": signed, "cosigned": cosigned,
    }  # fmt: skip


def stamp(one: Stamp) -> dict[str, Any]:
    """A time-stamp; ``authority`` is None where whoever verified named none that vouches for it."""
    return {
        "at": rfc3339(one.time_ms), "no_later_than": rfc3339(one.latest_ms), "by": one.signer, "issuer": one.issuer,
        "authority": one.authority, "policy": one.policy, "serial": one.serial,
    }  # fmt: skip


def _message(one: Proved) -> dict[str, Any]:
    return {
        "mid": one.mid,
        "from": one.sender,
        "to": one.recipient,
        "thread": one.thread,
        "type": one.type,
        "said": rfc3339(one.said_ms),
        "statement": one.statement,
        "accepted": rfc3339(one.accepted_ms),
        "opened": rfc3339(one.opened_ms),
        "rejected": one.rejected,
        "of": one.total,
        "elements": [
            {"name": each.name, "position": each.position, "value": each.value, "restrictions": list(each.restrictions)}
            for each in one.elements
        ],
        "attachments": [
            {"n": each.n, "name": each.attachment.name, "type": each.attachment.type, "len": each.attachment.length,
             "sha256": each.attachment.sha256, "restrictions": list(each.restrictions)}
            for each in one.attachments
        ],
        "withheld": [{"position": at + 1, "why": list(why)} for at, why in one.withheld],
        "entered": list(one.entered),
    }  # fmt: skip


# ---------------------------------------------------------------- in words


def text(found: Evidence, messages: Sequence[Proved], beside: Sequence[str] = ()) -> str:
    """The verdict for a person."""
    return "\n".join(map(printable, _lines(found, messages, beside)))


def _lines(found: Evidence, messages: Sequence[Proved], beside: Sequence[str]) -> Iterator[str]:
    by = found.exporter
    if found.net == "training":
        yield "TRAINING: said on the training network, about no real weapon."
    yield f"Everything in this file holds. {_named(by)} exported it at {rfc3339(found.at_ms)}"
    yield f"  for {_spelt(found.to)} ({found.purpose}), signed for each line, and says of the case {found.case}:"
    for one in messages:
        yield from _message_lines(one)
    yield from (f"left out: {one.mid} ({one.why})" for one in found.left_out)
    yield from _head_lines(found, messages)
    yield from _stamp_lines(found)
    for who in (by, found.other):
        if who is not None:
            yield f"Keys of {who.authority} as of {rfc3339(who.keys_as_of_ms)} (keyset {who.keyset})."
    yield "Not proved:"
    yield from (f"  - {each}" for each in (*not_proved(found, messages), *beside))


def _spelt(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _named(of: Speaker) -> str:
    return f"{of.authority} ({of.name}, {of.country})"


def _message_lines(one: Proved) -> list[str]:
    hidden = [f"  {at + 1} of {one.total}: withheld ({', '.join(why)})" for at, why in one.withheld]
    return [
        f"{one.mid}: {one.sender} said to {one.recipient}, by its own clock at {rfc3339(one.said_ms)}, {one.type}",
        *(f"  {each.position} of {one.total}, {each.name}: {_spelt(each.value)}{_bound(each.restrictions)}"
          for each in one.elements),
        *(f"  attachment {each.n}: {_spelt(each.attachment.name)}, SHA-256 {each.attachment.sha256}"
          f"{_bound(each.restrictions)}" for each in one.attachments),
        *hidden,
        f"  {_taken(one)}",
    ]  # fmt: skip


def _bound(restrictions: Sequence[str]) -> str:
    return f" [restrictions: {', '.join(restrictions)}]" if restrictions else ""


def _taken(one: Proved) -> str:
    if one.rejected is not None:
        return f"{one.recipient} signed that it rejected it: {one.rejected}"
    if one.accepted_ms is None and one.opened_ms is None:
        return "the file does not show that it was taken over"
    accepted, opened = rfc3339(one.accepted_ms) or "-", rfc3339(one.opened_ms) or "-"
    return f"{one.recipient} signed that it took it over at {accepted} and read it at {opened}"


def _stamp_lines(found: Evidence) -> Iterator[str]:
    if (one := found.stamp) is None:
        return
    what = "All that is shown here" if found.head is None else "This history, up to the head of its trail,"
    yield f"{what} existed no later than {rfc3339(one.latest_ms)}:"
    yield f"  so says the time-stamp authority {_spelt(one.signer)} (number {one.serial}),"
    if one.authority is None:
        yield f"  with a certificate by {_spelt(one.issuer)}, whom nobody vouched for here: see --timestamp-ca."
    else:
        yield f"  for whom {_spelt(one.authority)} vouches, whom you named."


def _head_lines(found: Evidence, messages: Sequence[Proved]) -> list[str]:
    head, entries = found.head, sum(len(one.entered) for one in messages)
    if head is None:
        return []
    seen = "" if head.cosigned_s is None or found.other is None else (
        f", cosigned by {found.other.authority} at {rfc3339(head.cosigned_s * SECOND)}"
    )  # fmt: skip
    return [
        f"{entries} of these envelopes and receipts stand in the audit trail {head.origin},",
        f"  {head.size} entries, signed at {rfc3339(head.signed_s * SECOND)}{seen}.",
    ]
