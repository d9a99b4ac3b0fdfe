"""A file of evidence, spoilt: by whoever comes by it, and by its exporter, who signs again for what it altered.

A row is a file and where it must be refused: the line, the piece, the code. An outsider's rows leave out the code: it
is the line and its piece that name what he touched.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from protocol import base64url, jws, receipts, statement, strictjson
from protocol.checkpoint import Checkpoint
from protocol.elements import disclose
from tests.wire import cast, exhibits, provers
from tests.wire.alterations import changed_at, flipped, respelt, said_otherwise
from tests.wire.cast import AT, IAT, KE, MID, RECIPIENT, SENDER
from tests.wire.exhibits import ACK, DOSSIER, ORIGIN, PINS, STRANGER, WHOLE, File, said, written
from tests.wire.keyring import grains
from tests.wire.provers import DAY, Members

__all__ = ["Spoilt", "all_spoilt", "by_outsiders"]

LINES = {"inventory": 1, KE: 2, AT: 3, "head": 4, MID: 5, ACK: 6, DOSSIER: 7}
FLIPS = 12  # of single bits, in each line


@dataclass(frozen=True)
class Spoilt:
    """One file and how it must be refused; no code where only the place counts."""

    name: str
    data: bytes
    line: int
    piece: str
    code: str | None = None
    pins: dict[str, str] = field(default_factory=lambda: dict(PINS))


def all_spoilt() -> Iterator[Spoilt]:
    """Every one of them."""
    yield from by_outsiders()
    for group in (
        inventories, signed_inventories, cards, heads, notes, places, statements, signatures, elements, disclosures,
        withheld, attachments, envelopes, sealed, receipts_, stages, entries, keys, shapes, trust,
    ):  # fmt: skip
        yield from group()


# ---------------------------------------------------------------- by whoever comes by it


def by_outsiders() -> Iterator[Spoilt]:
    """Without any key."""
    data = written(WHOLE)
    lines = data.splitlines(keepends=True)
    pieces = ["inventory", "card", "card", "head", "message", "message", "message"]
    for at, (line, piece) in enumerate(zip(lines, pieces, strict=True)):
        for where, bit in _chances(line, at):
            changed = bytearray(line)
            changed[where] ^= 1 << bit
            yield _flip(at, where, bit, b"".join([*lines[:at], bytes(changed), *lines[at + 1 :]]), piece)
    for at in range(1, len(lines)):
        yield Spoilt(f"line {at + 1} is gone", b"".join(lines[:at] + lines[at + 1 :]), at + 1, _next(pieces, at))
        yield Spoilt(f"line {at + 1} is there twice", b"".join(lines[: at + 1] + lines[at:]), at + 2,
                     "file" if at == len(lines) - 1 else pieces[at + 1])  # fmt: skip
        yield Spoilt(f"the file ends in line {at + 1}", b"".join(lines[:at]) + lines[at][:-9], at + 1, "file", "schema")
    swapped = [*lines[:4], lines[5], lines[4], lines[6]]
    yield Spoilt("two messages change places", b"".join(swapped), 5, "message", "mismatch")
    other = written(File.made(**{MID: {"manifest": {"seq": 9}}}))
    foreign = other.splitlines(keepends=True)
    for at in (4, 5):
        mixed = b"".join([*lines[:at], foreign[at], *lines[at + 1 :]])
        if foreign[at] != lines[at]:
            yield Spoilt(f"line {at + 1} is of another file", mixed, at + 1, "message", "mismatch")
    yield Spoilt("the inventory of another file", b"".join([foreign[0], *lines[1:]]), 2, "card", "mismatch")
    for name, changed, line in (
        ("nothing at all", b"", 1), ("an empty line before", b"\n" + data, 1),
        ("a mark of byte order", b"\xef\xbb\xbf" + data, 1),
        ("an empty line behind", data + b"\n", 8), ("words behind", data + b"and more", 8),
        ("ends of lines of another kind",
         data.replace(b"\n", b"\r\n"), 1), ("no end of the last line", data[:-1], 7), ("a blank in the inventory",
         data.replace(b'{"inventory"', b'{ "inventory"', 1), 1), ("zip", b"PK\x03\x04" + bytes(100), 1),
    ):  # fmt: skip
        piece = "inventory" if line == 1 and changed else "file"
        yield Spoilt(name, changed, line, piece if name != "zip" else "file")


def _next(pieces: list[str], at: int) -> str:
    return pieces[at] if at < len(pieces) - 1 else "file"


def _chances(line: bytes, at: int) -> list[tuple[int, int]]:
    chance = random.Random(at)
    return [(chance.randrange(len(line)), chance.randrange(8)) for _ in range(FLIPS)]


def _flip(at: int, where: int, bit: int, data: bytes, piece: str) -> Spoilt:
    return Spoilt(f"line {at + 1}: bit {bit} of byte {where}", data, at + 1, piece if at else "")


# ---------------------------------------------------------------- by its exporter


def altered(change: Callable[[File], object]) -> File:
    """A copy of the whole file with something changed."""
    file = WHOLE.copy()
    change(file)
    return file


def in_message(mid: str, path: list[Any], value: Any = None, *, gone: bool = False) -> File:
    """The whole file with one place of a message changed, or taken away."""
    file = WHOLE.copy()
    file.messages[mid] = changed_at(file.messages[mid], path, value, gone=gone)
    return file


def row(name: str, file: File, where: str, piece: str, code: str, **more: Any) -> Spoilt:
    """The exporter signs again."""
    return Spoilt(name, written(file), LINES[where], piece, code, **more)


def inventories() -> Iterator[Spoilt]:
    """An inventory that says what none may."""
    lines = [{"kind": kind, "of": of, "sha256": "0" * 64} for kind, of, _ in WHOLE.lines()]
    head, first, *_ = lines[2], lines[3]
    for name, changed, code in (
        ("another version", {"v": 2}, "unsupported-version"),
        ("an extension", {"crit": ["x"]}, "unsupported-extension"),
        ("no network", {"net": "none"}, "schema"), ("no case", {"case": "x"}, "schema"),
        ("a dossier for a case", {"case": f"{KE}.d{cast.uuid7(4).hex}"}, "schema"), ("no time", {"at": -1}, "schema"),
        ("another scope", {"scope": "all"}, "schema"),
        ("three messages in the scope of one", {"scope": "message"}, "schema"),
        ("for nobody", {"to": ""}, "schema"), ("for a novel", {"to": "x" * 201}, "schema"),
        ("no purpose", {"purpose": None}, "schema"), ("no lines", {"lines": []}, "schema"),
        ("lines that are none", {"lines": [{}, {}]}, "schema"),
        ("a line of another kind", {"lines": [*lines, first | {"kind": "key"}]}, "schema"),
        ("the other side's card first", {"lines": [lines[1], lines[0], *lines[2:]]}, "schema"),
        ("a message before the head", {"lines": [*lines[:2], first, head, *lines[4:]]}, "schema"),
        ("three cards", {"lines": [*lines[:2], lines[1] | {"of": "br"}, *lines[2:]]}, "schema"),
        ("two heads", {"lines": [*lines[:3], head | {"of": "x"}, *lines[3:]]}, "schema"),
        ("a head beside one card", {"lines": [lines[0], head, first]}, "schema"),
        ("no message", {"lines": lines[:3]}, "schema"), ("a message twice", {"lines": [*lines, first]}, "schema"),
        ("a digest in capitals", {"lines": [*lines[:-1], lines[-1] | {"sha256": "A" * 64}]}, "schema"),
        ("left out for no reason", {"left_out": [{"mid": MID, "why": ""}]}, "schema"),
        ("another exporter", {"from": AT}, "schema"),
    ):  # fmt: skip
        yield row(
            f"inventory: {name}", altered(lambda f, c=changed: f.inventory.update(c)), "inventory", "inventory", code
        )


def signed_inventories() -> Iterator[Spoilt]:
    """Signatures of the inventory that do not count."""
    first = written(WHOLE).partition(b"\n")[0]
    item = strictjson.load(first, 1 << 21)["inventory"]
    rest = written(WHOLE)[len(first) :]

    def spoilt(name: str, signed: Any, code: str, **members: Any) -> Spoilt:
        line = strictjson.dump({"itx_evidence": 1, "inventory": signed} | members)
        return Spoilt(f"inventory: {name}", line + rest, 1, "inventory", code)

    one, two = item["signatures"]
    yield spoilt("another time under the same signatures", said_otherwise(item, at=IAT), "bad-signature")
    yield spoilt("made for another", said_otherwise(item, to="Somebody"), "bad-signature")
    yield spoilt("for another purpose", said_otherwise(item, purpose="public"), "bad-signature")
    yield spoilt("something more left out", said_otherwise(item, left_out=[{"mid": MID, "why": "x"}]), "bad-signature")
    yield spoilt("without the classical signature", item | {"signatures": [two]}, "bad-signature")
    yield spoilt("without the post-quantum signature", item | {"signatures": [one]}, "bad-signature")
    yield spoilt("no signature", item | {"signatures": []}, "schema")
    yield spoilt("no inventory", {}, "schema")
    yield spoilt("another mark", item, "unsupported-version", itx_evidence=2)
    yield spoilt("a mark that is true", item, "schema", itx_evidence=True)
    yield spoilt("a member more in the line", item, "schema", note="")
    for name, keys, code in (
        ("by a stranger", STRANGER.stmt, "unknown-key"), ("by the other side", RECIPIENT.stmt, "unknown-key"),
        ("by the keys for envelopes and receipts", (SENDER.env, SENDER.rcpt), "unknown-key"),
    ):  # fmt: skip
        yield Spoilt(f"inventory: signed {name}", written(WHOLE, keys), 1, "inventory", code)
    yield Spoilt("inventory: signed as a statement", written(WHOLE, typ=statement.TYP), 1, "inventory", "schema")
    gone = provers.card(SENDER, keys=provers.statuses(SENDER, "stmt", status="revoked", since=IAT + 15_000))
    yield row("inventory: signed by a revoked key", altered(lambda f: f.cards.update({KE: gone})), "inventory",
              "inventory", "key-revoked")  # fmt: skip


def cards() -> Iterator[Spoilt]:
    """Cards nobody believes, of either side."""
    for me, state, other in ((KE, SENDER, RECIPIENT), (AT, RECIPIENT, SENDER)):
        card = provers.card(state)
        root, keyset = card["roots"][0], card["keyset"]
        impostor = provers.signed(provers.root_members(me), "itx-root+json", provers.pair("impostor"), provers.as_is)
        later = provers.root(me, ver=3, prev=provers.digest(root))
        for name, changed, code in (
            ("no card", {"itx_card": 2}, "bad-root"), ("no roots", {"roots": []}, "bad-root"),
            ("a root that is none", {"roots": [{}]}, "bad-root"),
            ("the other's roots", {"roots": provers.card(other)["roots"]}, "wrong-root"),
            ("another name in the root", {"roots": [said_otherwise(root, name="X")]}, "wrong-root"),
            ("the root signed by others", {"roots": [impostor]}, "bad-root"),
            ("a second root that skips one", {"roots": [root, later]}, "bad-root"),
            ("the other's keyset", {"keyset": provers.keyset(other)}, "bad-keyset"),
            ("a keyset that is none", {"keyset": {}}, "bad-keyset"),
            ("one signature of it", {"keyset": keyset | {"signatures": keyset["signatures"][:1]}}, "bad-keyset"),
            ("a later date in the keyset", {"keyset": said_otherwise(keyset, exp=IAT + 91 * DAY)}, "bad-keyset"),
        ):  # fmt: skip
            yield row(
                f"card of {me}: {name}",
                altered(lambda f, c=card | changed, m=me: f.cards.update({m: c})),
                me,
                "card",
                code,
            )
    for me in (KE, AT):
        nobody = {name: pin for name, pin in PINS.items() if name != me}
        yield row(f"card of {me}: not pinned", WHOLE, me, "card", "not-pinned", pins=nobody)
        yield row(f"card of {me}: another pin", WHOLE, me, "card", "wrong-root", pins=PINS | {me: "0" * 64})
    real = altered(lambda f: f.inventory.update({"net": "real"}))
    yield row("card: of the other network", real, KE, "card", "mismatch")


def trust() -> Iterator[Spoilt]:
    """Cards that are whole and list other keys."""
    left = [one for one in provers.keyset_members(RECIPIENT)["keys"] if one["use"] != "rcpt"]
    poor = File.made(theirs=provers.card(RECIPIENT, keys=left))
    yield row("keyset: the other side lists no key for receipts", poor, MID, "receipts", "unknown-key")
    left = [one for one in provers.keyset_members(SENDER)["keys"] if one["use"] != "env"]
    yield row(
        "keyset: no key for envelopes", File.made(ours=provers.card(SENDER, keys=left)), MID, "envelope", "unknown-key"
    )
    more = provers.card(RECIPIENT, requires=["Ed25519", "ML-DSA-65", "ES256"])
    yield row("keyset: more is required", File.made(theirs=more), ACK, "signatures", "bad-signature")
    alone = altered(lambda f: (f.cards.pop(AT), setattr(f, "head", None)))
    yield row("no card of the other side", alone, AT, "receipts", "unknown-key")


# ---------------------------------------------------------------- the head


def heads() -> Iterator[Spoilt]:
    """Another tree, or another head of it."""
    head = WHOLE.tree.head
    for name, text, code in (
        ("signed by the other side", exhibits.note(head, signers=AT, witness=None), "bad-signature"),
        ("signed by a stranger", exhibits.note(head, signers="br", witness=None), "bad-signature"),
        ("the private tree", exhibits.note(replace(head, origin=f"{KE}.example/itx/private")), "mismatch"),
        ("the tree of another counterpart", exhibits.note(replace(head, origin=f"{KE}.example/itx/br")), "mismatch"),
        ("the other's tree", exhibits.note(replace(head, origin=f"{AT}.example/itx/{KE}"), signers=AT), "mismatch"),
        ("a tree of nearly the name", exhibits.note(replace(head, origin=f"{ORIGIN}~x")), "mismatch"),
        ("no note", "nothing", "schema"), ("a note without signatures", head.body() + "\n", "schema"),
    ):  # fmt: skip
        file = altered(lambda f, t=text: setattr(f, "head", t))
        yield row(f"head: {name}", file, "head", "head", code)
    for name, made in (
        ("another root", Checkpoint(ORIGIN, head.size, bytes(32))),
        ("two entries more", Checkpoint(ORIGIN, head.size + 2, head.root)),
        ("an older one", Checkpoint(ORIGIN, 3, WHOLE.tree.subtree(0, 3))),
    ):  # fmt: skip
        file = altered(lambda f, m=made: setattr(f, "head", exhibits.note(m)))
        yield row(f"head: {name}, signed", file, MID, "entries", "mismatch")
    named = altered(lambda f: setattr(f, "head", exhibits.note(head, name="other.example")))
    yield row("head: signed under another name", named, "head", "head", "bad-signature")
    alone = altered(lambda f: setattr(f, "head", None))
    yield Spoilt("head: none, and entries", written(alone), LINES[MID] - 1, "entries", "schema")


def notes() -> Iterator[Spoilt]:
    """The lines of the note."""
    body, _, tail = (WHOLE.head or "").rpartition("\n\n")
    lines = tail[:-1].split("\n")
    for at, what in enumerate(("Ed25519", "ML-DSA-44", "cosignature of Ed25519", "cosignature of ML-DSA-44")):
        key, text = lines[at].rsplit(" ", 1)
        broken = [*lines[:at], f"{key} {text[:20]}{'A' if text[20] != 'A' else 'B'}{text[21:]}", *lines[at + 1 :]]
        for name, some in ((f"the {what} altered", broken), (f"the {what} twice", [*lines, lines[at]])):
            yield _noted(name, body, some)
        if at < 2:
            yield _noted(f"without the {what}", body, lines[:at] + lines[at + 1 :])
    other = body.replace(str(WHOLE.tree.head.size), str(WHOLE.tree.head.size - 1))
    yield _noted("another size under the same signatures", other, lines)


def _noted(name: str, body: str, lines: list[str]) -> Spoilt:
    text = body + "\n\n" + "\n".join(lines) + "\n"
    return row(f"head: {name}", altered(lambda f: setattr(f, "head", text)), "head", "head", "bad-signature")


# ---------------------------------------------------------------- messages


def places() -> Iterator[Spoilt]:
    """Messages that are not what the inventory calls them, or not of this case."""
    swapped = altered(lambda f: f.messages.update({MID: f.messages[ACK], ACK: f.messages[MID]}))
    yield row("message: two under each other's ids", swapped, MID, "statement", "mismatch")
    other = said(MID, thread=f"{KE}.{cast.uuid7(99).hex}")
    yield row("message: of another case", File.made(said={MID: other}), MID, "statement", "mismatch")
    foreign = said(DOSSIER, thread=f"{AT}.d{cast.uuid7(4).hex}")
    yield row("message: of another's dossier", File.made(said={DOSSIER: foreign}), DOSSIER, "statement", "mismatch")
    matter = said(DOSSIER, thread=f"{KE}.m{cast.uuid7(4).hex}")
    yield row("message: of a matter", File.made(said={DOSSIER: matter}), DOSSIER, "statement", "mismatch")
    loose = said(DOSSIER, re=(f"{KE}:{cast.uuid7(50)}",))
    yield row("message: of a dossier, about other cases", File.made(said={DOSSIER: loose}), DOSSIER, "case", "mismatch")
    elsewhere = altered(lambda f: f.inventory.update({"case": f"{KE}.{cast.uuid7(98).hex}"}))
    yield row("message: the inventory is of another case", elsewhere, MID, "statement", "mismatch")
    third = altered(lambda f: f.messages[DOSSIER].update(statement=_to_a_third()))
    yield row("message: said to a third", third, DOSSIER, "statement", "mismatch")


def _to_a_third() -> Members:
    return jws.sign(said(DOSSIER, to="br").payload, statement.TYP, list(SENDER.stmt))


def statements() -> Iterator[Spoilt]:
    """Statements that say something else under the same signatures."""
    for mid, who in ((MID, KE), (ACK, AT)):
        item = WHOLE.messages[mid]["statement"]
        digests = provers.payload(item)["body"]["elements"]
        for name, changed, piece, code in (
            ("another version", {"v": 2}, "statement", "unsupported-version"),
            ("an extension", {"crit": ["x"]}, "statement", "unsupported-extension"),
            ("another id", {"mid": f"{who}:{cast.uuid7(70)}"}, "statement", "mismatch"),
            ("another network", {"net": "real"}, "statement", "mismatch"),
            ("another time", {"iat": IAT + 1}, "signatures", "bad-signature"),
            ("another kind", {"type": "urn:itx:closure:1"}, "signatures", "bad-signature"),
            ("an answer to another", {"re": [f"{KE}:{cast.uuid7(71)}"]}, "signatures", "bad-signature"),
            ("a time asked for", {"due": IAT}, "signatures", "bad-signature"),
            ("a handling word", {"hand": ["court"]}, "signatures", "bad-signature"),
            ("another element", {"body": {"elements": ["0" * 64, *digests[1:]]}}, "signatures", "bad-signature"),
            ("an element more", {"body": {"elements": [*digests, "0" * 64]}}, "signatures", "bad-signature"),
            ("another attachment", {"att": []} if mid == MID else {"att": [_named()]}, "signatures", "bad-signature"),
            ("a member of a later version", {"later": 1}, "signatures", "bad-signature"),
        ):  # fmt: skip
            yield row(
                f"statement of {who}: {name}",
                in_message(mid, ["statement"], said_otherwise(item, **changed)),
                mid,
                piece,
                code,
            )


def _named() -> Members:
    return provers.payload(WHOLE.messages[MID]["statement"])["att"][0]


def signatures() -> Iterator[Spoilt]:
    """What the exporter cannot make: the other side's signatures; and its own left away."""
    for mid, who, others in ((MID, KE, RECIPIENT), (ACK, AT, SENDER)):
        item = WHOLE.messages[mid]["statement"]
        first, second = item["signatures"]
        other = WHOLE.messages[DOSSIER if who == KE else MID]["statement"]["signatures"]
        for name, value, piece, code in (
            ("no signature", [], "statement", "schema"), ("one key twice", [first, first], "statement", "schema"),
            ("without the classical one", [second], "signatures", "bad-signature"),
            ("without the post-quantum one", [first], "signatures", "bad-signature"),
            ("the classical one altered", [_spoilt(first), second], "signatures", "bad-signature"),
            ("the post-quantum one altered", [first, _spoilt(second)], "signatures", "bad-signature"),
            ("of another statement", other, "signatures", "bad-signature" if who == KE else "unknown-key"),
        ):  # fmt: skip
            yield row(
                f"signatures of {who}: {name}", in_message(mid, ["statement", "signatures"], value), mid, piece, code
            )
        theirs = jws.sign(said(mid).payload, statement.TYP, list(others.stmt))
        yield row(
            f"signatures of {who}: by the other side",
            in_message(mid, ["statement"], theirs),
            mid,
            "signatures",
            "unknown-key",
        )
        slot = jws.sign(said(mid).payload, receipts.TYP, list(SENDER.stmt))
        yield row(
            f"signatures of {who}: for another slot", in_message(mid, ["statement"], slot), mid, "statement", "schema"
        )
    receipt = WHOLE.messages[ACK]["receipts"][0]["item"]
    yield row("statement: a receipt in its place", in_message(ACK, ["statement"], receipt), ACK, "statement", "schema")


