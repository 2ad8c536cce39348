"""In how many parts a text travels (3GPP TS 23.038 and 23.040): 160 or 153 septets, else 70 or 67 UTF-16 units."""

from __future__ import annotations

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_LAST_OF_ONE_UNIT = "\uffff"
_GSM_ESCAPED = frozenset("\f^{}\\[~]|€")


def count_segments(text: str) -> int:
    """The number of parts that `text` is sent in; 1 for an empty text."""
    if all(c in _GSM or c in _GSM_ESCAPED for c in text):
        return _parts([2 if c in _GSM_ESCAPED else 1 for c in text], whole=160, part=153)
    return _parts([2 if c > _LAST_OF_ONE_UNIT else 1 for c in text], whole=70, part=67)


def _parts(sizes: list[int], *, whole: int, part: int) -> int:
    if sum(sizes) <= whole:
        return 1
    parts, room = 1, part
    for size in sizes:
        # A character of two units is never split between two parts.
        if size > room:
            parts, room = parts + 1, part
        room -= size
    return parts
