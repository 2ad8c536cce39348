"""Near misses of command words. They suggest what to ask back; they never decide between choices."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz.distance import OSA

# In shorter words one letter makes another word.
_SHORTEST = 4
_SHORTEST_OF_ONE_LETTER = 5


def nearest(typed: str, words: Sequence[str]) -> str | None:
    """The word of which `typed` is a slip: one letter wrong, missing or too many, or two neighbours swapped.

    In words of four letters only the swap counts ("hlep"), because one letter there makes another word.
    """
    if len(typed) < _SHORTEST - 1 or not typed.isascii():
        return None
    return next((word for word in words if typed != word and is_slip_of(typed, word)), None)


def is_slip_of(typed: str, word: str) -> bool:
    """Whether `typed` is `word` with one slip of the fingers."""
    if typed == word or not word.isascii() or len(word) < _SHORTEST or abs(len(typed) - len(word)) > 1:
        return False
    if OSA.distance(typed, word, score_cutoff=1) > 1:
        return False
    return len(word) >= _SHORTEST_OF_ONE_LETTER or sorted(typed) == sorted(word)