def _spoilt(signature: Members) -> Members:
    return signature | {"signature": flipped(signature["signature"])}


def elements() -> Iterator[Spoilt]:
    """Elements that were not said, or not so."""
    for mid in (MID, ACK):
        stated = said(mid)
        texts, one = WHOLE.messages[mid]["disclosures"], stated.disclosures[0]
        for name, first in (
            ("another value", respelt(one, value={"class": "revolver"})),
            ("another salt", respelt(one, salt=base64url.encode(bytes(16)))),
            ("another restriction", respelt(one, r=["no_statistics"])),
            ("of another message", said(mid, salt=grains("another")).disclosures[0].text),
        ):  # fmt: skip
            yield row(
                f"elements of {mid[:2]}: {name}",
                in_message(mid, ["disclosures", 0], first),
                mid,
                "elements",
                "mismatch",
            )
        yield row(
            f"elements of {mid[:2]}: one twice",
            in_message(mid, ["disclosures"], [*texts, texts[0]]),
            mid,
            "elements",
            "schema",
        )
        yield row(
            f"elements of {mid[:2]}: one gone without a word",
            in_message(mid, ["disclosures"], texts[1:]),
            mid,
            "elements",
            "mismatch",
        )
        yield row(
            f"elements of {mid[:2]}: no text", in_message(mid, ["disclosures", 0], "!"), mid, "elements", "schema"
        )
    texts = WHOLE.messages[MID]["disclosures"]
    yield row("elements: in another order", in_message(MID, ["disclosures"], texts[::-1]), MID, "elements", "mismatch")
    renamed = disclose("found", {}, (), grains("new")).text
    yield row(
        "elements: one more",
        in_message(MID, ["disclosures"], [*texts[:-1], renamed, texts[-1]]),
        MID,
        "elements",
        "schema",
    )


