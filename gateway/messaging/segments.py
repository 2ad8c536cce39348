"""How many segments a text takes, and how to save some without losing anything. Pure.

3GPP TS 23.038 (alphabet) and 23.040 (concatenation): 160 septets, or 153 each when split; 70 or 67 UTF-16 units when
one character is not in the GSM alphabet. An escape pair or a surrogate pair is never split.
"""

from __future__ import annotations

from dataclasses import dataclass

# The default alphabet of TS 23.038 without the escape code. Capital Ç stands at code 9, not the small one.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")

GSM = "GSM-7"
UCS2 = "UCS-2"
# One in so many characters is a slip, more are a script of their own.
FEW = 5
_LIMITS = {GSM: (160, 153), UCS2: (70, 67)}

# Typographic characters whose plain form says the same. They matter only where all else is in the GSM alphabet.
_PLAIN = str.maketrans(
    {
        "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "`": "'", "´": "'",
        "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"', "«": '"', "»": '"',
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-",
        "…": "...", "•": "-", "·": "-", "⁄": "/",
        "\u00a0": " ", "\u2002": " ", "\u2003": " ", "\u2009": " ", "\u202f": " ", "\t": " ",
        "\u00ad": "", "\u200b": "", "\u2060": "", "\ufeff": "",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Segments:
    """`encoding` GSM-7 or UCS-2, `units` in septets or UTF-16 units, and the number of `segments`."""

    encoding: str
    units: int
    segments: int


def count_segments(text: str) -> Segments:
    """What `text` takes when it is sent; the empty text takes nothing."""
    encoding = GSM if all(c in _BASIC or c in _EXTENDED for c in text) else UCS2
    widths = [_width(c, encoding) for c in text]
    units = sum(widths)
    single, split = _LIMITS[encoding]
    return Segments(encoding, units, min(units, 1) if units <= single else _pack(widths, split))


def downgrade(text: str) -> str:
    """`text` with typographic characters made plain, if that brings all of it into the GSM alphabet; else unchanged."""
    plain = text.translate(_PLAIN)
    return plain if count_segments(plain).encoding == GSM else text


def costly_characters(text: str) -> tuple[str, ...]:
    """The few characters that alone keep `text` out of the GSM alphabet and make it dearer, in order; none when the
    text is written in another script, when they cost nothing, or when they are made plain anyway."""
    text = downgrade(text)
    costly = [c for c in text if c not in _BASIC and c not in _EXTENDED]
    plain = "".join(c for c in text if c in _BASIC or c in _EXTENDED)
    if not costly or len(costly) * FEW > len(text) or count_segments(plain).segments >= count_segments(text).segments:
        return ()
    return tuple(dict.fromkeys(costly))


def _width(character: str, encoding: str) -> int:
    if encoding == GSM:
        return 2 if character in _EXTENDED else 1
    return 2 if ord(character) > 0xFFFF else 1  # noqa: PLR2004  # the first character beyond 16 bits


def _pack(widths: list[int], room: int) -> int:
    """How many parts of `room` units hold `widths` in order, none of them split."""
    parts, used = 1, 0
    for width in widths:
        if used + width > room:
            parts, used = parts + 1, 0
        used += width
    return parts
