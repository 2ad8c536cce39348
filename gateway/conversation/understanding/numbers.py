"""Numbers as people text them: in digits or in Chinese numerals, ordinary and financial (十二, 二十, 两, 叁)."""

from __future__ import annotations

import re

# In simplified characters, for traditional ones are made simplified before.
_CHINESE_DIGITS = {
    **dict(zip("零一二三四五六七八九", range(10), strict=True)),
    **dict(zip("〇壹贰叁肆伍陆柒捌玖", range(10), strict=True)),
    "两": 2,
    "兩": 2,
    "貳": 2,
    "弐": 2,
    "參": 3,
    "参": 3,
    "陸": 6,
}
NUMERALS = "".join(_CHINESE_DIGITS) + "十拾"
NUMBER = rf"(?:\d{{1,12}}|[{NUMERALS}]{{1,3}})"
_NUMERAL = re.compile(f"[{NUMERALS}]+")
_LONGEST_NUMBER = 12


def read_number(text: str) -> int | None:
    """A number in digits or in Chinese numerals below a hundred (十二, 二十, 两); None when it is neither."""
    text = text.strip()
    if text.isascii():
        return int(text) if text.isdigit() and len(text) <= _LONGEST_NUMBER else None
    if text[0] not in NUMERALS or not _NUMERAL.fullmatch(text) or len(text) > _LONGEST_NUMBER:
        return None
    text = text.replace("拾", "十")
    if "十" not in text:
        return int("".join(str(_CHINESE_DIGITS[character]) for character in text))
    tens, _, ones = text.partition("十")
    if len(tens) > 1 or len(ones) > 1 or ones == "十":
        return None
    return (_CHINESE_DIGITS[tens] if tens else 1) * 10 + (_CHINESE_DIGITS[ones] if ones else 0)