def disclosures() -> Iterator[Spoilt]:
    """Elements under other names."""
    weapon = said(MID).disclosures[0]
    for name in ("rest", "found", "weapon.0", "Weapon"):
        code = "schema" if name in {"rest", "found", "Weapon"} else "mismatch"
        yield row(
            f"elements: the weapon as {name}",
            in_message(MID, ["disclosures", 0], respelt(weapon, name=name)),
            MID,
            "elements",
            code,
        )


def withheld() -> Iterator[Spoilt]:
    """What is withheld must be all that is not shown."""
    why = ["no_dissemination"]
    for name, value, piece, code in (
        ("nothing of what is", [], "elements", "mismatch"),
        ("another place", [{"position": 1, "why": why}], "elements", "mismatch"),
        ("one that is shown", [{"position": 1, "why": why}, {"position": 2, "why": why}], "elements", "mismatch"),
        ("one that is not signed", [{"position": 2, "why": why}, {"position": 9, "why": why}], "elements", "mismatch"),
        ("one twice", [{"position": 2, "why": why}] * 2, "elements", "schema"),
        ("without a word why", [{"position": 2, "why": []}], "message", "schema"),
        ("at no place", [{"position": -1, "why": why}], "message", "schema"),
        ("with its name", [{"position": 2, "why": why, "name": "markings.0"}], "message", "schema"),
        ("no list", {}, "message", "schema"),
    ):  # fmt: skip
        yield row(f"withheld: {name}", in_message(MID, ["withheld"], value), MID, piece, code)


