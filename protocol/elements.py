"""The elements of a message: what can be proved, shown or erased one by one, with the rest hidden (RFC 9901's manner).

Rules
- A statement signs the ordered list of the digests of its elements and nothing else of the message.
- A *disclosure* is the text base64url(JSON [salt, name, value, restrictions]); its digest is the hex SHA-256 of that
  text. 16 random bytes of salt keep anyone from guessing a hidden value from its digest.
- Elements are the members a kind names as singles (``weapon``), each item of those it names as lists (``markings.0``),
  and all remaining members together (``rest``), which comes last. An empty list has no item and stays in ``rest``.
- ``restrictions`` of an element are its own where it gives some, else those of the message; shown alone, an element so
  always carries the conditions under which it was given.
- What some restrictions need beside their word (a day, a text) is an element too (``restriction_details``): it is shown
  with every restricted element.
- A whole message needs every digest disclosed exactly once, in order; a part of it any of them. One that was erased at
  rest leaves its position and its name; in its place stands ``{"erased": true}``.

    parts = split({"weapon": {...}, "markings": [{...}], "note": "..."}, ("weapon",), ("markings",), salt)
    [part.name for part in parts]                       ->  ["weapon", "markings.0", "rest"]
    join(parts, [part.digest for part in parts])        ->  the body again
    check(parts[:1], [part.digest for part in parts])   ->  the weapon alone, proved
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, cast

from protocol import base64url, strictjson
from protocol.errors import Mismatch, SchemaInvalid, TooLarge

__all__ = [
    "CONDITIONS", "MAX_ELEMENTS", "REST", "Disclosure", "Gone", "check", "check_gone", "disclose", "join", "read",
    "split",
]  # fmt: skip

Gone = tuple[int, str]
"""An element erased at rest: its position among the signed ones, from 0, and its name."""

MAX_ELEMENTS: Final = 1024  # far above any real message; keeps a hostile one from costing time
MAX_RESTRICTIONS: Final = 32  # the closed list has fewer words
_MAX_TEXT_CHARS: Final = 1 << 20  # the sealed part is no larger
_SALT_BYTES: Final = 16
REST: Final = "rest"
CONDITIONS: Final = "restriction_details"
_RESTRICTIONS: Final = "restrictions"
_ERASED: Final = {"erased": True}
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}(?:\.(?:0|[1-9][0-9]{0,3}))?")


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One element with what is needed to prove it. ``text`` is as it came and decides; the rest spells it out."""

    text: str
    salt: bytes
    name: str
    value: Any
    restrictions: tuple[str, ...]

    @property
    def digest(self) -> str:
        """What the statement signs for this element: hex SHA-256 of the text."""
        return sha256(self.text.encode("ascii")).hexdigest()


def split(
    body: dict[str, Any], singles: tuple[str, ...], lists: tuple[str, ...], salt: Callable[[int], bytes]
) -> tuple[Disclosure, ...]:
    """The elements of ``body``, each under a fresh salt. One that is an object may bring restrictions of its own."""
    default = tuple(body.get(_RESTRICTIONS) or ())
    found = tuple(_elements(body, singles, lists))
    if len(found) >= MAX_ELEMENTS:
        raise TooLarge(f"expected fewer than {MAX_ELEMENTS} elements")
    taken = {name.partition(".")[0] for name, _ in found}
    rest = {name: value for name, value in body.items() if name not in taken}
    return (*(_disclose(name, value, default, salt) for name, value in found), disclose(REST, rest, default, salt))


