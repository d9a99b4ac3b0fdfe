"""What was wrong with a form, ready to be shown: in words, beside the field and in the summary on top."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tracing.casework.errors import CaseworkError, Incomplete
from tracing.desk.pages.forms import Form, Part, Posted, member_name, nearest
from tracing.desk.pages.sentences import translated
from tracing.desk.pages.tongue import _

__all__ = ["Failure", "Wrong", "failure_of", "filled"]


@dataclass(frozen=True, slots=True)
class Wrong:
    """One problem. ``member`` names its field, ``field`` is the id of that on the page ("" where the page has none)."""

    member: str
    words: str
    source: str
    label: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an act was refused."""

    title: str
    detail: str
    problems: Sequence[Wrong] = ()

    @property
    def by_field(self) -> Mapping[str, Sequence[Wrong]]:
        """The problems of each field."""
        found: dict[str, list[Wrong]] = {}
        for one in self.problems:
            found.setdefault(one.member, []).append(one)
        return found

    def settled(self, fields: Iterable[str]) -> "Failure":
        """The same, each problem at the field that holds its member (``elements.1.mid`` at the ticks of elements).

        What is lacking as a whole (``found``) is said at the first field of it.
        """
        names = tuple(fields)
        found = [replace(one, member=_place_of(one.member, names)) for one in self.problems]
        return replace(self, problems=tuple(found))

    def placed(self, form: Form, ids: str) -> "Failure":
        """The same, each problem with the label and the id of its field in this form."""
        labels = form.labels()
        found = [
            replace(one, label=_(labels[one.member]),
                field=f"{ids}{one.member}") if one.member in labels else replace(one, label=one.member)
            for one in self.settled(labels).problems
        ]  # fmt: skip
        return replace(self, problems=tuple(found))


def _place_of(member: str, names: tuple[str, ...]) -> str:
    inside = (name for name in names if name.startswith(f"{member}."))
    return nearest(member, names) or next(inside, member)


def filled(parts: tuple[Part, ...], values: Posted, failure: Failure | None = None, more: str = "") -> Form:
    """A form with what is in it, and each problem of ``failure`` at the field that holds it."""
    form = Form(parts, values, {}, more)
    return replace(form, problems=failure.settled(form.labels()).by_field) if failure else form


def failure_of(error: CaseworkError, names: Mapping[str, str] | None = None) -> Failure:
    """The refusal as a page shows it. ``names`` are the fields whose names differ from the members they make."""
    if not isinstance(error, Incomplete):
        return Failure(_(error.title), error.detail)
    found = [
        _wrong(member_name(each.member), each.expected, each.got, each.source, names or {}) for each in error.problems
    ]
    return Failure(_("There is something to mend"), error.detail, tuple(found))


def _wrong(member: str, expected: str, got: str, source: str, names: Mapping[str, str]) -> Wrong:
    parts = {"expected": translated(expected) or expected, "got": translated(got) or got}
    words = _("expected %(expected)s; got %(got)s") % parts
    return Wrong(_field_of(member, names), words, source)


def _field_of(member: str, names: Mapping[str, str]) -> str:
    """The field of a member, or of what it stands in, where the form has another name for it."""
    held = nearest(member, names)
    return names[held] if held else member
