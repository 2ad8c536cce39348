"""Numbers as they are said in Cantonese, in characters, so that no voice has to guess how to read digits. Pure.

Two is 兩 where something is counted (兩項, 兩點, 兩蚊), and 二 in a row (第二), in a date (二月二號), in 二十二.
Twenty-three is 二十三 in full, not 廿三: it is what one hears best. Minutes below ten have their nought (零五分). What
is keyed or written down (keys, codes, receipts) stays in digits and is read one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_DIGITS = "零一二三四五六七八九"
_PLACES = ((1000, "千"), (100, "百"), (10, "十"))
_MYRIAD = 10_000
_TEEN, _TWENTY = 10, 20


def cardinal(number: int) -> str:
    """A number from 0 to 99,999,999 as it is said by itself or in a row: 二十三, 一百零五, 兩萬."""
    if number >= _MYRIAD:
        above, rest = divmod(number, _MYRIAD)
        nought = _DIGITS[0] if 0 < rest < _MYRIAD // 10 else ""
        return f"{counted(above)}萬{nought}{_below_myriad(rest) if rest else ''}"
    if _TEEN <= number < _TWENTY:
        return _below_myriad(number)[1:]
    return _below_myriad(number) if number else _DIGITS[0]


def counted(number: int) -> str:
    """A number before what it counts: two alone is 兩."""
    return "兩" if number == 2 else cardinal(number)  # noqa: PLR2004  # the one number with a word of its own


def minutes(number: int) -> str:
    """Minutes after the hour."""
    return f"零{cardinal(number)}" if 0 < number < _TEEN else cardinal(number)


# By what a sentence calls them; what is not named here stays as it is.
_CANTONESE: Mapping[str, Callable[[int], str]] = {
    **dict.fromkeys(("count", "most", "points", "hour", "cost", "budget"), counted),
    **dict.fromkeys(("day", "place"), cardinal),
    "minute": minutes,
}
SAID: Mapping[str, Mapping[str, Callable[[int], str]]] = {"yue": _CANTONESE}
LARGEST = 99_999_999


def in_words(values: Mapping[str, Any], language: str) -> Mapping[str, Any]:
    """The values of a spoken sentence with those numbers in words that `language` has words for."""
    said = SAID.get(language)
    if not said:
        return values
    return {name: said[name](int(one)) if name in said and _is_number(one) else one for name, one in values.items()}


def _is_number(value: object) -> bool:
    text = str(value)
    return text.isascii() and text.isdigit() and int(text) <= LARGEST


def _below_myriad(number: int) -> str:
    words, skipped = "", False
    for size, name in _PLACES:
        digit, number = divmod(number, size)
        if digit:
            words += (_DIGITS[0] if skipped else "") + _DIGITS[digit] + name
        skipped = bool(words) and not digit
    return words + (_DIGITS[0] if skipped and number else "") + (_DIGITS[number] if number else "")
