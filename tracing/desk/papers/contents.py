"""What stands on the paper, as data the template sets: from verified evidence, in the language that is spoken.

contents(found, heard, Embedded("br.01.itx-evidence", data), Writer(4000))["sections"]
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, Final

from keys.evidence import Evidence, Head, Proved
from keys.vouching import Speaker
from tracing.desk.catalogues import is_unread
from tracing.desk.pages.countries import country_name
from tracing.desk.pages.tongue import NP_, _, direction, language, ngettext, tag
from tracing.desk.pages.words import words as worded
from tracing.desk.papers.runs import Paragraph, Runs, Writer, fixed, moment, said, words
from tracing.desk.papers.sentences import not_proved
from tracing.desk.papers.values import Row, elements, kind_of

__all__ = ["MEDIA", "Embedded", "contents"]

MEDIA: Final = "application/jsonl"  # protocol/README.md, section 24
SECOND: Final = 1000
FORMAT: Final = "protocol/README.md"
REGIONS: Final = {"zh": "cn"}
Block = dict[str, Any]


@dataclass(frozen=True)
class Embedded:
    """The evidence as it is embedded."""

    name: str
    data: bytes

    @cached_property
    def sha256(self) -> str:
        return sha256(self.data).hexdigest()


def contents(found: Evidence, heard: Sequence[Proved], file: Embedded, write: Writer) -> dict[str, Any]:
    """Everything the template needs."""
    spoken = language()
    sections = [
        (_("In short"), _summary(found, heard, file, write)),
        (_("What is proved"), [_list(list(_proved(found, heard, write)))]),
        (_("What is not proved"), [_list([_prosaic(each) for each in not_proved(found, heard)])]),
        (_("What was said"), [block for at, one in enumerate(heard) for block in _message(at, one, found, write)]),
        (_("What is left out"), _left_out(found, write)),
        (_("Keys and audit trail"), [block for block in _keys(found, write) if block]),
        (_("How to verify it"), _verifying(found, file, write)),
        (_("What is embedded"), [_manifest(file, write)]),
    ]
    return {
        "lang": tag(spoken).split("-")[0], "region": REGIONS.get(spoken), "dir": direction(spoken),
        "title": _("Evidence of a case"), "about": file.name, "embedded": file.name, "media": MEDIA,
        "note": _("The evidence, to be verified without this document"),
        "training": _training() if found.net == "training" else "",
        "unread": _("No reviewer of this language has read these words yet.") if is_unread(spoken) else "",
        "lead": _lead(),
        "page": said(_("Page %(page)s of %(pages)s"), page=[("page", "")], pages=[("pages", "")]),
        "running": [*write.code(found.case)],
        "foot": said(_("For reading. What proves is the embedded file, SHA-256 %(digest)s"),
                     digest=fixed(file.sha256[:16] + "\u2026")),
        "sections": [{"title": title, "blocks": blocks} for title, blocks in sections if blocks],
    }  # fmt: skip


def _lead() -> str:
    return _(
        "This document shows people what the embedded file proves. Nobody signed these pages: in doubt, the embedded "
        "file counts. It was verified, signature by signature, when this document was made, and anybody can do so "
        "again."
    )


def _training() -> str:
    return _("Training: said on the training network, about no real weapon.")


def _prosaic(text: str) -> Paragraph:
    return {"d": "", "r": words(text)}


def _list(items: Sequence[Paragraph]) -> Block:
    return {"k": "list", "items": list(items)}


def _table(rows: Sequence[Row]) -> Block:
    return {"k": "rows", "rows": list(rows)}


def _row(label: str, *values: Runs) -> Row:
    return 0, words(label), [{"d": "", "r": value} for value in values]


# ---------------------------------------------------------------- the whole


def _summary(found: Evidence, heard: Sequence[Proved], file: Embedded, write: Writer) -> list[Block]:
    withheld = sum(len(one.withheld) for one in heard)
    rows = [
        _row(_("Case"), write.code(found.case)),
        _row(_("Exported by"), _who(found.exporter, write)),
        *([] if found.other is None else [_row(_("Exchanged with"), _who(found.other, write))]),
        _row(_("Exported"), moment(found.at_ms)),
        _row(_("Made for"), write.name(found.to)),
        _row(_("Purpose"), write.worded(worded(found.purpose, "recipient.kind"))),
        _row(_("Scope"), words(_("The whole case") if found.scope == "case" else _("One message of the case"))),
        _row(_("Messages"), words(str(found.messages))),
        _row(_("Withheld"), words(str(withheld))),
        _row(_("Left out"), words(str(len(found.left_out)))),
        _row(_("Evidence"), write.code(file.name), [*words("SHA-256 "), *write.code(file.sha256)]),
    ]
    return [_table(rows)]


def _who(of: Speaker, write: Writer) -> Runs:
    return [
        *write.code(of.authority),
        *words(" \u2013 "),
        *write.name(of.name),
        *words(" ("),
        *write.worded(country_name(of.country)),
        *words(")"),
    ]


def _proved(found: Evidence, heard: Sequence[Proved], write: Writer) -> Iterator[Paragraph]:
    """What the verdict says, in sentences."""
    by = write.code(found.exporter.authority)
    for sentence in (
        said(_("Everything in the embedded file holds."))
        + words(" ")
        + said(_("%(who)s exported it on %(when)s for %(to)s (%(purpose)s), and signed for each line of it."),
               who=by, when=moment(found.at_ms), to=write.name(found.to),
               purpose=write.worded(worded(found.purpose, "recipient.kind"))),
        words(_("Each message below was signed by the authority that it names as its sender. Words of closed lists "
                "stand here in the language of this document; the embedded file has them as they were signed.")),
        words(_("Each receipt below was signed by the recipient: it took the message over, or read or rejected it, at "
                "the time that is shown.")),
        *_trail(found, heard, write),
        *_stamped(found, write),
    ):  # fmt: skip
        yield {"d": "", "r": sentence}


def _trail(found: Evidence, heard: Sequence[Proved], write: Writer) -> Iterator[Runs]:
    head, entries = found.head, sum(len(one.entered) for one in heard)
    if head is None:
        return
    yield said(
        _("%(entries)s of these envelopes and receipts stand in the audit trail %(origin)s of %(size)s entries, signed "
          "on %(when)s."),
        entries=str(entries), origin=write.code(head.origin), size=str(head.size), when=moment(head.signed_s * SECOND),
    )  # fmt: skip
    if head.cosigned_s is not None and found.other is not None:
        yield said(_("%(who)s has seen this trail and cosigned it on %(when)s."),
                   who=write.code(found.other.authority), when=moment(head.cosigned_s * SECOND))  # fmt: skip


def _stamped(found: Evidence, write: Writer) -> Iterator[Runs]:
    if (stamp := found.stamp) is None:
        return
    yield said(
        _("All that is shown here existed no later than %(when)s: so says the time-stamp authority %(who)s, in its "
          "time-stamp %(number)s.")
        if found.head is None else
        _("All that is shown here, and the history up to the head of the audit trail, existed no later than %(when)s: "
          "so says the time-stamp authority %(who)s, in its time-stamp %(number)s."),
        when=moment(-(-stamp.latest_ms // SECOND) * SECOND), who=write.name(stamp.signer),
        number=write.code(stamp.serial),
    )  # fmt: skip


# ---------------------------------------------------------------- messages


def _message(at: int, one: Proved, found: Evidence, write: Writer) -> Iterator[Block]:
    title = [*words(f"{at + 1}. {worded(kind_of(one.type), 'kind')} \u2013 "), *moment(one.said_ms)]
    yield {"k": "sub", "r": title}
    rows = [
        _row(_("Message"), write.code(one.mid)),
        _row(_("From"), write.code(one.sender)),
        _row(_("To"), write.code(one.recipient)),
        *([_row(_("Dossier"), write.code(one.thread))] if one.thread != found.case else []),
        *([_row(_("In answer to"), *map(write.code, one.re))] if one.re else []),
        _row(_("Said, by its own clock"), moment(one.said_ms)),
        _row(_("SHA-256 of the signed statement"), write.code(one.statement)),
        *_taken(one, write),
        *([_row(_("In the audit trail"), _entered(one))] if one.entered else []),
    ]
    yield _table(rows)
    yield _table(list(elements(one, write)))


def _taken(one: Proved, write: Writer) -> Iterator[Row]:
    if one.accepted_ms is not None:
        yield _row(_("Taken over, by the recipient's receipt"), moment(one.accepted_ms))
    if one.rejected is not None:
        yield _row(_("Rejected, by the recipient's receipt"), write.code(one.rejected))
    if one.opened_ms is not None:
        yield _row(_("Read, by the recipient's receipt"), moment(one.opened_ms))
    if one.accepted_ms is None and one.opened_ms is None and one.rejected is None:
        yield _row(_("Receipt"), words(_("The file does not show that it was taken over.")))


ENTERED: Final = {
    "env.out": NP_("entry", "envelope, sent"), "env.in": NP_("entry", "envelope, received"),
    "rcpt.out": NP_("entry", "receipt, given"), "rcpt.in": NP_("entry", "receipt, received"),
}  # fmt: skip


def _entered(one: Proved) -> Runs:
    return words(_("; ").join(_(ENTERED[each]) for each in one.entered))


def _left_out(found: Evidence, write: Writer) -> list[Block]:
    if not found.left_out and not found.absent:
        return []
    recorded = _("entered by hand from another channel; its sender did not sign it")
    rows = [
        _row("", write.code(one.mid), words(recorded) if one.why == "recorded" else write.code(one.why))
        for one in found.left_out
    ]
    lead = ngettext(
        "The exporter signed that it leaves out %(num)d message of the case:",
        "The exporter signed that it leaves out %(num)d messages of the case:",
        len(rows),
    )
    absent: list[Block] = [
        {"k": "par", "p": _prosaic(_("Messages that others here answer, and that are not here:"))},
        _table([_row("", write.code(mid)) for mid in found.absent]),
    ]
    named: list[Block] = [{"k": "par", "p": _prosaic(lead % {"num": len(rows)})}, _table(rows)]
    return [*(named if rows else []), *(absent if found.absent else [])]


# ---------------------------------------------------------------- keys, verifying


def _keys(found: Evidence, write: Writer) -> Iterator[Block]:
    for who in (found.exporter, found.other):
        if who is not None:
            yield {"k": "sub", "r": _who(who, write)}
            yield _table([
                _row(_("Digest of its first root"), write.code(who.root_digest)),
                _row(_("Keyset"), said(_("%(keyset)s, of %(when)s"), keyset=str(who.keyset),
                                       when=moment(who.keys_as_of_ms))),
            ])  # fmt: skip
    if found.head is not None:
        yield {"k": "sub", "r": words(_("Head of the audit trail"))}
        yield _table(list(_head(found, found.head, write)))
    if (stamp := found.stamp) is not None:
        yield {"k": "sub", "r": words(_("Time-stamp (RFC 3161)"))}
        yield _table([
            _row(_("Time"), moment(stamp.time_ms)), _row(_("Signed by"), write.name(stamp.signer)),
            _row(_("Its certificate is by"), write.name(stamp.issuer)), _row(_("Number"), write.code(stamp.serial)),
            _row(_("Rules of the authority"), write.code(stamp.policy)),
        ])  # fmt: skip


def _head(found: Evidence, head: Head, write: Writer) -> Iterator[Row]:
    yield _row(_("Name"), write.code(head.origin))
    yield _row(_("Entries"), words(str(head.size)))
    yield _row(_("Root"), write.code(head.root.hex()))
    yield _row(_("Signed"), moment(head.signed_s * SECOND))
    if head.cosigned_s is not None and found.other is not None:
        yield _row(_("Cosignature"), said(_("by %(who)s, %(when)s"), who=write.code(found.other.authority),
                                       when=moment(head.cosigned_s * SECOND)))  # fmt: skip
    else:
        yield _row(_("Cosignature"), words(_("none")))


def _verifying(found: Evidence, file: Embedded, write: Writer) -> list[Block]:
    both = [one for one in (found.exporter, found.other) if one is not None]
    steps = [
        words(_("Learn the digest of the first root of each authority from another source than this document: from the "
                "authority itself, from its State, or from whoever compared it by telephone. If it is another than the "
                "one shown above, nothing here is proved.")),
        said(_("Take the embedded file out: a reader of PDF lists it among the attachments, or %(command)s does it."),
             command=fixed("pdfdetach -saveall FILE.pdf")),
        words(_("Verify it, without any network, with the program of this project or any other that follows the "
                "published format:")),
    ]  # fmt: skip
    last = said(
        _("The command takes this document too, and then reads the file in it. The format: %(format)s, section 24."),
        format=fixed(FORMAT),
    )
    return [
        {"k": "steps", "items": [{"d": "", "r": step} for step in steps]},
        {"k": "command", "r": _command(both, file, write, stamped=found.stamp is not None)},
        {"k": "par", "p": {"d": "", "r": last}},
    ]


def _command(both: Sequence[Speaker], file: Embedded, write: Writer, *, stamped: bool) -> Runs:
    """The command, a line for each root, and one for who vouches for the time-stamp."""
    made = write.code(f"tracing evidence verify {file.name}")
    for one in both:
        made += [*fixed(" \\"), ("n", ""), *write.code(f"    --pin {one.authority}={one.root_digest}")]
    if stamped:
        made += [*fixed(" \\"), ("n", ""), *fixed("    --timestamp-ca AUTHORITY.pem")]
    return made


def _manifest(file: Embedded, write: Writer) -> Block:
    size = ngettext("%(num)d byte", "%(num)d bytes", len(file.data)) % {"num": len(file.data)}
    return _table([
        _row(_("File"), write.code(file.name)),
        _row(_("What it is"), words(_("The evidence, to be verified without this document"))),
        _row(_("Kind"), write.code(MEDIA)),
        _row(_("Size"), words(size)),
        _row("SHA-256", write.code(file.sha256)),
    ])  # fmt: skip
