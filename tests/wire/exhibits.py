"""The cast's evidence, written by hand: a case of ke with at, exported by ke, with every kind of object in it.

Three messages: a request with an attachment, of which one mark is withheld; at's acknowledgement, whole and sealed;
and what ke said of a whole dossier. ``written`` signs an inventory for whatever lines it is given, so that tests let
the exporter itself say what the program would never write.
"""

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Any

from keys.algorithms import SigningKey, signing_key
from protocol import base64url, checkpoint, evidence, jws, merkle, statement, strictjson
from protocol import envelope as envelopes
from protocol.attachments import Attachment
from protocol.checkpoint import COSIGNATURE, ED25519, MLDSA44, Checkpoint, NoteKey
from protocol.messages import parse
from protocol.statement import Composed
from tests.wire import cast, provers
from tests.wire.cast import AT, CASE, IAT, KE, MID, NET, RECIPIENT, SENDER, State
from tests.wire.keyring import grains, seed
from tests.wire.provers import Members, as_is

__all__ = [
    "ACK", "DOSSIER", "ORIGIN", "PINS", "WHOLE", "File", "Tree", "carried", "inventory_of", "log_keys", "note", "said",
    "written",
]  # fmt: skip

PINS = provers.their_pins()
ORIGIN = f"{KE}.example/itx/{AT}"
ACK, DOSSIER = f"{AT}:{cast.uuid7(11)}", f"{KE}:{cast.uuid7(12)}"
SEALED = b"sealed bytes that nobody here opens"
PICTURE = Attachment("frame.jpg", "image/jpeg", 5, "1" * 64, b"k" * 32, f"{7:064x}")
SENT_BY = {KE: SENDER, AT: RECIPIENT}


def log_keys(name: str) -> tuple[SigningKey, SigningKey]:
    """The keys of a State's log: those its keyset names."""
    return signing_key("Ed25519", seed(f"{name} log")), signing_key("ML-DSA-44", seed(f"{name} log pq"))


# ---------------------------------------------------------------- the tree


class Tree:
    """The tree ke keeps of its exchange with at."""

    def __init__(self) -> None:
        self.hashes: list[bytes] = []
        self.entries: list[Members] = []

    def add(self, kind: str, item: Any) -> int:
        """Enter an object; its place."""
        at = IAT + 10 * len(self.hashes)
        entry = {"v": 1, "t": at, "k": kind, "h": sha256(strictjson.dump(item)).hexdigest()}
        self.hashes.append(merkle.leaf_hash(strictjson.dump(entry)))
        self.entries.append(entry)
        return len(self.hashes) - 1

    def subtree(self, first: int, count: int) -> bytes:
        return merkle.root(self.hashes[first : first + count])

    def entry(self, index: int) -> Members:
        """How a file shows where something stands."""
        path = merkle.inclusion_proof(index, len(self.hashes), self.subtree)
        known = self.entries[index]
        return {"t": known["t"], "k": known["k"], "index": index, "path": [step.hex() for step in path]}

    @property
    def head(self) -> Checkpoint:
        return Checkpoint(ORIGIN, len(self.hashes), merkle.root(self.hashes))