def attachments() -> Iterator[Spoilt]:
    """What an attachment is said to be."""
    picture = said(MID).disclosures[-1]
    for name, value, code in (
        ("another digest", [respelt(picture, value=picture.value | {"sha256": "2" * 64})], "mismatch"),
        ("another name", [respelt(picture, value=picture.value | {"name": "b.jpg"})], "mismatch"),
        ("gone without a word", [], "mismatch"), ("twice", [picture.text] * 2, "mismatch"),
        ("among others", [picture.text, said(MID).disclosures[0].text], "mismatch"),
    ):  # fmt: skip
        yield row(f"attachments: {name}", in_message(MID, ["attachments"], value), MID, "elements", code)


def envelopes() -> Iterator[Spoilt]:
    """The manifest and its bonds to the statement."""
    for mid, who in ((MID, KE), (ACK, AT)):
        item = WHOLE.messages[mid]["envelope"]["item"]
        bare = {name: value for name, value in item.items() if name != "ct"}
        for name, changed, code in (
            ("another number", {"seq": 8}, "bad-signature"), ("another time", {"iat": IAT + 1}, "bad-signature"),
            ("another digest of the sealed bytes", {"ct": {"len": 1, "sha256": "0" * 64}}, "bad-signature"),
            ("another statement", {"stc": "0" * 64}, "bad-signature"),
            ("another keyset", {"ks": {"ver": 1, "sha256": "0" * 64}}, "bad-signature"),
            ("another version", {"v": 2}, "unsupported-version"),
            ("an extension", {"crit": ["x"]}, "unsupported-extension"),
        ):  # fmt: skip
            made = in_message(mid, ["envelope"], {"item": bare | said_otherwise(bare, **changed), "entry": None})
            yield row(f"envelope of {who}: {name}", made, mid, "envelope", code)
        other = WHOLE.messages[DOSSIER if who == KE else MID]["envelope"]
        code = "mismatch" if who == KE else "unknown-key"
        yield row(
            f"envelope of {who}: of another message",
            in_message(mid, ["envelope"], other | {"entry": None}),
            mid,
            "envelope",
            code,
        )
        yield row(
            f"envelope of {who}: another salt",
            in_message(mid, ["salt"], base64url.encode(bytes(32))),
            mid,
            "envelope",
            "mismatch",
        )
        yield row(f"envelope of {who}: signature altered", in_message(mid, ["envelope", "item", "signatures", 0],
                  _spoilt(item["signatures"][0])), mid, "envelope", "bad-signature")  # fmt: skip
        receipt = WHOLE.messages[mid]["receipts"][0]
        yield row(
            f"envelope of {who}: a receipt in its place",
            in_message(mid, ["envelope"], receipt | {"entry": None}),
            mid,
            "envelope",
            "schema",
        )
    for name, changed, code in (
        ("for another statement, signed", {"stc": "0" * 64}, "mismatch"),
        ("with another id, signed", {"mid": f"{KE}:{cast.uuid7(60)}"}, "mismatch"),
        ("to another, signed", {"to": "br"}, "mismatch"),
        ("under another keyset, signed", {"ks": {"ver": 1, "sha256": "0" * 64}}, "mismatch"),
    ):  # fmt: skip
        yield row(f"envelope: {name}", File.made(**{MID: {"manifest": changed}}), MID, "envelope", code)


