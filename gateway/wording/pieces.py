"""A spoken sentence in pieces: what is always the same can be recorded, what is filled in is spoken by the voice. Pure.

So a number, a name or a date sounds right in every language while the rest is somebody's own voice.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

# Sentences that are spoken in calls; those of the clerk's list are read.
SPOKEN, READ = "call.", "call.clerk."
# Parts of the names of what is heard elsewhere: whole messages, and what is asked with two answers.
HEARD = ("call", "call_back", "asked")
# Files that hold nothing but what is read.
WRITTEN = ("staff_", "console", "handset", "pages", "public", "text", "hook", "error", "sample")
_WORDS = re.compile(r"\w")


class Piece(NamedTuple):
    """A part of a sentence that is always the same: its name ("call.menu.polls", or "call.poll.item~2") and words."""

    name: str
    words: str


@dataclass(frozen=True)
class Pattern:
    """How a sentence is recognised when it is said: its pieces, and between them what was filled in."""

    expression: re.Pattern[str]
    names: tuple[str | None, ...]


def is_spoken(key: str) -> bool:
    """Whether a sentence is one that callers hear."""
    return key.startswith(SPOKEN) and not key.startswith(READ)


def is_heard(key: str) -> bool:
    """Whether a sentence is spoken in a call, by the menus or as a message: `update.call`, `meeting_news.asked.yes`."""
    file, *parts = key.split(".")
    if file.startswith(WRITTEN) or "text" in parts:
        return False
    return is_spoken(key) or any(part in HEARD or part.endswith("_call") for part in parts)


def pieces(key: str, sentence: str) -> list[Piece]:
    """The pieces of a sentence that somebody can record; none for one that is all filled in."""
    fixed = [part for part, _ in _parts(sentence) if _WORDS.search(part)]
    if len(fixed) == 1:
        return [Piece(key, fixed[0].strip())]
    return [Piece(f"{key}~{at}", part.strip()) for at, part in enumerate(fixed, 1)]


def pattern(key: str, sentence: str) -> Pattern | None:
    """How to recognise a sentence by its words; None when nothing of it can be recorded."""
    named = iter(pieces(key, sentence))
    expression, any_piece = "", False
    names: list[str | None] = []
    for part, slot in _parts(sentence):
        if _WORDS.search(part):
            expression += f"({re.escape(part.strip())})"
            names.append(next(named).name)
            any_piece = True
        elif part.strip():
            expression += re.escape(part.strip())
        # What is filled in side by side is spoken in one breath.
        if slot and not (names and names[-1] is None and not part.strip()):
            expression += r"\s*(.*?)\s*"
            names.append(None)
    return Pattern(re.compile(expression, re.DOTALL), tuple(names)) if any_piece else None


def recordable(sentences: Mapping[str, str]) -> list[Piece]:
    """Everything that can be recorded of a language, in order of the sentences' names."""
    return [piece for key in sorted(sentences) if is_spoken(key) for piece in pieces(key, sentences[key])]


def _parts(sentence: str) -> list[tuple[str, bool]]:
    """(words, whether something is filled in after them)."""
    return [(text, name is not None) for text, name, _, _ in string.Formatter().parse(sentence)]
