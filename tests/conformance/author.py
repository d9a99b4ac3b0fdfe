"""The State that the kit speaks for: its keys in one file, its card, and a hand that writes anything.

    author = Author.made("kit", "XXA", "training", "http://127.0.0.1:9180")   # new keys
    author.save(folder); author = Author.of(folder)
    item = author.write(to=node, exp=1)                                        # an envelope, with any part replaced

Whatever is replaced is signed all the same, so that a refusal is for the one thing that is wrong.
"""

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from keys.algorithms import OpeningKey, SigningKey, opening_key, seal, signing_key
from keys.card import make
from keys.keyset import KEYSET_TYP, Contact, Keyset, first_keyset
from keys.roots import HOLDER_ALGORITHMS, ROOT_LIFETIME_MS, ROOT_TYP, Root
from keys.streams import SealingStream
from keys.trust import KemChoice, TrustSet
from keys.uses import FIRST_KEYS, KEM_USES, PublicKeyRecord, Use
from protocol import attachments, base64url, elements, envelope, hello, jws, receipts, statement, strictjson
from protocol.attachments import Attachment
from protocol.messages import KINDS

__all__ = ["Author", "Message", "Picture", "now_ms", "request_body", "uuid7"]

FILE = "kit.json"
Members = dict[str, Any]
Random = Callable[[int], bytes]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def uuid7() -> UUID:
    """A fresh UUIDv7 (RFC 9562, section 5.7)."""
    random = int.from_bytes(secrets.token_bytes(10), "big")
    return UUID(int=now_ms() << 80 | 7 << 76 | (random >> 68) << 64 | 2 << 62 | random & (1 << 62) - 1)


def request_body(serial: str = "KIT 1") -> Members:
    """A whole tracing request, as officers write it."""
    return {
        "priority": "routine",
        "weapon": {
            "class": "small_arm", "type": "pistol_self_loading", "make": "Glock", "model": "17",
            "calibre": "9x19 mm", "country_of_manufacture": "AUT",
            "serial": {"text": serial, "status": "original", "component": "frame"},
            "markings": [{"kind": "import_mark", "text": "KIT 2016", "component": "frame", "status": "original"},
                         {"kind": "proof_mark", "text": "K", "component": "barrel", "status": "original"}],
        },
        "illicit": [{"ground": "domestic_law", "citation": "Possession without licence"}],
        "found": {"mode": "seized", "date": "2025-12-01", "place": "Test range", "circumstances": "Conformance test"},
        "intended_use": ["criminal_investigation"], "sought": ["export_record"], "confidentiality": "can_guarantee",
        "restrictions": ["no_onward_without_consent"], "language": "en",
    }  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """An attachment, sealed."""

    attachment: Attachment
    sealed: bytes

    @classmethod
    def of(cls, plain: bytes, net: str, name: str = "frame.jpg", *, on_demand: bool = False) -> "Picture":
        """Sealed under a fresh key for a network."""
        key, digest = secrets.token_bytes(32), hashlib.sha256(plain).hexdigest()
        stream = SealingStream(key, attachments.context(net))
        sealed = stream.update(plain) + stream.finish()
        ct_sha256 = hashlib.sha256(sealed).hexdigest()
        return cls(Attachment(name, "image/jpeg", len(plain), digest, key, ct_sha256, on_demand), sealed)

    @property
    def digest(self) -> str:
        """What the blob is called."""
        return self.attachment.ct_sha256


@dataclass(frozen=True)
class Message:
    """One envelope of ours, and what its receipts must say of it."""

    item: Members
    manifest: Members
    statement: Members
    st: str
    env: str

    @property
    def mid(self) -> str:
        return str(self.manifest["mid"])

    @property
    def thread(self) -> str:
        return str(self.statement["thread"])


