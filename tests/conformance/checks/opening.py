"""Sections 5, 6 and 8: what is found inside once an accepted envelope is opened."""

import hashlib
import secrets
from collections.abc import Callable
from typing import Any

from keys.uses import Use
from protocol import base64url, strictjson
from tests.conformance.author import Members, request_body
from tests.conformance.checks.signed_objects import stranger
from tests.conformance.link import Link
from tests.conformance.rules import rule

__all__: list[str] = []


def disclosure(name: str, value: Any, restrictions: Any, salt: bytes | None = None) -> str:
    salt_text = base64url.encode(secrets.token_bytes(16) if salt is None else salt)
    return base64url.encode(strictjson.dump([salt_text, name, value, restrictions]))


async def of_elements(link: Link, code: str, *texts: str) -> None:
    """A statement that signs exactly these disclosures is rejected when opened."""
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    message = link.write(said={"body": {"elements": digests}}, shown=lambda _: list(texts))
    await link.expect_fate(message, "rejected", code)


def broken_at(at: int) -> Callable[[Members], None]:
    """Zeros in the place of one signature of a statement."""

    def spoil(signed: Members) -> None:
        one = signed["signatures"][at]
        one["signature"] = base64url.encode(bytes(len(base64url.decode(one["signature"]))))

    return spoil


@rule("W-05-01", "A whole message discloses every signed element once and in order, else it is mismatch.")
async def whole(link: Link) -> None:
    more = disclosure("weapon", {}, [])
    for shown in (
        lambda texts: texts[1:], lambda texts: texts[::-1], lambda texts: [texts[0], *texts],
        lambda texts: [more, *texts], lambda texts: [],
    ):  # fmt: skip
        await link.expect_fate(link.write(shown=shown), "rejected", "mismatch")


@rule("W-05-02", "The last element is rest, an object; no member stands in two elements.")
async def rest(link: Link) -> None:
    weapon, last = disclosure("weapon", {"make": "x"}, []), disclosure("rest", {"note": "x"}, [])
    await of_elements(link, "schema", weapon)
    await of_elements(link, "schema", last, weapon)
    await of_elements(link, "schema", disclosure("rest", [], []))
    await of_elements(link, "schema", weapon, disclosure("weapon", {}, []), last)
    await of_elements(link, "schema", weapon, disclosure("rest", {"weapon": {}}, []))


@rule("W-05-03", "Lists of elements are contiguous from 0.")
async def lists(link: Link) -> None:
    last = disclosure("rest", {}, [])
    first, third = disclosure("markings.0", {"kind": "x"}, []), disclosure("markings.2", {"kind": "x"}, [])
    await of_elements(link, "schema", first, third, last)
    await of_elements(link, "schema", disclosure("markings.1", {"kind": "x"}, []), last)


@rule("W-05-04", "A disclosure of another shape is refused: salt, name, value and restrictions, each in its form.")
async def disclosures(link: Link) -> None:
    last = disclosure("rest", {}, [])
    for wrong in (
        disclosure("weapon", {}, [], salt=b"short"), disclosure("a.b.c", {}, []), disclosure("Weapon", {}, []),
        disclosure("weapon", {"restrictions": []}, []), disclosure("weapon", {}, None), disclosure("weapon", {}, [1]),
        base64url.encode(strictjson.dump(["A" * 22, "weapon", {}])), base64url.encode(b"no JSON"),
    ):  # fmt: skip
        await of_elements(link, "schema", wrong, last)


@rule("W-05-05", "re is sorted and names each message once.")
async def references(link: Link) -> None:
    one, two = sorted(link.author.new_mid() for _ in range(2))
    for re in ([two, one], [one, one], "none", [1]):
        await link.expect_fate(link.write(said={"re": re}), "rejected", "schema")


@rule("W-05-06", "The body of a statement holds digests and nothing else.")
async def body(link: Link) -> None:
    for wrong in ({"elements": []}, {"elements": ["x"]}, {}, {"elements": ["0" * 64], "weapon": {}}, []):
        await link.expect_fate(link.write(said={"body": wrong}), "rejected", "schema")


@rule("W-05-07", "Members of a statement have the form the section gives: type, thread, due, hand, iat.")
async def statement_members(link: Link) -> None:
    wrong: tuple[Members, ...] = (
        {"type": "trace-request"}, {"type": "urn:itx:trace-request:0"}, {"thread": "kit"}, {"due": "soon"},
        {"hand": ["Secret Word"]}, {"iat": None},
    )  # fmt: skip
    for members in wrong:
        await link.expect_fate(link.write(said=members), "rejected", "schema")


@rule("W-05-08", "An element with restrictions of its own is taken as one.")
async def own_restrictions(link: Link) -> None:
    message = request_body()
    message["found"]["restrictions"] = []
    message["weapon"]["restrictions"] = ["no_court_use_without_consent", "no_personal_data_onward"]
    await link.expect_fate(link.write(message), "opened")


@rule("W-06-01", "Padding of another size, length or filling than the one form is schema.")
async def padding(link: Link) -> None:
    for padded in (
        lambda data: data[:-1] + b"\1", lambda data: data + bytes(8192), lambda data: data[:-1],
        lambda data: b"\xff" + data[1:], lambda data: b"",
    ):  # fmt: skip
        await link.expect_fate(link.write(padded=padded), "rejected", "schema")


@rule("W-06-02", "The statement inside is the one the manifest commits to (stc), else it is mismatch.")
async def committed(link: Link) -> None:
    await link.expect_fate(link.write(stc="0" * 64), "rejected", "mismatch")


