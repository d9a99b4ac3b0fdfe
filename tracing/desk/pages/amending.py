"""An amendment out of a form that showed the whole request: only what differs, and whole where something differs.

Rules
- A form shows most members of a request, not all: what it does not show stays as it is (a note on a mark).
- A member that was emptied is left out: an amendment replaces, it cannot take away (domain 7b.1 no. 8).
- The order of ticks means nothing.
"""

from collections.abc import Mapping
from typing import Any

from tracing.desk.pages.acts import ActForm
from tracing.desk.pages.forms import Posted, flatten

__all__ = ["changed"]


def changed(form: ActForm, request: Mapping[str, Any], posted: Posted) -> dict[str, Any]:
    """The body of the amendment: its reason, and each member of the request that was changed, whole."""
    before, after = form.body(flatten(request)), form.body(posted)
    return {
        name: _mended(request.get(name), before.get(name), value)
        for name, value in after.items()
        if not _same(before.get(name), value)
    }


def _mended(current: Any, before: Any, after: Any) -> Any:
    """``after`` with what the form did not show of ``current``; ``before`` is what it showed."""
    if _same(before, after):
        return current
    if isinstance(current, Mapping) and isinstance(before, Mapping) and isinstance(after, Mapping):
        hidden = {name: value for name, value in current.items() if name not in before and value is not None}
        return hidden | {name: _mended(current.get(name), before.get(name), value) for name, value in after.items()}
    if _is_rows(current) and _is_rows(before) and _is_rows(after):
        return _mended_rows(list(current), list(before), list(after))
    return after


def _mended_rows(current: list[Any], before: list[Any], after: list[Any]) -> list[Any]:
    """Rows left as they were keep all they had; of a list as long as before, so does each row in its place."""
    if len(before) == len(after) == len(current):
        return [_mended(*rows) for rows in zip(current, before, after, strict=True)]
    shown = list(zip(current, before, strict=False))
    kept = [next((was for was, showed in shown if _same(showed, row)), row) for row in after]
    return kept + current[len(before) :]  # a form has fewer rows than a weapon may have marks


def _is_rows(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(each, Mapping) for each in value)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list) and all(isinstance(each, str) for each in (*one, *other)):
        return sorted(one) == sorted(other)
    return bool(one == other)
