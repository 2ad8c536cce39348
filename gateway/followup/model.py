"""What an update is, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.kernel.errors import InputError
from gateway.topics.model import Stage

# With the frame around it an update keeps to two segments: Chinese characters take more of one than plain letters.
LONGEST_WORDS = 90
LONGEST_PLAIN_WORDS = 180


class Verdict(StrEnum):
    """What a resident says of something that the village calls done."""

    DONE = "done"
    NOT_DONE = "not_done"


@dataclass(frozen=True)
class Update:
    """News on a topic: its words per language, the stage it brought the topic to (None: left where it was)."""

    id: int
    topic_id: int
    words: Mapping[str, str]
    stage: Stage | None
    posted_at: datetime


def check_words(words: Mapping[str, str]) -> dict[str, str]:
    """The words of an update, trimmed. InputError("update_empty", "update_too_long")."""
    trimmed = {language: " ".join(text.split()) for language, text in words.items()}
    if not trimmed or not all(trimmed.values()):
        raise InputError("update_empty")
    for text in trimmed.values():
        most = LONGEST_PLAIN_WORDS if text.isascii() else LONGEST_WORDS
        if len(text) > most:
            raise InputError("update_too_long", most=most)
    return trimmed