def sealed() -> Iterator[Spoilt]:
    """The sealed bytes beside a manifest."""
    for name, value, code in (
        ("other sealed bytes", base64url.encode(b"x" * len(exhibits.SEALED)), "mismatch"),
        ("fewer sealed bytes", "AAAA", "mismatch"),
        ("sealed bytes that are none", "!", "schema"), ("a number for sealed bytes", 7, "schema"),
        ("nothing for sealed bytes", None, "schema"),
    ):  # fmt: skip
        yield row(f"envelope: {name}", in_message(ACK, ["envelope", "item", "ct"], value), ACK, "envelope", code)
    bare = in_message(ACK, ["envelope", "item", "ct"], gone=True)
    yield row("envelope: without its sealed bytes under its entry", bare, ACK, "entries", "mismatch")


def receipts_() -> Iterator[Spoilt]:
    """Receipts and their bonds to envelope and statement."""
    for mid, who in ((MID, AT), (ACK, KE)):
        for at, stage in enumerate(provers.STAGES):
            item = WHOLE.messages[mid]["receipts"][at]["item"]
            for name, changed, code in (
                ("another time", {"at": IAT}, "bad-signature"),
                ("another envelope", {"for": {"mid": mid, "env": "0" * 64}}, "bad-signature"),
                ("another place in the tree", {"log": {"origin": ORIGIN, "index": 0}}, "bad-signature"),
                ("late", {"late": True}, "bad-signature"),
            ):  # fmt: skip
                made = in_message(mid, ["receipts", at, "item"], said_otherwise(item, **changed))
                yield row(f"receipt {stage} of {who}: {name}", made, mid, "receipts", code)
            place = ["receipts", at, "item", "signatures", 0]
            made = in_message(mid, place, _spoilt(item["signatures"][0]))
            yield row(f"receipt {stage} of {who}: signature altered", made, mid, "receipts", "bad-signature")
    for name, changed, code in (
        ("for another envelope", {"for": {"mid": ACK, "env": "0" * 64}}, "mismatch"),
        ("for another message", {"for": {"mid": MID, "env": "0" * 64}}, "mismatch"),
        ("under another keyset", {"ks": {"ver": 1, "sha256": "0" * 64}}, "mismatch"),
        ("to another", {"to": "br"}, "mismatch"),
        ("of another network", {"net": "real"}, "mismatch"),
        ("with the id of another", {"rid": f"{AT}:{cast.uuid7(61)}"}, "mismatch"),
        ("of another version", {"v": 2}, "unsupported-version"),
        ("naming another place of its own tree", {"log": {"origin": ORIGIN, "index": 0}}, None),
    ):  # fmt: skip
        piece = "receipts" if code else "entries"
        yield row(f"receipt, signed: {name}", File.made(**{ACK: {"receipts": changed}}), ACK, piece, code or "mismatch")


