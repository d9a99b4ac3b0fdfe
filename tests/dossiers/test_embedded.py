"""Evidence taken out of a PDF, of which nothing is believed."""

import zlib

import pytest

from tracing.desk.papers.embedded import MOST_PDF_BYTES, NoEvidence, evidence_in, is_pdf

EVIDENCE = b'{"inventory":{},"itx_evidence":1}\n{"card":{}}\n'


def stream(data: bytes, *, packed: bool = True, end: bytes = b"\nendstream\nendobj\n") -> bytes:
    body = zlib.compress(data) if packed else data
    return b"7 0 obj\n<</Type/EmbeddedFile/Length %d>>\nstream\n" % len(body) + body + end


def pdf(*streams: bytes) -> bytes:
    return b"%PDF-1.7\n" + b"".join(streams) + b"trailer\n%%EOF\n"


@pytest.mark.parametrize("packed", [True, False])
def test_what_is_embedded_comes_out_as_it_went_in(packed: bool) -> None:  # noqa: FBT001 - two ways
    assert evidence_in(pdf(stream(b"BT (text) Tj ET"), stream(EVIDENCE, packed=packed), stream(b""))) == EVIDENCE


def test_other_programs_end_lines_otherwise() -> None:
    assert evidence_in(pdf(stream(EVIDENCE).replace(b"stream\n", b"stream\r\n", 1))) == EVIDENCE


@pytest.mark.parametrize(
    "data",
    [
        pdf(),
        pdf(stream(b"{}"), stream(b"anything", packed=False)),
        pdf(stream(EVIDENCE), stream(EVIDENCE)),
        pdf(stream(EVIDENCE), stream(EVIDENCE.replace(b"1", b"2"), packed=False)),
        pdf(stream(EVIDENCE + bytes(70 << 20))),
        pdf(stream(EVIDENCE))[:-70],
        pdf(stream(EVIDENCE, packed=False, end=b"")),
        pdf(stream(b'{"inventory":' + bytes(65 << 20), packed=False)),
        b"%PDF-" + bytes(MOST_PDF_BYTES),
        b"%PDF-1.7\n" + b">>stream\n" * 200_001,
    ],
    ids=["none", "others", "two", "two-ways", "bomb", "cut", "endless", "long", "large", "many"],
)
def test_a_pdf_without_one_evidence_alone_is_refused(data: bytes) -> None:
    with pytest.raises(NoEvidence):
        evidence_in(data)


def test_a_pdf_is_told_from_evidence() -> None:
    assert (is_pdf(b"%PDF-1.7"), is_pdf(EVIDENCE)) == (True, False)
