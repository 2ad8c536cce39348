"""Bringing a text into one form: full-width to plain, case, white space, what stands around it, Chinese numerals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_AROUND = frozenset(" \t\n.,;:!?。,、;:!?~…·-—_*\"'“”‘’「」『』()()[]【】<>《》/\\|")
# What may follow a command's word. Brackets and signs of quotation belong to what comes then.
_AFTER_COMMAND = " \t\n:,.。-—、;"
_CHINESE_DIGITS = {
    **dict(zip("零一二三四五六七八九", range(10), strict=True)),
    **dict(zip("〇壹贰叁肆伍陆柒捌玖", range(10), strict=True)),
    "两": 2,
    "兩": 2,
    "貳": 2,
    "參": 3,
    "陸": 6,
}
NUMERALS = "".join(_CHINESE_DIGITS) + "十拾"
_NUMERAL = re.compile(f"[{NUMERALS}]+")
_LINE_ENDS = re.compile(r"\r\n|[\r\u0085\u2028\u2029]")
_UNSEEN = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe0f\ufeff]"
)
_LONGEST_NUMBER = 12


def normalise(text: str) -> str:
    """The text in one form: Unicode NFKC, single spaces, nothing invisible; lines stay lines. Twice is as once."""
    folded = unicodedata.normalize("NFKC", _UNSEEN.sub("", _LINE_ENDS.sub("\n", text)))
    lines = (" ".join(line.split()) for line in _UNSEEN.sub("", _LINE_ENDS.sub("\n", folded)).split("\n"))
    return "\n".join(line for line in lines if line)


def bare(text: str) -> str:
    """A normalised text without the punctuation, emoji and other signs around it; a single "?" stays what it is."""
    if text == "?":
        return text
    start, end = 0, len(text)
    while start < end and _is_around(text[start]):
        start += 1
    while end > start and _is_around(text[end - 1]):
        end -= 1
    return text[start:end]


def ending(text: str) -> str:
    """The punctuation and other signs at the end of a normalised text."""
    plain = bare(text)
    return text[text.rfind(plain) + len(plain) :].strip()


def after_command(text: str) -> str:
    """What follows a command's word, without the white space and punctuation between."""
    return text.lstrip(_AFTER_COMMAND)


def without_politeness(text: str, before: Sequence[str], after: Sequence[str]) -> str:
    """A bare text without polite words before and after it; never shortened to nothing."""
    changed = True
    while changed:
        changed = False
        for word in before:
            if text.startswith(word) and bare(text[len(word) :]) and parts(word, text[len(word) :]):
                text, changed = bare(text[len(word) :]), True
        for word in after:
            if text.endswith(word) and bare(text[: -len(word)]) and parts(word, text[: -len(word)][::-1]):
                text, changed = bare(text[: -len(word)]), True
    return text


def parts(word: str, rest: str) -> bool:
    """Whether `word` ends where `rest` begins: an English word ends where letters end, a Chinese one needs no space."""
    return not (word[-1].isascii() and rest[:1].isascii() and rest[:1].isalnum())


def read_number(text: str) -> int | None:
    """A number in digits or in Chinese numerals below a hundred (十二, 二十, 两); None when it is neither."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return int(text) if len(text) <= _LONGEST_NUMBER else None
    if not _NUMERAL.fullmatch(text) or len(text) > _LONGEST_NUMBER:
        return None
    text = text.replace("拾", "十")
    if "十" not in text:
        return int("".join(str(_CHINESE_DIGITS[character]) for character in text))
    tens, _, ones = text.partition("十")
    if len(tens) > 1 or len(ones) > 1 or ones == "十":
        return None
    return (_CHINESE_DIGITS[tens] if tens else 1) * 10 + (_CHINESE_DIGITS[ones] if ones else 0)


def written_in(text: str) -> str:
    """`zh` for a text with Chinese characters in it, `en` for one with Latin letters, else ""."""
    if any("\u4e00" <= character <= "\u9fff" for character in text):
        return "zh"
    return "en" if any(character.isascii() and character.isalpha() for character in text) else ""


def _is_around(character: str) -> bool:
    # So: symbols such as emoji; Sk, Mn, Me: their modifiers. "#" and "+" carry meaning and stay.
    return character in _AROUND or unicodedata.category(character) in ("So", "Sk", "Mn", "Me", "Cn", "Co")
