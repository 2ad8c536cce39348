"""Consultations from the level above, as plain values and pure rules. Pure.

A consultation is no vote: nothing is decided by it. Each resident has one answer, the last before it closes. Published
are counts for each community and over all, small cells protected; then who said what is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.kernel.errors import InputError
from gateway.polls.counting.cells import is_small, withheld_groups

CONSULTATION, CONSULTATION_RESULT = "consultation", "consultation_result"
LONGEST_QUESTION, LONGEST_PLAIN_QUESTION = 36, 80
LONGEST_OPTION, LONGEST_PLAIN_OPTION = 8, 18
MOST_OPTIONS = 4


class ConsultationState(StrEnum):
    """OPEN takes answers; CLOSED is counted; LOST: a restored copy lacks the last answers, so nothing is counted."""

    OPEN = "open"
    CLOSED = "closed"
    LOST = "lost"


@dataclass(frozen=True)
class ConsultationDraft:
    """What to ask: the question and two to four options per language, of which communities, until when."""

    community_id: int
    places: tuple[int, ...]
    question: Mapping[str, str]
    options: Mapping[str, tuple[str, ...]]
    closes_at: datetime


@dataclass(frozen=True)
class Consultation:
    """A consultation as it stands; `result`: None before it is counted."""

    number: int
    community_id: int
    places: tuple[int, ...]
    question: Mapping[str, str]
    options: Mapping[str, Sequence[str]]
    closes_at: datetime
    state: ConsultationState
    result: Mapping[str, Any] | None

    @property
    def size(self) -> int:
        """How many options there are."""
        return len(next(iter(self.options.values())))

    def words(self, language: str, spoken_as: str = "") -> tuple[str, list[str]]:
        """Question and options in a language, in that which its speakers read, or in the first there is."""
        known = next((one for one in (language, spoken_as) if one in self.question), next(iter(self.question)))
        return self.question[known], list(self.options[known])

    def takes_answers(self, at: datetime) -> bool:
        """Whether an answer counts now."""
        return self.state is ConsultationState.OPEN and at < self.closes_at


def check_draft(draft: ConsultationDraft, at: datetime) -> None:
    """InputError: consultation_places_wrong, …_question_wrong, …_options_wrong, due_in_the_past."""
    if not draft.places or len(set(draft.places)) != len(draft.places):
        raise InputError("consultation_places_wrong")
    if not draft.question or not _all_fit(draft.question.values(), LONGEST_QUESTION, LONGEST_PLAIN_QUESTION):
        raise InputError("consultation_question_wrong", most=LONGEST_QUESTION)
    sizes = {len(options) for options in draft.options.values()}
    whole = set(draft.options) == set(draft.question) and len(sizes) == 1 and sizes <= set(range(2, MOST_OPTIONS + 1))
    options = [one for options in draft.options.values() for one in options]
    if not whole or not _all_fit(options, LONGEST_OPTION, LONGEST_PLAIN_OPTION):
        raise InputError("consultation_options_wrong", most=MOST_OPTIONS)
    if draft.closes_at <= at:
        raise InputError("due_in_the_past")


def count(asked: Mapping[str, int], answers: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """What is published: `asked` people and `answers` by option, for each community by its code.

    A community's counts are withheld (None) where fewer than five answered or all said the same, with as many others as
    that takes; all counts where fewer than ten answered anywhere. The number that answered is shown.
    """
    codes = list(asked)
    total = [sum(counts) for counts in zip(*(answers[code] for code in codes), strict=True)]
    few = is_small(sum(total))
    hidden = withheld_groups([(sum(answers[code]), list(answers[code])) for code in codes])
    places = {
        code: {
            "asked": asked[code],
            "answered": sum(answers[code]),
            "counts": None if few or at in hidden else list(answers[code]),
        }
        for at, code in enumerate(codes)
    }
    return {
        "asked": sum(asked.values()),
        "answered": sum(total),
        "counts": None if few else total,
        "places": places,
    }


def subject_of(number: int) -> str:
    """What messages and record entries about a consultation say they are about."""
    return f"consultation:{number}"


def _all_fit(texts: Iterable[str], longest: int, longest_plain: int) -> bool:
    return all(0 < len(one.strip()) <= (longest_plain if one.isascii() else longest) for one in texts)