@dataclass
class Author:
    """One authority with all its keys. ``seq`` and ``prev`` follow what the node under test has taken."""

    authority: str
    country: str
    net: str
    url: str | None
    seeds: dict[str, str]
    root: bytes = b""
    keyset: bytes = b""
    seq: int = 0
    prev: str | None = None
    signers: dict[tuple[Use, str], SigningKey] = field(default_factory=dict, repr=False)
    openers: dict[str, OpeningKey] = field(default_factory=dict, repr=False)
    hands: dict[str, jws.Signer] = field(default_factory=dict, repr=False)

    # ------------------------------------------------------------ coming to be

    @classmethod
    def made(
        cls, authority: str, country: str, net: str, url: str | None, *, at_ms: int | None = None,
        random: Random = secrets.token_bytes, wrap: Callable[[SigningKey], Any] = lambda key: key,
    ) -> "Author":  # fmt: skip
        """A training authority with fresh keys, its holder included; ``wrap`` puts another signer before a key."""
        uses = [*FIRST_KEYS, *((Use.ROOT, alg) for alg in HOLDER_ALGORITHMS)]
        author = cls(authority, country, net, url, {f"{use} {alg}": random(32).hex() for use, alg in uses})
        author._load()
        author.hands = {key.kid: wrap(key) for key in author.signers.values()}
        at_ms = now_ms() if at_ms is None else at_ms
        author.root = author.sign_root(author.root_members(at_ms))
        author.keyset = author.sign_keyset(author.keyset_members(at_ms))
        return author

    @classmethod
    def of(cls, folder: Path) -> "Author":
        """As it was saved."""
        kept = json.loads((folder / FILE).read_bytes())
        author = cls(**kept | {"root": kept["root"].encode(), "keyset": kept["keyset"].encode()})
        author._load()
        return author

    def save(self, folder: Path) -> None:
        """Keys, documents and how far the sequence has come, in a file of ours alone; the card beside it."""
        folder.mkdir(parents=True, exist_ok=True)
        names = ("authority", "country", "net", "url", "seeds", "seq", "prev")
        kept = {name: getattr(self, name) for name in names}
        kept |= {"root": self.root.decode(), "keyset": self.keyset.decode()}
        (folder / FILE).touch(0o600)
        (folder / FILE).write_text(json.dumps(kept), "utf-8")
        (folder / "kit.card").write_bytes(self.card())

    def _load(self) -> None:
        for name, text in self.seeds.items():
            use, alg = name.split(" ")
            if Use(use) in KEM_USES:
                self.openers[use] = opening_key(alg, bytes.fromhex(text))
            else:
                self.signers[Use(use), alg] = signing_key(alg, bytes.fromhex(text))

    # ------------------------------------------------------------ its documents

    def records(self) -> list[PublicKeyRecord]:
        """The public half of every key."""
        signing = [(use, alg, key.public) for (use, alg), key in self.signers.items()]
        sealing = [(Use(use), key.public.alg, key.public) for use, key in self.openers.items()]
        return [
            PublicKeyRecord(use=use, alg=alg, kid=key.kid, pub=base64url.encode(key.raw), uri="kit:")
            for use, alg, key in (*signing, *sealing)
        ]

    def root_members(self, at_ms: int) -> Members:
        """What a first root of one holder says."""
        pubs = {alg: base64url.encode(self.signers[Use.ROOT, alg].public.raw) for alg in HOLDER_ALGORITHMS}
        online = [record for record in self.records() if record.use is Use.KEYSET]
        requires = list(HOLDER_ALGORITHMS)
        return {
            "v": 1, "net": self.net, "auth": self.authority, "country": self.country, "ver": 1, "prev": None,
            "name": "Conformance kit", "iat": at_ms, "exp": at_ms + ROOT_LIFETIME_MS, "threshold": 1,
            "holders": [{"name": "kit", "ed25519": pubs["Ed25519"], "mldsa65": pubs["ML-DSA-65"]}],
            "requires": {"root": requires, "keyset": requires},
            "keyset": [{"kid": one.kid, "alg": one.alg, "pub": one.pub} for one in online],
        }  # fmt: skip

    def keyset_members(self, at_ms: int) -> Members:
        """What a first keyset says."""
        root = Root.model_validate_json(strictjson.dump(self.root_members(at_ms)))
        origin, contact = f"{self.authority}.example/itx", Contact(name="Conformance kit")
        made: Keyset = first_keyset(root, self.records(), at_ms=at_ms, origin=origin, contact=contact, url=self.url)
        return made.model_dump(mode="json")

    def sign_root(self, members: Members, algs: Sequence[str] = HOLDER_ALGORITHMS) -> bytes:
        return self._document(members, ROOT_TYP, Use.ROOT, algs)

    def sign_keyset(self, members: Members, algs: Sequence[str] = HOLDER_ALGORITHMS) -> bytes:
        return self._document(members, KEYSET_TYP, Use.KEYSET, algs)

    def _document(self, members: Members, typ: str, use: Use, algs: Sequence[str]) -> bytes:
        keys = [self.signers[use, alg] for alg in algs]
        signers = [self.hands.get(key.kid, key) for key in keys]
        return strictjson.dump(jws.sign(strictjson.dump(members), typ, signers))

    def card(self, root: bytes | None = None, keyset: bytes | None = None) -> bytes:
        return make([root or self.root], keyset or self.keyset)

    @property
    def digest(self) -> str:
        """What two officers compare."""
        return hashlib.sha256(self._payload(self.root)).hexdigest()

    @property
    def ks(self) -> Members:
        return {"ver": 1, "sha256": hashlib.sha256(self._payload(self.keyset)).hexdigest()}

    @staticmethod
    def _payload(document: bytes) -> bytes:
        return base64url.decode(strictjson.load(document, 1 << 20)["payload"])

    # ------------------------------------------------------------ its messages

    def signer(self, use: Use) -> SigningKey:
        """The classical key of a use."""
        return self.signers[use, "Ed25519"]

    def statement_signers(self) -> list[SigningKey]:
        return [self.signers[Use.STMT, alg] for alg in HOLDER_ALGORITHMS]

    def new_mid(self) -> str:
        return f"{self.authority}:{uuid7()}"

    def new_case(self) -> str:
        return f"{self.authority}.{uuid7().hex}"

    def write(
        self,
        node: TrustSet,
        body: Any = None,
        *,
        kind: str = "urn:itx:trace-request:1",
        pictures: Sequence[Picture] = (),
        said: Mapping[str, Any] | None = None,
        shown: Callable[[list[str]], list[str]] = list,
        signers: Sequence[SigningKey] | None = None,
        mend: Callable[[Members], None] = lambda _: None,
        inner: Callable[[bytes], bytes] = bytes,
        stc: str | None = None,
        padded: Callable[[bytes], bytes] = bytes,
        sealed: Mapping[str, str] | None = None,
        outer: Mapping[str, Any] | None = None,
        signer: SigningKey | None = None,
    ) -> Message:
        """A message, each part of which can be another than an honest one.

        ``said`` replaces members of the statement and ``outer`` of the manifest; ``shown`` makes other disclosures of
        the right ones, ``mend`` alters the signed statement, ``inner`` and ``padded`` give other bytes; ``sealed``
        names another context to seal in.
        """
        parts = self._split(kind, whole := request_body() if body is None else body)
        told = self._describe(pictures, whole)
        att = [{**one.attachment.sealed, "disclosure": each.digest} for one, each in zip(pictures, told, strict=True)]
        said_members = self._said(node, kind, [part.digest for part in parts]) | {"att": att} | dict(said or {})
        payload = strictjson.dump(said_members)
        signed = jws.sign(payload, statement.TYP, self.statement_signers() if signers is None else signers)
        mend(signed)
        texts = shown([part.text for part in (*parts, *told)])
        salt = secrets.token_bytes(32)
        inside = inner(strictjson.dump({"statement": signed, "salt": base64url.encode(salt), "disclosures": texts}))
        true_stc = hashlib.sha256(salt + strictjson.dump(signed)).hexdigest()
        kem = node.kem()
        named = {"att": [one.attachment.sealed for one in pictures]}
        manifest = self._manifest(said_members, kem, stc or true_stc) | named | dict(outer or {})
        ct = self._seal(manifest, kem, padded(envelope.pad(inside)), sealed or {})
        return self.outside(manifest, ct, signer, said_members)

    def outside(
        self, manifest: Members, ct: bytes, signer: SigningKey | None = None, said: Members | None = None
    ) -> Message:
        """Any manifest over any sealed bytes, signed; its own ``ct`` is kept where it names other bytes."""
        members = {"ct": {"len": len(ct), "sha256": hashlib.sha256(ct).hexdigest()}} | manifest
        payload = strictjson.dump(members)
        item = jws.sign(payload, envelope.TYP, [signer or self.signer(Use.ENV)]) | {"ct": base64url.encode(ct)}
        st = hashlib.sha256(strictjson.dump(said)).hexdigest() if said else ""
        return Message(item, members, said or {}, st, hashlib.sha256(payload).hexdigest())

    @staticmethod
    def _describe(pictures: Sequence[Picture], body: Any) -> tuple[elements.Disclosure, ...]:
        restrictions = tuple(body.get("restrictions", ())) if isinstance(body, dict) else ()
        return attachments.describe([one.attachment for one in pictures], restrictions, secrets.token_bytes)

    def _split(self, kind: str, body: Any) -> tuple[elements.Disclosure, ...]:
        model = KINDS.get(kind)
        shaped = body
        if model is not None:
            with suppress(ValueError):  # of no shape: it is split as it is
                shaped = model.model_validate(model.gather(body)).to_elements()
        singles, lists = (model.SINGLES, model.LISTS) if model else ((), ())
        return elements.split(shaped, singles, lists, secrets.token_bytes)

    def _said(self, node: TrustSet, kind: str, digests: list[str]) -> Members:
        return {
            "v": 1, "net": self.net, "crit": [], "type": kind, "mid": self.new_mid(), "from": self.authority,
            "to": node.authority, "iat": now_ms(), "thread": self.new_case(), "re": [], "due": None, "hand": [],
            "body": {"elements": digests}, "att": [],
        }  # fmt: skip

    def _manifest(self, said: Members, kem: KemChoice, stc: str) -> Members:
        return {
            "v": 1, "net": self.net, "crit": [], "mid": said["mid"], "from": self.authority, "to": said["to"],
            "iat": now_ms(), "stc": stc, "cls": "message", "prio": "routine", "seq": self.seq + 1, "prev": self.prev,
            "kem": {"suite": kem.suite, "kid": kem.kid}, "att": [], "ks": self.ks,
        }  # fmt: skip

    @staticmethod
    def _seal(manifest: Members, kem: KemChoice, padded: bytes, sealed: Mapping[str, str]) -> bytes:
        names = {name: manifest[name] for name in ("net", "mid", "from", "to", "cls")} | dict(sealed)
        info = envelope.info(
            names["net"], names["mid"], names["from"], names["to"], names.get("kid", kem.kid), names["cls"]
        )
        return seal(kem.key, info, padded)

    def open(self, manifest: envelope.Manifest, ct: bytes) -> bytes:
        """The plaintext of an envelope to us."""
        info = envelope.info(manifest.net, manifest.mid, manifest.from_, manifest.to, manifest.kem.kid, manifest.cls)
        return self.openers["kem"].open(info, ct)

    # ------------------------------------------------------------ its receipts and hellos

    def hello(self, node: TrustSet, signer: SigningKey | None = None, **changed: Any) -> Members:
        members = {"v": 1, "net": self.net, "from": self.authority, "to": node.authority, "at": now_ms(),
                   "nonce": base64url.encode(secrets.token_bytes(16))}  # fmt: skip
        return jws.sign(strictjson.dump(members | changed), hello.TYP, [signer or self.signer(Use.RCPT)])

    def receipt(self, node: TrustSet, mid: str, env: str, stage: str = "accepted", **changed: Any) -> Members:
        """A receipt for an envelope of the node, whether there is one or not."""
        members = {
            "v": 1, "net": self.net, "from": self.authority, "to": node.authority, "rid": self.new_mid(),
            "for": {"mid": mid, "env": env}, "stage": stage, "st": None, "code": None, "retry": None, "at": now_ms(),
            "late": False, "sack": {"hi": 1, "missing": []},
            "log": {"origin": f"{self.authority}.example/itx", "index": 0}, "ks": self.ks,
        }  # fmt: skip
        return jws.sign(strictjson.dump(members | changed), receipts.TYP, [self.signer(Use.RCPT)])