def note(head: Checkpoint, *, signers: str = KE, witness: str | None = AT, name: str | None = None) -> str:
    """A checkpoint signed by a State's log, and cosigned by another's under the name of its log with the first."""
    named = [(NoteKey(name or head.origin, kind, key.public.raw), key)
             for kind, key in zip((ED25519, MLDSA44), log_keys(signers), strict=True)]  # fmt: skip
    if witness is not None:
        named += [(NoteKey(f"{witness}.example/itx/{signers}", kind, key.public.raw), key)
                  for kind, key in zip((COSIGNATURE, MLDSA44), log_keys(witness), strict=True)]  # fmt: skip
    lines = [known.sign(head, IAT // 1000 + 60, key.sign) for known, key in named]
    return checkpoint.write(head.body(), lines)


# ---------------------------------------------------------------- messages


def said(mid: str = MID, **changed: Any) -> Composed:
    """One of the three statements."""
    parts: dict[str, Members] = {
        MID: {"att": (PICTURE,)},
        ACK: {"said": parse("urn:itx:acknowledgement:1", {"unit": "Desk 4", "restrictions": ["no_court_use"]}),
              "sender": AT, "to": KE, "iat": IAT + 3000, "re": (MID,)},
        DOSSIER: {"said": parse("urn:itx:reminder:1", {"note": "the second"}), "iat": IAT + 9000,
                  "thread": f"{KE}.d{cast.uuid7(4).hex}", "re": (MID,)},
    }  # fmt: skip
    return cast.composed(**{"mid": mid, "salt": grains(mid)} | parts[mid] | changed)


def carried(stated: Composed, tree: Tree, cards: dict[str, Members], *, whole: bool, **changed: Any) -> Members:
    """A message with its envelope, its receipts and their entries; ``manifest``, ``receipts``, ``stages`` change it."""
    me = str(stated.statement.from_)
    item = jws.sign(stated.payload, statement.TYP, list(SENT_BY[me].stmt))
    envelope = _envelope(stated, item, cards, **changed.get("manifest", {}))
    index = tree.add("env.out" if me == KE else "env.in", envelope)
    more, stages = changed.get("receipts", {}), changed.get("stages", provers.STAGES)
    given = [_receipt(stage, stated, envelope, index, cards, **more) for stage in stages]
    places = [tree.add("rcpt.in" if me == KE else "rcpt.out", one) for one in given]
    bare = {name: value for name, value in envelope.items() if name != "ct"}
    count = len(stated.statement.elements)
    return {
        "statement": item,
        "disclosures": [one.text for one in stated.disclosures[:count]],
        "attachments": [one.text for one in stated.disclosures[count:]],
        "withheld": [],
        "salt": base64url.encode(stated.salt),
        "envelope": {"item": envelope if whole else bare, "entry": index if whole else None},
        "receipts": [{"item": one, "entry": at} for one, at in zip(given, places, strict=True)],
    }


def _envelope(stated: Composed, item: Members, cards: dict[str, Members], **changed: Any) -> Members:
    told = stated.statement
    me, to = str(told.from_), str(told.to)
    members = cast.manifest_members(
        SEALED, envelopes.stc(stated, item), **{"mid": told.mid, "from": me, "to": to, "ks": _ks(cards[me])} | changed
    )
    return cast.outer(members, SEALED, SENT_BY[me].env)


def _receipt(
    stage: str, stated: Composed, envelope: Members, index: int, cards: dict[str, Members], **changed: Any
) -> Members:
    told = stated.statement
    me, to, opened = str(told.to), str(told.from_), stage == "opened"
    rejected = {"code": "schema", "retry": "never"} if stage == "rejected" else {}
    members = cast.receipt_members(
        rid=f"{me}:{cast.uuid7(100 + 2 * index + opened)}", at=told.iat + 1000 + 1000 * opened, stage=stage, **rejected,
        ks=_ks(cards[me]), st=stated.digest if opened else None,
        log={"origin": ORIGIN if me == KE else f"{AT}.example/{KE}", "index": index},
        **{"from": me, "to": to, "for": {"mid": told.mid, "env": provers.digest(envelope)}},
    )  # fmt: skip
    return cast.receipt_item(members | changed, SENT_BY[me].rcpt)


def _ks(card: Members) -> Members:
    return {"ver": provers.payload(card["keyset"])["ver"], "sha256": provers.digest(card["keyset"])}


# ---------------------------------------------------------------- the file


@dataclass
class File:
    """The lines of a file as JSON, before anybody signed for them."""

    cards: dict[str, Members]
    tree: Tree
    head: str | None
    messages: dict[str, Members]
    inventory: Members = field(default_factory=dict)

    @classmethod
    def made(cls, *, ours: Members | None = None, theirs: Members | None = None, **changed: Any) -> "File":
        """The whole case. ``ours`` and ``theirs`` are other cards, ``changed`` what ``carried`` takes, by message."""
        cards = {KE: ours or provers.card(SENDER), AT: theirs or provers.card(RECIPIENT)}
        tree, add = Tree(), partial(carried, cards=cards)
        tree.add("rcpt.in", "something else")
        stated = {mid: changed.get("said", {}).get(mid) or said(mid) for mid in (MID, ACK, DOSSIER)}
        found = {mid: add(one, tree, whole=mid != MID, **changed.get(mid, {})) for mid, one in stated.items()}
        for _ in range(5):
            tree.add("rcpt.out", "and more")
        file = cls(cards, tree, note(tree.head), found)
        for each in found.values():
            for one in (each["envelope"], *each["receipts"]):
                one["entry"] = None if one["entry"] is None else tree.entry(one["entry"])
        file.withhold(MID, 2)
        return file

    def withhold(self, mid: str, position: int) -> None:
        """Take an element out, and say so."""
        told = self.messages[mid]
        del told["disclosures"][position]
        told["withheld"].append({"position": position, "why": ["no_dissemination"]})

    def lines(self) -> list[tuple[str, str, Any]]:
        """(kind, of, object) of each line behind the first."""
        cards = [("card", name, {"card": card}) for name, card in self.cards.items()]
        head = [] if self.head is None else [("head", self.head.partition("\n")[0], {"head": self.head})]
        return [*cards, *head, *(("message", mid, told) for mid, told in self.messages.items())]

    def copy(self) -> "File":
        tree = self.tree
        return File(copy.deepcopy(self.cards), tree, self.head, copy.deepcopy(self.messages), dict(self.inventory))


def inventory_of(lines: Sequence[tuple[str, str, bytes]], /, **changed: Any) -> Members:
    """What the exporter would say of these lines."""
    return {
        "v": 1, "net": NET, "crit": [], "from": KE, "at": IAT + 20_000, "case": CASE, "scope": "case",
        "to": "Court of Mombasa", "purpose": "court", "left_out": [],
        "lines": [{"kind": kind, "of": of, "sha256": evidence.digest_of(data)} for kind, of, data in lines],
    } | changed  # fmt: skip


def spelt(value: Any) -> bytes:
    """A line; values that our own writer would refuse are written all the same."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


def written(file: File, signers: Sequence[SigningKey] = SENDER.stmt, typ: str = evidence.TYP) -> bytes:
    """The file, its inventory signed."""
    lines = [(kind, of, value if isinstance(value, bytes) else spelt(value)) for kind, of, value in file.lines()]
    members = inventory_of(lines, **file.inventory)
    signed = jws.sign(spelt(members), typ, [as_is(key) for key in signers])
    return evidence.write(evidence.inventory_line(signed), [data for _, _, data in lines])


WHOLE = File.made()
STRANGER = State("br")