def stages() -> Iterator[Spoilt]:
    """Receipts in other order, of other messages, of others."""
    first, second = WHOLE.messages[MID]["receipts"]
    theirs = WHOLE.messages[ACK]["receipts"]
    for name, value, piece, code in (
        ("in another order", [second, first], "receipts", "schema"),
        ("one twice", [first, first], "receipts", "schema"),
        ("of another message of the same side", WHOLE.messages[DOSSIER]["receipts"], "receipts", "mismatch"),
        ("of the other side", theirs, "receipts", "unknown-key"),
        ("three", [first, second, second], "message", "schema"),
        ("no list", {}, "message", "schema"),
    ):  # fmt: skip
        yield row(f"receipts: {name}", in_message(MID, ["receipts"], value), MID, piece, code)


def entries() -> Iterator[Spoilt]:
    """Where things stand in the tree."""
    first, second = (one["entry"] for one in WHOLE.messages[MID]["receipts"])
    path = second["path"]
    for name, changed, piece in (
        ("another time", {"t": second["t"] + 1}, "entries"),
        ("another index", {"index": second["index"] + 1}, "entries"),
        ("an index beyond the tree", {"index": 99}, "entries"), ("another kind", {"k": "rcpt.out"}, "entries"),
        ("the kind of an envelope", {"k": "env.out"}, "entries"), ("a step fewer", {"path": path[1:]}, "entries"),
        ("a step more", {"path": [*path, path[0]]}, "entries"),
        ("steps in another order", {"path": path[::-1]}, "entries"),
        ("a step altered", {"path": [*path[:-1], "0" * 64]}, "entries"), ("that of its neighbour", first, "entries"),
    ):  # fmt: skip
        yield row(f"entry: {name}", in_message(MID, ["receipts", 1, "entry"], second | changed), MID, piece, "mismatch")
    for name, value in (
        ("no index", second | {"index": "1"}), ("a short step", second | {"path": ["00"]}),
        ("another member", second | {"h": "0" * 64}),
        ("a kind there is not", second | {"k": "read"}), ("64 steps", second | {"path": ["0" * 64] * 64}),
        ("no object", 7),
    ):  # fmt: skip
        yield row(f"entry: {name}", in_message(MID, ["receipts", 1, "entry"], value), MID, "message", "schema")
    envelope = WHOLE.messages[ACK]["envelope"]["entry"]
    for name, changed in (
        ("another kind", {"k": "env.out"}), ("another index", {"index": 0}), ("another time", {"t": 0}),
        ("the receipt's", WHOLE.messages[ACK]["receipts"][0]["entry"]),
    ):  # fmt: skip
        yield row(
            f"entry of the envelope: {name}",
            in_message(ACK, ["envelope", "entry"], envelope | changed),
            ACK,
            "entries",
            "mismatch",
        )


