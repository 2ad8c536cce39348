"""Bringing a text into one form: full-width to plain, one script, white space, and what stands around it."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from opencc import OpenCC

_AROUND = frozenset(" \t\n.,;:!?。,、;:!?~…·-—_*\"'“”‘’「」『』()()[]【】<>《》/\\|")
# What may follow a command's word. Brackets and signs of quotation belong to what comes then.
_AFTER_COMMAND = " \t\n:,.。-—、;"
_LINE_ENDS = re.compile(r"\r\n|[\r\u0085\u2028\u2029]")
_UNSEEN = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe0f\ufeff]"
)
_FIRST_IDEOGRAPH, _LAST_IDEOGRAPH = 0x3400, 0x9FFF
_SPACE_BETWEEN_IDEOGRAPHS = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")


def normalise(text: str) -> str:
    """The text in one form: Unicode NFKC, single spaces, nothing invisible; lines stay lines. Twice is as once."""
    folded = unicodedata.normalize("NFKC", _UNSEEN.sub("", _LINE_ENDS.sub("\n", text)))
    lines = (" ".join(line.split()) for line in _UNSEEN.sub("", _LINE_ENDS.sub("\n", folded)).split("\n"))
    return "\n".join(line for line in lines if line)


def in_one_script(text: str) -> str:
    """The text with traditional Chinese characters made simplified, one for one, so that places remain places."""
    return text if text.isascii() else text.translate(_simplified())


@cache
def _simplified() -> dict[int, str]:
    characters = [chr(code) for code in range(_FIRST_IDEOGRAPH, _LAST_IDEOGRAPH + 1)]
    simplified = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    pairs = zip(characters, simplified, strict=True)
    # 两 and 参 are numerals in either script.
    return {ord(one): other for one, other in pairs if one != other and len(other) == 1}


def without_inner_spaces(text: str) -> str:
    """A text without white space between Chinese characters, where it means nothing ("赞 成")."""
    return text if text.isascii() else _SPACE_BETWEEN_IDEOGRAPHS.sub("", text)


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


def parts(word: str, rest: str) -> bool:
    """Whether `word` ends where `rest` begins: an English word ends where letters end, a Chinese one needs no space."""
    return not (_is_spelt(word[-1]) and rest[:1] and (_is_spelt(rest[0]) or rest[0].isdigit()))


def written_in(text: str) -> str:
    """`zh` for a text with Chinese characters in it, `en` for one with Latin letters, else ""."""
    if any("\u4e00" <= character <= "\u9fff" for character in text):
        return "zh"
    return "en" if any(character.isascii() and character.isalpha() for character in text) else ""


def _is_spelt(character: str) -> bool:
    """A letter or digit of a script that puts spaces between words."""
    return character.isalnum() and character < "\u2e80"


def _is_around(character: str) -> bool:
    # So: symbols such as emoji; Sk, Mn, Me: their modifiers. "#" and "+" carry meaning and stay.
    return character in _AROUND or (
        not character.isalnum() and unicodedata.category(character) in ("So", "Sk", "Mn", "Me", "Cn", "Co")
    )
