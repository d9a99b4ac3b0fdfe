"""Figures as the language of the page writes them (Unicode CLDR, by Babel); digits are 0 to 9 in every language."""

from tracing.desk.pages.tongue import _, language

__all__ = ["decimal", "size_of"]


def decimal(value: float) -> str:
    """With one digit after the decimal mark of the language."""
    from babel.numbers import format_decimal

    return format_decimal(value, "0.0", locale=language(), numbering_system="latn")


def size_of(length: int) -> str:
    """A length in bytes, for people."""
    if length >= 1e6:
        return _("%(size)s MB") % {"size": decimal(length / 1e6)}
    return _("%(size)s kB") % {"size": max(1, length // 1000)}
