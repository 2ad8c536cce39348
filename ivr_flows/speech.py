"""How long a sentence lasts when it is read out slowly: measured where it is recorded, else estimated."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Signs a second of the slowed-down voices, with punctuation and its pauses: Chinese characters, and letters elsewhere.
CHINESE_PACE = 4.0
LETTERS_PACE = 13.0
# What fills a placeholder: a number, a name, a day. How long a question or an option is, nobody knows here.
PLACEHOLDER_SECONDS = 1.0
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_CHINESE = re.compile(f"[{chr(0x3400)}-{chr(0x9FFF)}]")


def seconds(sentence: str) -> float:
    """About how many seconds `sentence` takes; placeholders count as a short word."""
    plain, filled = _PLACEHOLDER.subn("", sentence)
    pace = CHINESE_PACE if _CHINESE.search(plain) else LETTERS_PACE
    return len(plain.strip()) / pace + filled * PLACEHOLDER_SECONDS


def longest(sentences: Mapping[str, str], key: str, recorded: Mapping[str, float]) -> float:
    """How long the sentence `key` of one language lasts: as `recorded`, else as read out; 0 when there is none."""
    return recorded[key] if key in recorded else seconds(sentences.get(key, ""))
