"""A proof of elements, altered: every kind of object and every link between them, with the step and code it must meet.

A row is (name, the altered file as JSON, step, code). What an attacker without keys can do stands first in each group,
then what the sender itself, or another State with keys of its own, could try.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from keys.algorithms import SigningKey
from protocol import base64url, envelope, jws, statement, strictjson
from protocol.elements import Disclosure
from tests.wire import cast, provers
from tests.wire.cast import AT, IAT, KE, RECIPIENT, SENDER, State
from tests.wire.keyring import grains
from tests.wire.provers import DAY, Members, Wrap, as_is, payload

__all__ = ["Altered", "Case", "changed_at"]

Path = list[str | int]
STRANGER = State("br")


@dataclass(frozen=True)
class Altered:
    """One altered file and how it must be refused."""

    name: str
    proof: Members
    step: int
    code: str
    pins: dict[str, str] = field(default_factory=provers.their_pins)


def changed_at(whole: Any, path: Path, value: Any = None, *, gone: bool = False) -> Any:
    """A copy with one place changed, or taken away."""
    made = copy.deepcopy(whole)
    place = made
    for step in path[:-1]:
        place = place[step]
    if gone:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return made


def said_otherwise(item: Members, **changed: Any) -> Members:
    """A signed object that says something else under the same signatures."""
    return item | {"payload": base64url.encode(strictjson.dump(payload(item) | changed))}


def flipped(text: str, at: int = 40) -> str:
    """A text of base64url with one sign changed."""
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


def respelt(disclosure: Disclosure, **changed: Any) -> str:
    """A disclosure with another salt, name, value or restrictions."""
    parts = {"salt": base64url.encode(disclosure.salt), "name": disclosure.name, "value": disclosure.value}
    return base64url.encode(strictjson.dump(list((parts | {"r": disclosure.restrictions} | changed).values())))


class Case:
    """A whole proof, and every way to alter it. ``wrap`` lets the vectors keep signatures that are made with chance."""

    def __init__(self, wrap: Wrap = as_is) -> None:
        self.wrap = wrap
        self.stated = cast.composed()
        self.inside = provers.inner(self.stated, wrap)
        self.whole = provers.made(["weapon", "found"], self.inside, wrap)
        other = cast.composed(mid=f"{KE}:{cast.uuid7(9)}", salt=grains("another"))
        self.other = provers.made(["weapon", "found"], provers.inner(other, wrap), wrap, carried=False)

    def all(self) -> Iterator[Altered]:
        for group in (
            self.file, self.statement, self.statement_signed, self.sender, self.sender_keys, self.signatures,
            self.elements, self.elements_signed, self.manifest, self.manifest_signed, self.recipient, self.receipts,
            self.receipts_signed, self.keys,
        ):  # fmt: skip
            yield from group()

    def _put(self, name: str, path: Path, value: Any, step: int, code: str) -> Altered:
        return Altered(name, changed_at(self.whole, path, value), step, code)

    def _made(self, name: str, step: int, code: str, inside: bytes | None = None, **changed: Any) -> Altered:
        return Altered(name, provers.made(["found"], inside or self.inside, self.wrap, **changed), step, code)

    # ------------------------------------------------------------ 1

    def file(self) -> Iterator[Altered]:
        for name in ("statement", "disclosures", "sender"):
            yield Altered(f"without {name}", changed_at(self.whole, [name], gone=True), 1, "schema")
        for name in ("salt", "manifest", "receipts", "recipient"):
            yield Altered(
                f"carriage without {name}", changed_at(self.whole, ["carriage", name], gone=True), 1, "schema"
            )
        for name, path, value in (
            ("a mark that is a text", ["itx_elements"], "1"), ("a mark that is true", ["itx_elements"], True),
            ("another member", ["note"], ""), ("a carriage that is null", ["carriage"], None),
            ("another member of the carriage", ["carriage", "note"], ""), ("no disclosures", ["disclosures"], []),
            ("disclosures that are no list", ["disclosures"], {}),
            ("1,025 disclosures", ["disclosures"], ["AA"] * 1025),
            ("no receipts", ["carriage", "receipts"], []), ("a short salt", ["carriage", "salt"], "AAAA"),
            ("a salt outside the alphabet", ["carriage", "salt"], "+" * 43),
            ("three receipts", ["carriage", "receipts"], [{}, {}, {}]),
        ):  # fmt: skip
            yield self._put(name, path, value, 1, "schema")
        yield self._put("another version of the file", ["itx_elements"], 2, 1, "unsupported-version")

    # ------------------------------------------------------------ 2 and 4

    def statement(self) -> Iterator[Altered]:
        item = self.whole["statement"]
        digests = payload(item)["body"]["elements"]
        guess = cast.composed(salt=bytes).disclosures
        for name, changed, step, code in (
            ("another sender", {"from": "br"}, 2, "mismatch"), ("another case", {"thread": _case("br")}, 2, "mismatch"),
            ("another id of another sender", {"mid": f"br:{cast.uuid7(1)}"}, 2, "mismatch"),
            ("another version of the statement", {"v": 2}, 2, "unsupported-version"),
            ("an extension to understand", {"crit": ["x"]}, 2, "unsupported-extension"),
            ("no elements", {"body": {"elements": []}}, 2, "schema"),
            ("another member of the body", {"body": {"elements": digests, "note": ""}}, 2, "schema"),
            ("another network", {"net": "real"}, 3, "mismatch"),
            ("another recipient", {"to": "br"}, 4, "bad-signature"),
            ("another time", {"iat": IAT + 1}, 4, "bad-signature"),
            ("a time asked for", {"due": IAT}, 4, "bad-signature"),
            ("another case of the same two", {"thread": _case(KE)}, 4, "bad-signature"),
            ("another id", {"mid": f"{KE}:{cast.uuid7(8)}"}, 4, "bad-signature"),
            ("another kind", {"type": "urn:itx:closure:1"}, 4, "bad-signature"),
            ("an answer to another", {"re": [cast.MID]}, 4, "bad-signature"),
            ("a handling word", {"hand": ["court"]}, 4, "bad-signature"),
            ("a member of a later version", {"later": 1}, 4, "bad-signature"),
            ("elements in another order", {"body": {"elements": digests[::-1]}}, 4, "bad-signature"),
            ("an element fewer", {"body": {"elements": digests[:-1]}}, 4, "bad-signature"),
            ("digests of another message", {"body": {"elements": [one.digest for one in guess]}}, 4, "bad-signature"),
        ):  # fmt: skip
            yield self._put(f"statement: {name}", ["statement"], said_otherwise(item, **changed), step, code)
        yield self._put("statement: swapped with another", ["statement"], self.other["statement"], 5, "mismatch")

    def statement_signed(self) -> Iterator[Altered]:
        item, signatures = self.whole["statement"], self.whole["statement"]["signatures"]
        first, second = signatures
        others = self.other["statement"]["signatures"]
        for name, value, step, code in (
            ("no signature", [], 2, "schema"), ("one key twice", [first, first], 2, "schema"),
            ("a signature cut", [first | {"signature": "AAAA"}, second], 2, "bad-signature"),
            ("an unprotected header", [first | {"header": {}}, second], 2, "schema"),
            ("an algorithm that is none", [first | {"protected": _header("none")}, second], 2, "unsupported-suite"),
            ("without the classical signature", [second], 4, "bad-signature"),
            ("without the post-quantum signature", [first], 4, "bad-signature"),
            ("the classical signature altered", [_spoilt(first), second], 4, "bad-signature"),
            ("the post-quantum signature altered", [first, _spoilt(second)], 4, "bad-signature"),
            ("signatures of another statement", others, 4, "bad-signature"),
            ("one signature of another statement", [first, others[1]], 4, "bad-signature"),
        ):  # fmt: skip
            yield self._put(f"statement: {name}", ["statement"], item | {"signatures": value}, step, code)
        for name, keys, code in (
            ("signed by another State", STRANGER.stmt, "unknown-key"),
            ("signed by one key of another State", (SENDER.stmt[0], STRANGER.stmt[1]), "unknown-key"),
            ("signed by the key for envelopes", (SENDER.env, SENDER.stmt[1]), "unknown-key"),
            ("signed by the recipient", RECIPIENT.stmt, "unknown-key"),
        ):
            yield self._put(f"statement: {name}", ["statement"], self._signed(self.stated.payload, *keys), 4, code)
        typ = jws.sign(self.stated.payload, envelope.TYP, [SENDER.stmt[0]])
        yield self._put("statement: signed for another slot", ["statement"], typ, 2, "schema")

    def _signed(self, said: bytes, *keys: SigningKey) -> Members:
        return jws.sign(said, statement.TYP, [self.wrap(key) for key in keys])

    # ------------------------------------------------------------ 3

    def sender(self) -> Iterator[Altered]:
        yield from self._cards("sender", ["sender"], 3, SENDER, RECIPIENT)
        nobody = {AT: provers.their_pins()[AT]}
        yield Altered("sender: not pinned", self.whole, 3, "not-pinned", nobody)
        wrong = provers.their_pins() | {KE: "0" * 64}
        yield Altered("sender: another pin", self.whole, 3, "wrong-root", wrong)
        crossed = provers.their_pins() | {KE: provers.their_pins()[AT]}
        swapped = changed_at(self.whole, ["sender"], self.whole["carriage"]["recipient"])
        yield Altered("sender: the recipient's root under a crossed pin", swapped, 3, "mismatch", crossed)
        foreign = provers.made(["found"], self._foreign(), self.wrap, carried=False)
        yield Altered("statement: of a State that is not pinned", foreign, 3, "not-pinned")

    def _foreign(self) -> bytes:
        stated = cast.composed(sender="br", mid=f"br:{cast.uuid7(1)}", thread=_case("br"))
        return envelope.inner_bytes(stated, self._signed(stated.payload, *STRANGER.stmt))

    def _cards(self, whose: str, at: Path, step: int, state: State, other: State) -> Iterator[Altered]:
        """What can be done to one of the two cards."""
        card, wrap = provers.card(state, self.wrap), self.wrap
        root, keyset = card["roots"][0], card["keyset"]
        first, second = root["signatures"]
        impostor = provers.signed(provers.root_members(state.name), "itx-root+json", provers.pair("impostor"), wrap)
        theirs = provers.signed(
            provers.root_members("br") | {"auth": state.name}, "itx-root+json", provers.pair("br holder"), wrap
        )
        later = {"ver": 2, "prev": provers.digest(root)}
        by_others = provers.signed(
            provers.root_members(state.name, **later), "itx-root+json", provers.pair("impostor"), wrap
        )
        for name, changed, code in (
            ("no card", {"itx_card": 2}, "bad-root"), ("no roots", {"roots": []}, "bad-root"),
            ("a root that is none", {"roots": [{}]}, "bad-root"),
            ("the other State's card", provers.card(other, wrap), "wrong-root"),
            ("another root in the same name", {"roots": [theirs]}, "wrong-root"),
            ("another threshold in the root", {"roots": [said_otherwise(root, name="X")]}, "wrong-root"),
            ("the root signed by others", {"roots": [impostor]}, "bad-root"),
            ("the root without its post-quantum signature", {"roots": [root | {"signatures": [first]}]}, "bad-root"),
            ("the root's signature altered", {"roots": [root | {"signatures": [_spoilt(first), second]}]}, "bad-root"),
            ("more roots than any State has", {"roots": [root, *[{}] * 256]}, "bad-root"),
            ("a second root by others", {"roots": [root, by_others]}, "bad-root"),
            ("a second root that skips one", {"roots": [root, provers.root(state.name, wrap, **later | {"ver": 3})]},
             "bad-root"),
            ("a second root that follows another",
             {"roots": [root, provers.root(state.name, wrap, **later | {"prev": "0" * 64})]}, "bad-root"),
            ("the other State's keyset", {"keyset": provers.keyset(other, wrap)}, "bad-keyset"),
            ("a keyset that is none", {"keyset": {}}, "bad-keyset"),
            ("a keyset signed by another State", {"keyset": provers.keyset(state, wrap, signers="br")}, "bad-keyset"),
            ("the keyset with one signature", {"keyset": keyset | {"signatures": keyset["signatures"][:1]}},
             "bad-keyset"),
            ("a stranger's key in the keyset", {"keyset": said_otherwise(keyset, keys=_with(state, STRANGER))},
             "bad-keyset"),
            ("a later date in the keyset", {"keyset": said_otherwise(keyset, exp=IAT + 91 * DAY)}, "bad-keyset"),
        ):  # fmt: skip
            yield self._put(f"{whose}: {name}", at, card | changed, step, code)

    def sender_keys(self) -> Iterator[Altered]:
        """Keysets the sender did sign, under which these signatures do not count."""
        left = [one for one in provers.keyset_members(SENDER)["keys"] if one["use"] != "stmt"]
        for name, changed, code in (
            ("a keyset that lists neither key", {"keys": left}, "unknown-key"),
            ("a keyset that lists one of the keys", {"keys": [*left, provers.entry(SENDER.stmt[0], "stmt")]},
             "unknown-key"),
            ("a keyset with the key for another use", {"keys": _as_pull()}, "unknown-key"),
            ("a keyset that requires more", {"requires": ["Ed25519", "ML-DSA-65", "ES256"]}, "bad-signature"),
        ):  # fmt: skip
            yield self._put(f"sender: {name}", ["sender"], provers.card(SENDER, self.wrap, **changed), 4, code)

    def signatures(self) -> Iterator[Altered]:
        """Objects exchanged for signed ones of another slot."""
        for name, item in (
            ("the manifest", self.whole["carriage"]["manifest"]), ("a receipt", self.whole["carriage"]["receipts"][0]),
            ("the keyset", self.whole["sender"]["keyset"]), ("the root", self.whole["sender"]["roots"][0]),
        ):  # fmt: skip
            yield self._put(f"statement: {name} in its place", ["statement"], item, 2, "schema")

    # ------------------------------------------------------------ 5

    def elements(self) -> Iterator[Altered]:
        weapon, found, *_ = self.stated.disclosures
        texts, others = self.whole["disclosures"], self.other["disclosures"]
        for name, value, code in (
            ("in another order", texts[::-1], "mismatch"), ("one twice", [*texts, texts[1]], "schema"),
            ("one of another statement", [texts[0], others[1]], "mismatch"),
            ("all of another statement", others, "mismatch"),
            ("another value", [respelt(weapon, value={"make": "Other"}), texts[1]], "mismatch"),
            ("a value with one letter changed", [respelt(weapon, value=_misread(weapon.value)), texts[1]], "mismatch"),
            ("another name", [texts[0], respelt(found, name="markings.0")], "mismatch"),
            ("without its restrictions", [texts[0], respelt(found, r=[])], "mismatch"),
            ("with another restriction", [texts[0], respelt(found, r=["court"])], "mismatch"),
            ("with one restriction more", [texts[0], respelt(found, r=[*found.restrictions, "court"])], "mismatch"),
            ("another salt", [respelt(weapon, salt="A" * 22), texts[1]], "mismatch"),
            ("a short salt", [respelt(weapon, salt="AAAA"), texts[1]], "schema"),
            ("not a name", [respelt(weapon, name="Weapon"), texts[1]], "schema"),
            ("a text cut", [texts[0][:-4], texts[1]], "schema"), ("not a text", [1, texts[1]], "schema"),
            ("one made up", [texts[0], respelt(found, salt="A" * 22, name="illicit.0", value={})], "mismatch"),
            ("restrictions in the value", [respelt(weapon, value={"restrictions": []}), texts[1]], "schema"),
        ):  # fmt: skip
            yield self._put(f"elements: {name}", ["disclosures"], value, 5, code)

    def elements_signed(self) -> Iterator[Altered]:
        """What a sender that breaks the rules may have signed."""
        weapon, found, mark, rest = self.stated.disclosures
        again = respelt(found, salt="A" * 22, value={"place": "Elsewhere"})
        second = respelt(mark, salt="A" * 22, name="markings.1")
        for name, texts, code in (
            ("one name under two digests", [weapon.text, found.text, again, rest.text], "schema"),
            ("rest before the last", [rest.text, weapon.text], "schema"),
            ("another than rest as the last", [weapon.text, found.text], "schema"),
            ("items of a list the wrong way round", [second, mark.text, rest.text], "schema"),
        ):
            yield Altered(f"elements: {name}", self._resigned(texts), 5, code)

    def _resigned(self, texts: list[str]) -> Members:
        digests = [_digest(text) for text in texts]
        members = payload(self.whole["statement"]) | {"body": {"elements": digests}}
        item = self._signed(strictjson.dump(members), *SENDER.stmt)
        kept = {name: self.whole[name] for name in ("itx_elements", "sender")}
        return kept | {"statement": item, "disclosures": texts}

    # ------------------------------------------------------------ 6

    def manifest(self) -> Iterator[Altered]:
        item = self.whole["carriage"]["manifest"]
        at: Path = ["carriage", "manifest"]
        (signature,) = item["signatures"]
        for name, value, code in (
            ("with its sealed bytes", item | {"ct": "AAAA"}, "schema"),
            ("of another version", said_otherwise(item, v=2), "unsupported-version"),
            ("with an extension", said_otherwise(item, crit=["x"]), "unsupported-extension"),
            ("without its signature", item | {"signatures": []}, "schema"),
            ("with its signature altered", item | {"signatures": [_spoilt(signature)]}, "bad-signature"),
            ("with another time", said_otherwise(item, iat=IAT + 1), "bad-signature"),
            ("with another place in the sequence", said_otherwise(item, seq=2), "bad-signature"),
            ("with another commitment", said_otherwise(item, stc="0" * 64), "bad-signature"),
            ("exchanged for the statement", self.whole["statement"], "schema"),
            ("exchanged for a receipt", self.whole["carriage"]["receipts"][0], "schema"),
        ):
            yield self._put(f"manifest: {name}", at, value, 6, code)
        yield self._put("manifest: another salt", ["carriage", "salt"], "A" * 43, 6, "mismatch")

    def manifest_signed(self) -> Iterator[Altered]:
        """Manifests the sender did sign, of something else."""
        for name, changed in {
            "another message": {"mid": f"{KE}:{cast.uuid7(8)}"}, "another recipient": {"to": "br"},
            "another sender": {"from": "br"}, "another network": {"net": "real"},
            "another statement": {"stc": "0" * 64}, "another keyset": {"ks": {"ver": 1, "sha256": "0" * 64}},
        }.items():  # fmt: skip
            yield self._made(f"manifest: signed for {name}", 6, "mismatch", manifest=changed)
        said = strictjson.dump(payload(self.whole["carriage"]["manifest"]))
        for name, key in {
            "another State": STRANGER.env, "the recipient": RECIPIENT.env, "the key for statements": SENDER.stmt[0],
            "the key for receipts": SENDER.rcpt,
        }.items():  # fmt: skip
            item = jws.sign(said, envelope.TYP, [key])
            yield self._put(f"manifest: signed by {name}", ["carriage", "manifest"], item, 6, "unknown-key")

    # ------------------------------------------------------------ 7 and 8

    def recipient(self) -> Iterator[Altered]:
        yield from self._cards("recipient", ["carriage", "recipient"], 7, RECIPIENT, SENDER)
        yield Altered("recipient: not pinned", self.whole, 7, "not-pinned", {KE: provers.their_pins()[KE]})
        wrong = provers.their_pins() | {AT: "0" * 64}
        yield Altered("recipient: another pin", self.whole, 7, "wrong-root", wrong)

    def receipts(self) -> Iterator[Altered]:
        accepted, opened = self.whole["carriage"]["receipts"]
        (signature,) = accepted["signatures"]
        for name, value, code in (
            ("the wrong way round", [opened, accepted], "schema"), ("one twice", [accepted, accepted], "schema"),
            ("the statement in its place", [self.whole["statement"]], "schema"),
            ("no signature", [accepted | {"signatures": []}], "schema"),
            ("the signature altered", [accepted | {"signatures": [_spoilt(signature)]}], "bad-signature"),
            ("an earlier time", [said_otherwise(accepted, at=IAT)], "bad-signature"),
            ("another stage", [said_otherwise(accepted, stage="opened", st="0" * 64)], "bad-signature"),
            ("not late", [said_otherwise(accepted, late=True)], "bad-signature"),
            ("another version", [said_otherwise(accepted, v=2)], "unsupported-version"),
        ):  # fmt: skip
            yield self._put(f"receipts: {name}", ["carriage", "receipts"], value, 8, code)

    def receipts_signed(self) -> Iterator[Altered]:
        """Receipts the recipient did sign, for something else."""
        env = payload(self.whole["carriage"]["receipts"][0])["for"]["env"]
        for name, changed in {
            "another envelope": {"for": {"mid": cast.MID, "env": "0" * 64}},
            "another message": {"for": {"mid": f"{KE}:{cast.uuid7(8)}", "env": env}},
            "another sender": {"to": "br"}, "another network": {"net": "real"},
            "another keyset": {"ks": {"ver": 1, "sha256": "0" * 64}},
            "an id of another": {"rid": f"br:{cast.uuid7(2)}"},
            "another State": {"from": "br", "rid": f"br:{cast.uuid7(2)}"},
        }.items():  # fmt: skip
            yield self._made(f"receipts: signed for {name}", 8, "mismatch", accepted=changed)
        yield self._made("receipts: signed for another statement", 8, "mismatch", opened={"st": "0" * 64})
        refused = {"stage": "rejected", "code": "policy", "retry": "never"}
        yield self._made("receipts: a rejection", 8, "schema", accepted=refused, stages=("accepted",))
        said = strictjson.dump(payload(self.whole["carriage"]["receipts"][0]))
        for name, key in {
            "another State": STRANGER.rcpt, "the sender": SENDER.rcpt, "the key for envelopes": RECIPIENT.env,
        }.items():  # fmt: skip
            item = jws.sign(said, "itx-rcpt+json", [key])
            yield self._put(f"receipts: signed by {name}", ["carriage", "receipts"], [item], 8, "unknown-key")

    # ------------------------------------------------------------ 9

    def keys(self) -> Iterator[Altered]:
        """Keys that stood no longer."""
        gone, old = {"status": "revoked", "since": IAT}, {"status": "retired", "since": IAT - 400 * DAY}
        theirs = provers.card(RECIPIENT, self.wrap)
        for use in ("stmt", "env"):
            for name, changed in (("revoked", gone), ("retired long before", old)):
                ours = provers.card(SENDER, self.wrap, keys=provers.statuses(SENDER, use, **changed))
                yield self._made(f"keys: of the sender for {use} {name}", 9, "key-revoked", cards=(ours, theirs))
        ours = provers.card(SENDER, self.wrap)
        for name, changed in (("revoked", gone | {"since": IAT + 5000}), ("retired long before", old)):
            taker = provers.card(RECIPIENT, self.wrap, keys=provers.statuses(RECIPIENT, "rcpt", **changed))
            yield self._made(f"keys: of the recipient for receipts {name}", 9, "key-revoked", cards=(ours, taker))
        late = provers.card(SENDER, self.wrap, keys=provers.statuses(SENDER, "stmt", **gone | {"since": IAT + 5000}))
        alone = provers.made(["found"], self.inside, self.wrap, carried=False) | {"sender": late}
        yield Altered("keys: revoked later, and nobody says it was taken over before", alone, 9, "key-revoked")


def _case(requester: str) -> str:
    return f"{requester}.{cast.uuid7(77).hex}"


def _header(alg: str) -> str:
    return base64url.encode(strictjson.dump({"alg": alg, "kid": SENDER.stmt[0].kid, "typ": statement.TYP}))


def _spoilt(signature: Members) -> Members:
    return signature | {"signature": flipped(signature["signature"])}


def _with(state: State, other: State) -> list[Members]:
    return [*provers.keyset_members(state)["keys"], *(provers.entry(key, "stmt") for key in other.stmt)]


def _as_pull() -> list[Members]:
    return [one | {"use": "pull"} if one["alg"] == "Ed25519" and one["use"] == "stmt" else one
            for one in provers.keyset_members(SENDER)["keys"]]  # fmt: skip


def _misread(value: Members) -> Members:
    return changed_at(value, ["serial", "text"], "ABC128")


def _digest(text: str) -> str:
    return provers.sha256(text.encode()).hexdigest()