def keys() -> Iterator[Spoilt]:
    """Keys that stood no longer: those of the other side, so that the inventory still stands."""
    gone, old = {"status": "revoked", "since": IAT + 3500}, {"status": "retired", "since": IAT - 400 * DAY}
    for use, where in (("stmt", ACK), ("env", ACK), ("rcpt", MID)):
        for name, changed in (
            ("revoked", gone | ({"since": IAT + 1500} if use == "rcpt" else {})),
            ("retired long before", old),
        ):
            card = provers.card(RECIPIENT, keys=provers.statuses(RECIPIENT, use, **changed))
            yield row(f"keys: of the other side for {use} {name}", File.made(theirs=card), where, "keys", "key-revoked")
    card = provers.card(SENDER, keys=provers.statuses(SENDER, "env", **gone | {"since": IAT}))
    yield row("keys: of the exporter for env revoked", File.made(ours=card), MID, "keys", "key-revoked")


def shapes() -> Iterator[Spoilt]:
    """Lines of another shape, signed for."""
    for member in ("statement", "disclosures", "attachments", "withheld", "salt", "envelope", "receipts"):
        yield row(f"message: without {member}", in_message(MID, [member], gone=True), MID, "message", "schema")
    for name, path, value, piece in (
        ("another member", ["note"], "", "message"), ("a short salt", ["salt"], "AAAA", "message"),
        ("no salt", ["salt"], None, "message"),
        ("a salt of other signs", ["salt"], "+" * 43, "envelope"),
        ("no envelope, and receipts", ["envelope"], None, "message"),
        ("an envelope without an item", ["envelope"], {"entry": None}, "message"),
        ("an item that is a text", ["envelope", "item"], "x", "message"),
        ("a disclosure that is a number", ["disclosures", 0], 7, "message"),
        ("1,025 disclosures", ["disclosures"], ["A"] * 1025, "message"),
        ("65 attachments", ["attachments"], ["A"] * 65, "message"), ("no statement", ["statement"], None, "statement"),
    ):  # fmt: skip
        yield row(f"message: {name}", in_message(MID, path, value), MID, piece, "schema")
    for name, value, code in (
        ("a fraction", b'{"statement":1.5}', "schema"), ("a member twice", b'{"salt":1,"salt":1}', "schema"),
        ("no JSON", b"nothing", "schema"),
        ("too deep", b"[" * 40 + b"]" * 40, "schema"), ("too many values", b"[" + b"1," * 100_001 + b"1]", "too-large"),
        ("a list", b"[]", "schema"), ("no character", b'{"salt":"\xff"}', "schema"),
    ):  # fmt: skip
        yield row(f"message: {name}", altered(lambda f, v=value: f.messages.update({MID: v})), MID, "message", code)
    for where, name, value in (("card", "card", b'{"card":[]}'), ("card", "note", b'{"card":{},"note":1}')):
        file = altered(lambda f, v=value: setattr(f, "lines", _with_line(f, 1, v)))
        yield row(f"card: a line of another shape ({name})", file, AT, where, "schema")
    file = altered(lambda f: setattr(f, "lines", _with_line(f, 2, b'{"head":7}')))
    yield row("head: a line of another shape", file, "head", "head", "schema")


def _with_line(file: File, at: int, value: bytes) -> Callable[[], list[tuple[str, str, Any]]]:
    lines = file.lines()
    lines[at] = (*lines[at][:2], value)
    return lambda: lines
