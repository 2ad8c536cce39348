"""Typing slips in English commands. Never used where a vote could come of it."""

from __future__ import annotations

# In shorter words one letter makes another word.
_SHORTEST = 5


def is_slip_of(typed: str, word: str) -> bool:
    """Whether `typed` is `word` with one letter wrong, missing, too many, or two neighbours swapped."""
    if (
        typed == word
        or not (typed.isascii() and word.isascii())
        or len(word) < _SHORTEST
        or abs(len(typed) - len(word)) > 1
    ):
        return False
    same = next((i for i, (a, b) in enumerate(zip(typed, word, strict=False)) if a != b), min(len(typed), len(word)))
    one, other = typed[same:], word[same:]
    return (
        one[1:] == other[1:]
        or one[1:] == other
        or one == other[1:]
        or (one[:2] == other[1::-1] and one[2:] == other[2:])
    )