def _elements(body: dict[str, Any], singles: tuple[str, ...], lists: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name in (*singles, CONDITIONS):
        if name in body:
            yield name, body[name]
    for name in lists:
        for at, item in enumerate(body.get(name) or ()):
            yield f"{name}.{at}", item


def _disclose(name: str, value: Any, default: tuple[str, ...], salt: Callable[[int], bytes]) -> Disclosure:
    if not isinstance(value, dict) or _RESTRICTIONS not in value:
        return disclose(name, value, default, salt)
    bare = {member: inner for member, inner in value.items() if member != _RESTRICTIONS}
    return disclose(name, bare, tuple(value[_RESTRICTIONS]), salt)


def disclose(name: str, value: Any, restrictions: tuple[str, ...], salt: Callable[[int], bytes]) -> Disclosure:
    """One disclosure under a fresh salt."""
    grain = salt(_SALT_BYTES)
    text = base64url.encode(strictjson.dump([base64url.encode(grain), name, value, restrictions]))
    return Disclosure(text, grain, name, value, restrictions)


def read(text: Any) -> Disclosure:
    """The element a disclosure's text spells; SchemaInvalid or TooLarge if it spells none."""
    if not isinstance(text, str):
        raise SchemaInvalid("expected a disclosure to be text")
    if len(text) > _MAX_TEXT_CHARS:
        raise TooLarge(f"expected a disclosure of at most {_MAX_TEXT_CHARS} characters")
    parts = strictjson.load(base64url.decode(text), _MAX_TEXT_CHARS)
    if not isinstance(parts, list) or len(parts) != 4:
        raise SchemaInvalid("expected a disclosure of salt, name, value and restrictions")
    salt_text, name, value, restrictions = parts
    salt = base64url.decode(salt_text)
    if len(salt) != _SALT_BYTES:
        raise SchemaInvalid(f"expected a salt of {_SALT_BYTES} bytes")
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise SchemaInvalid("expected the name of an element")
    if isinstance(value, dict) and name != REST and _RESTRICTIONS in value:
        raise SchemaInvalid("expected restrictions beside the value, not in it")
    return Disclosure(text, salt, name, value, _words(restrictions))


def _words(restrictions: Any) -> tuple[str, ...]:
    if not isinstance(restrictions, list) or len(restrictions) > MAX_RESTRICTIONS:
        raise SchemaInvalid("expected a short list of restrictions")
    if not all(isinstance(word, str) and len(word) <= 64 for word in restrictions):
        raise SchemaInvalid("expected restrictions to be words")
    return tuple(restrictions)


def check(disclosures: Sequence[Disclosure], digests: Sequence[str]) -> None:
    """Mismatch unless each disclosure is one of the signed elements, none twice, in the signed order."""
    signed = iter(digests)
    if not all(disclosure.digest in signed for disclosure in disclosures):
        raise Mismatch("expected disclosures of signed elements, each once and in order")


def join(disclosures: Sequence[Disclosure], digests: Sequence[str], gone: Sequence[Gone] = ()) -> dict[str, Any]:
    """The whole body again. Mismatch if an element is missing, added or moved; SchemaInvalid if they do not fit.

    ``gone`` are the elements erased at rest; without their conditions those that are left keep their own.
    """
    erased = dict(gone)
    if [one.digest for one in disclosures] != [one for at, one in enumerate(digests) if at not in erased]:
        raise Mismatch("expected every signed element disclosed exactly once, in order")
    left = iter(disclosures)
    whole = [erased[at] if at in erased else next(left) for at in range(len(digests))]
    rest, default = _rest(whole[-1] if whole else "")
    body: dict[str, Any] = {}
    for element in whole[:-1]:
        _place(body, element, default)
    if body.keys() & rest.keys():
        raise SchemaInvalid("expected every member of a message in one element")
    return {**body, **rest}


def check_gone(gone: Any, count: int) -> tuple[Gone, ...]:
    """What was erased of ``count`` elements, as it rests: [[position, name], ...], ascending. SchemaInvalid if not."""
    if not isinstance(gone, list) or not gone or not all(_is_gone(one, count) for one in gone):
        raise SchemaInvalid("expected a list of the positions and names that were erased")
    places = [at for at, _ in gone]
    if places != sorted(set(places)):
        raise SchemaInvalid("expected the erased positions in order, each once")
    return tuple((at, name) for at, name in gone)


def _is_gone(one: Any, count: int) -> bool:
    if not isinstance(one, list) or len(one) != 2 or type(one[0]) is not int or not isinstance(one[1], str):
        return False
    return 0 <= one[0] < count and _NAME.fullmatch(one[1]) is not None


def _rest(last: Disclosure | str) -> tuple[dict[str, Any], tuple[str, ...] | None]:
    """The members of the last element, and the restrictions of the message: None where they went with it."""
    if last == REST:
        return dict(_ERASED), None
    if isinstance(last, str) or last.name != REST or not isinstance(last.value, dict):
        raise SchemaInvalid(f"expected the last element to be {REST}")
    default = _words(last.value.get(_RESTRICTIONS) or [])
    if last.restrictions != default:
        raise SchemaInvalid(f"expected {REST} under the restrictions of the message")
    return last.value, default


def _place(body: dict[str, Any], element: Disclosure | str, default: tuple[str, ...] | None) -> None:
    whole = element if isinstance(element, str) else element.name
    name, dot, at = whole.partition(".")
    value = dict(_ERASED) if isinstance(element, str) else _with_own_restrictions(element, default)
    if not dot and name not in body and name not in {REST, _RESTRICTIONS}:
        body[name] = value
    elif dot and isinstance(body.setdefault(name, _Items()), _Items) and int(at) == len(body[name]):
        body[name].append(value)
    else:
        raise SchemaInvalid("expected element names once each, and lists in order")


class _Items(list[Any]):
    """A list being put together from its elements; a single that happens to be a list is not one."""


def _with_own_restrictions(disclosure: Disclosure, default: tuple[str, ...] | None) -> Any:
    if disclosure.restrictions == (default or ()):
        return disclosure.value
    if isinstance(disclosure.value, dict):
        return cast("dict[str, Any]", disclosure.value) | {_RESTRICTIONS: list(disclosure.restrictions)}
    if default is None:
        return disclosure.value  # a text cannot bear them, and the message that could was erased
    raise SchemaInvalid("expected restrictions of its own only on an element that is an object")
