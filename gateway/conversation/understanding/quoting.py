"""Leaving out a quoted copy of our own message: its numbers and choices are ours, not the sender's."""

from __future__ import annotations

import re
from collections.abc import Sequence

_QUOTING_LINE = re.compile(r"[>|》].*|【[^】\n]+】\s*\S.*")
_BETWEEN_SIGNS = re.compile(r"[“\"「『](?P<said>[^“”\"「」『』]{6,})[”\"」』]")
_OUR_NAME_ON = re.compile(r"【[^【】\n]+】.*", re.DOTALL)


def without_quotes(text: str, our_words: Sequence[str]) -> str:
    """A normalised, lower-case text without what it quotes of us; `our_words` give our messages away.

    The length stays the same, so that places in the text remain places: what is left out becomes white space.
    """
    text = _BETWEEN_SIGNS.sub(lambda found: _blank(found[0]) if _is_ours(found["said"], our_words) else found[0], text)
    text = "\n".join(_blank(line) if _is_quote(line, our_words) else line for line in text.split("\n"))
    ours = _OUR_NAME_ON.search(text)
    if ours and text[: ours.start()].strip() and _is_ours(ours[0], our_words):
        return text[: ours.start()] + _blank(ours[0])
    return text


def _is_quote(line: str, our_words: Sequence[str]) -> bool:
    before = line.partition("【")[0]
    # Own words may stand before our name on the same line; then only what follows it is ours.
    return bool(_QUOTING_LINE.fullmatch(line)) or (
        (not before.strip() or "【" not in line) and _is_ours(line, our_words)
    )


def _is_ours(text: str, our_words: Sequence[str]) -> bool:
    return any(words in text for words in our_words) or bool(re.match(r"\s*【[^】\n]+】\s*\S", text))


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)
