"""Bundles as somebody who means harm, or a bad disc, would make them."""

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from protocol import bundle, jws, strictjson
from protocol.bundle import INDEX, TRUST
from tests.world import World
from tracing.exchange.bundles import container
from tracing.exchange.bundles.container import Reading

__all__ = ["Forged", "Raw", "entry", "packed"]


@dataclass(frozen=True)
class Forged:
    """A real bundle taken apart, to be put together otherwise. ``said`` is the payload of its index."""

    w: World
    trust: bytes
    said: dict[str, Any]
    contents: dict[str, bytes]  # of the members, in order
    use: str = "rcpt"
    typ: str = bundle.TYP

    @classmethod
    def of(cls, w: World, place: Path) -> Self:
        """What br made."""
        with place.open("rb") as file:
            reading = Reading(file)
            trust = reading.first(TRUST, 1 << 23)
            signed = bundle.parse(strictjson.load(reading.first(INDEX, 1 << 24), 1 << 24))
            contents = {one.name: b"".join(reading.member(one.name, one.len)) for one in signed.index.members}
        return cls(w, trust, strictjson.load(signed.index.payload(), 1 << 24), contents)

    # ------------------------------------------------------------ changing

    def saying(self, **members: Any) -> Self:
        """Another payload, signed as if it were right."""
        return replace(self, said=self.said | members)

    def without(self, name: str) -> Self:
        """A payload that lacks a member."""
        return replace(self, said={key: value for key, value in self.said.items() if key != name})

    def listing(self, *members: dict[str, Any]) -> Self:
        """An index of these members, whatever they are."""
        return self.saying(members=list(members))

    def bearing(self, **contents: bytes) -> Self:
        """Other bytes, and an index that names them rightly. ``post`` and ``blob`` replace the first of their kind."""
        found = dict(self.contents)
        for kind, content in contents.items():
            name = next(one for one in found if one.startswith(f"{kind}s/"))
            found[name] = content
        return replace(self, contents=found).listing(*(entry(name, content) for name, content in found.items()))

    # ------------------------------------------------------------ putting together

    def index(self) -> dict[str, Any]:
        """The signed index, by a key of br."""
        signer = self.w["br"].keyring.voice.signer(self.use)
        return jws.sign(strictjson.dump(self.said), self.typ, [signer])

    def file(self, index: Any = None, *, trust: bytes | None = None) -> bytes:
        """The bundle; ``index`` in the place of the one signed here."""
        made = self.index() if index is None else index
        spelt = made if isinstance(made, bytes) else strictjson.dump(made)
        return packed([(TRUST, self.trust if trust is None else trust), (INDEX, spelt), *self.contents.items()])


def entry(name: str, content: bytes) -> dict[str, Any]:
    """A member as the index names it."""
    return {"name": name, "len": len(content), "sha256": sha256(content).hexdigest()}


def packed(members: Sequence[tuple[str, bytes]]) -> bytes:
    """A stored ZIP of these."""
    out = io.BytesIO()
    container.write(out, [(name, len(content), partial(list, [content])) for name, content in members])
    return out.getvalue()


@dataclass
class Raw:
    """A ZIP that some other program made."""

    members: list[tuple[str, bytes]]
    method: int = zipfile.ZIP_STORED
    change: Callable[[zipfile.ZipInfo], None] = field(default=lambda _: None)

    def file(self) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, content in self.members:
                about = zipfile.ZipInfo(name)
                about.compress_type = self.method
                self.change(about)
                archive.writestr(about, content)
        return out.getvalue()
