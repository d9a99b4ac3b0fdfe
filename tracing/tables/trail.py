"""The audit trail: trees, leaves, tiles and marks; what counterparts cosigned of ours, and we of theirs."""

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from tracing.tables.columns import WHOLE, ms

__all__ = [
    "ContentRelease", "Cosigned", "Leaf", "LeafDays", "LeafMark", "LeavesMarked", "Tree", "TreeTile", "Witnessed",
    "WitnessedTile",
]  # fmt: skip


class Tree(SQLModel, table=True):
    """One RFC 6962 tree: ``private``, or the authority of a counterpart. ``peaks`` is its compact range."""

    __tablename__ = "trees"
    name: str = Field(primary_key=True)
    origin: str
    size: int = Field(default=0, sa_type=WHOLE)
    peaks: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))
    checkpoint: str | None = None  # latest signed note
    checkpoint_size: int = Field(default=0, sa_type=WHOLE)
    checkpoint_ms: int | None = Field(default=None, sa_column=ms(nullable=True))


class Leaf(SQLModel, table=True):
    """One entry: canonical {v, t, k, h}. Private leaves carry their object and a salt."""

    __tablename__ = "leaves"
    __table_args__ = (Index("leaves_by_ref", "ref"),)
    tree: str = Field(primary_key=True)
    idx: int = Field(primary_key=True, sa_type=WHOLE)
    at_ms: int = Field(sa_column=ms())
    kind: str  # env.out, env.in, rcpt.out, rcpt.in, key, op, read, erase, cfg, ckpt.peer, private.head, refused
    ref: str  # mid, rid or the name of the object
    h: str  # hex SHA-256 of the object, salted in the private tree
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # RFC 6962 leaf hash
    salt: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    object: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))


class TreeTile(SQLModel, table=True):
    """Root of a complete subtree of 256**level leaves, so that a proof reads few rows.

    Levels below zero lie between: -(n + 1) is 16 * 256**n leaves. They may be missing, the others may not.
    """

    __tablename__ = "tree_tiles"
    tree: str = Field(primary_key=True)
    level: int = Field(primary_key=True)
    idx: int = Field(primary_key=True, sa_type=WHOLE)
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class LeafMark(SQLModel, table=True):
    """By what an entry of the private tree is found: who, which act, which case. It follows from the entry."""

    __tablename__ = "leaf_marks"
    mark: str = Field(primary_key=True)  # see audit/marks.py
    idx: int = Field(primary_key=True, sa_type=WHOLE)


class LeafDays(SQLModel, table=True):
    """Between which entries of a tree those of one day (UTC) stand, other days among them where a clock went back."""

    __tablename__ = "leaf_days"
    tree: str = Field(primary_key=True)
    day: int = Field(primary_key=True, sa_type=WHOLE)  # since 1970
    first: int = Field(sa_type=WHOLE)
    last: int = Field(sa_type=WHOLE)


class LeavesMarked(SQLModel, table=True):
    """How many entries of a tree have their marks: those after them come soon."""

    __tablename__ = "leaves_marked"
    tree: str = Field(primary_key=True)
    size: int = Field(sa_type=WHOLE)


class ContentRelease(SQLModel, table=True):
    """The content of one case, asked for by an auditor and given to him, or not, by an approver, until a day."""

    __tablename__ = "content_releases"
    __table_args__ = (
        Index("content_releases_of", "auditor", "case_id"), Index("content_releases_asked", "asked_ms", "id")
    )  # fmt: skip
    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="cases.id")
    auditor: str = Field(foreign_key="users.name")
    reason: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # encrypted, as all that is said of a case
    asked_ms: int = Field(sa_column=ms())
    decision: str | None = None  # given | refused
    decided_by: str | None = None
    decided_ms: int | None = Field(default=None, sa_column=ms(nullable=True))
    until_ms: int | None = Field(default=None, sa_column=ms(nullable=True))
    ended_by: str | None = None  # who revoked it, or gave it back
    ended_ms: int | None = Field(default=None, sa_column=ms(nullable=True))


class Cosigned(SQLModel, table=True):
    """A checkpoint of ours that a counterpart cosigned: of each day (UTC) the last, so that every entry has a date."""

    __tablename__ = "cosigned"
    witness: str = Field(primary_key=True)  # its authority, which is the name of the tree too
    origin: str = Field(primary_key=True)
    day: int = Field(primary_key=True, sa_type=WHOLE)  # since 1970, by our clock
    size: int = Field(sa_type=WHOLE)
    note: str  # with the signatures of our log and of the witness
    at_ms: int = Field(sa_column=ms())  # when the witness saw it, by its clock
    kept_ms: int = Field(sa_column=ms())


class Witnessed(SQLModel, table=True):
    """What we cosigned last of a counterpart's log. ``peaks`` is its compact range while every entry's hash is here."""

    __tablename__ = "witnessed"
    authority: str = Field(primary_key=True)
    origin: str = Field(primary_key=True)
    size: int = Field(sa_type=WHOLE)
    root: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    signed_s: int = Field(sa_type=WHOLE)  # when its log signed it, seconds by its clock
    note: str  # with the signatures of its log and ours
    peaks: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    at_ms: int = Field(sa_column=ms())


class WitnessedTile(SQLModel, table=True):
    """The hashes of up to 256 entries of a counterpart's log, so that the first that is altered later has a name."""

    __tablename__ = "witnessed_tiles"
    authority: str = Field(primary_key=True)
    origin: str = Field(primary_key=True)
    idx: int = Field(primary_key=True, sa_type=WHOLE)
    hashes: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