@rule("W-06-03", "What was sealed in another context does not open: decrypt-failed.")
async def context(link: Link) -> None:
    for sealed in ({"to": "kit.other"}, {"from": "kit.other"}, {"net": "other"}, {"cls": "other"}, {"mid": "other"}):
        await link.expect_fate(link.write(sealed=sealed), "rejected", "decrypt-failed")


@rule("W-06-04", "What was sealed to a key the node has not does not open: decrypt-failed.")
async def another_key(link: Link) -> None:
    kem = {"suite": "xwing", "kid": link.author.openers["kem"].kid}
    await link.expect_fate(link.write(outer={"kem": kem}), "rejected", "decrypt-failed")


@rule("W-06-05", "The plaintext has its three parts and nothing else, in strict JSON.")
async def parts(link: Link) -> None:
    for inner in (
        lambda data: data[:-1] + b',"x":1}', lambda data: b"{}", lambda data: b"not JSON", lambda data: b"",
        lambda data: data[:-1] + b',"salt":"AAAA"}',
    ):  # fmt: skip
        await link.expect_fate(link.write(inner=inner), "rejected", "schema")


@rule("W-06-06", "Every step of the padding is opened, up to the largest plaintext.")
async def steps(link: Link) -> None:
    for size in (0, 9_000, 40_000, 150_000):
        message = request_body()
        message["checks"] = [{"result": "x" * 15_000} for _ in range(size // 15_000)]
        message["note"] = "x" * (size % 15_000)
        await link.expect_fate(link.write(message), "opened")


@rule("W-08-01", "A statement that lacks a required signature is bad-signature.")
async def both_needed(link: Link) -> None:
    for signer in link.author.statement_signers():
        await link.expect_fate(link.write(signers=[signer]), "rejected", "bad-signature")


@rule("W-08-02", "Every signature of a statement must verify.")
async def every_signature(link: Link) -> None:
    for at in range(len(link.author.statement_signers())):
        await link.expect_fate(link.write(mend=broken_at(at)), "rejected", "bad-signature")


@rule("W-08-03", "Version and crit of a statement are judged as those of a manifest.")
async def understood(link: Link) -> None:
    await link.expect_fate(link.write(said={"v": 2}), "rejected", "unsupported-version")
    await link.expect_fate(link.write(said={"crit": ["postcard"]}), "rejected", "unsupported-extension")


@rule("W-08-04", "Statement and envelope agree on network, id, sender and recipient, else it is mismatch.")
async def agreement(link: Link) -> None:
    other = "training" if link.author.net == "real" else "real"
    kept = {"mid": link.author.new_mid(), "net": link.author.net, "to": link.node.authority}
    kept["from"] = link.author.authority
    for name, value in (("net", other), ("mid", link.author.new_mid()), ("from", "kit.other"), ("to", "kit.other")):
        said = {"mid": kept["mid"], name: value}
        await link.expect_fate(link.write(said=said, outer=kept), "rejected", "mismatch")
        kept["mid"] = link.author.new_mid()


@rule("W-08-05", "What another authority said does not count when it is sealed anew: mismatch, whoever signed it.")
async def sealed_anew(link: Link) -> None:
    other = stranger(link)
    signers = [other.signers[Use.STMT, alg] for alg in ("Ed25519", "ML-DSA-65")]
    said = {"from": other.authority, "mid": other.new_mid(), "thread": other.new_case()}
    outer = {"mid": link.author.new_mid(), "to": link.node.authority}
    await link.expect_fate(link.write(said=said, outer=outer, signers=signers), "rejected", "mismatch")


@rule("W-08-06", "A kind of message nobody knows is unsupported-extension.")
async def unknown_kind(link: Link) -> None:
    await link.expect_fate(link.write({"note": "x"}, kind="urn:itx:poem:1"), "rejected", "unsupported-extension")


@rule("W-08-07", "Another major version of a known kind is unsupported-version.")
async def other_version(link: Link) -> None:
    await link.expect_fate(link.write(said={"type": "urn:itx:trace-request:2"}), "rejected", "unsupported-version")


@rule("W-08-08", "A body of another shape than its kind's is schema.")
async def shape(link: Link) -> None:
    for wrong in ({"weapon": "a pistol"}, {"found": []}, {"note": 7}, {"illicit": "theft"}):
        await link.expect_fate(link.write(request_body() | wrong), "rejected", "schema")


@rule("W-08-09", "A request that lacks contents of ITI 17 is opened; a person asks for them.")
async def incomplete(link: Link) -> None:
    for lacking in ("illicit", "found", "intended_use", "weapon", "confidentiality"):
        message = {name: value for name, value in request_body().items() if name != lacking}
        await link.expect_fate(link.write(message), "opened")
    await link.expect_fate(link.write({}), "opened")


@rule("W-08-10", "A word outside a closed list is a newer version's: the message is opened.")
async def newer_words(link: Link) -> None:
    message = request_body() | {"sought": ["colour_of_the_box"], "priority": "leisurely"}
    message["weapon"]["type"] = "railgun_handheld"
    await link.expect_fate(link.write(message), "opened")


@rule("W-13-01", "Members of a later minor version are kept, not refused: in manifest, statement and body.")
async def newer_members(link: Link) -> None:
    await link.expect_fate(link.write(outer={"news": {"a": 1}}), "opened")
    await link.expect_fate(link.write(said={"news": [1]}), "opened")
    await link.expect_fate(link.write(request_body() | {"news": "x"}), "opened")


@rule("W-13-02", "Another major version is refused as such though its shape is unknown.")
async def newer_version(link: Link) -> None:
    message = link.write()
    manifest = {"v": 2, "sender": "kit"}
    strange = link.author.outside(manifest, base64url.decode(message.item["ct"]))
    await link.expect_refusal(strange, "unsupported-version")
