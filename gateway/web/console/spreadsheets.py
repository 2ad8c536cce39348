"""Tables that staff take away and open in a spreadsheet: no cell of theirs is a formula."""

from __future__ import annotations

# What a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def plain_cell(text: str) -> str:
    """The cell as text: what looks like a formula is led in by an apostrophe."""
    return f"'{text}" if text.startswith(_FORMULA) else text
