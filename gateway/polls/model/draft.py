"""A poll to create, and what makes a draft good: nothing is put to the vote that could not be counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from gateway.kernel.errors import InputError
from gateway.polls.model.choices import FEWEST_OPTIONS, MOST_OPTIONS, MOST_POINTS
from gateway.polls.model.poll import ANY_LANGUAGE, PollWording
from gateway.polls.model.terms import COUNTINGS, SHARING_OUT, Counting, Method, Threshold, TieRule

LONGEST_QUESTION = 200
LONGEST_OPTION = 60
MOST_MONEY = 10**15
# How far the closing time of an open poll may be moved where nothing else is said, and at most.
USUAL_EXTENSION_HOURS = 48
MOST_EXTENSION_HOURS = 24 * 31
# A share of votes means something only where a vote is for or against one option.
_WITH_THRESHOLD = (Method.YESNO, Method.SINGLE, Method.APPROVAL)


@dataclass(frozen=True)
class PollDraft:
    """A poll to create. `wording` has one for the language "" that serves all languages without their own."""

    community_id: int
    method: Method
    wording: Mapping[str, PollWording]
    closes_at: datetime
    threshold: Threshold
    quorum: Fraction | None = None
    by_group: bool = False
    counting: Counting | None = None
    tie_rule: TieRule = TieRule.NONE
    lot_source: str = ""
    max_choices: int | None = None
    score_max: int | None = None
    costs: tuple[int, ...] = ()
    budget: int | None = None
    knapsack: bool = False
    least_votes: int | None = None
    exclusive: tuple[tuple[int, ...], ...] = ()
    rehearsal: bool = False
    extension_hours: int = USUAL_EXTENSION_HOURS


def check_draft(draft: PollDraft, now: datetime) -> None:
    """Refuse a draft that could not be put to the vote (InputError names what is wrong)."""
    if ANY_LANGUAGE not in draft.wording:
        raise InputError("poll_question_missing")
    own = len(draft.wording[ANY_LANGUAGE].options)
    fewest, most = (0, 0) if draft.method is Method.YESNO else (FEWEST_OPTIONS, MOST_OPTIONS)
    if not fewest <= own <= most:
        raise InputError("poll_options_wrong", most=MOST_OPTIONS)
    for language, words in draft.wording.items():
        _check_words(language, words, own)
    if draft.closes_at <= now:
        raise InputError("closing_time_past")
    if not 0 <= draft.extension_hours <= MOST_EXTENSION_HOURS:
        raise InputError("extension_hours_wrong", most=MOST_EXTENSION_HOURS)
    _check_ballot(draft, own)
    _check_budget(draft, own)
    _check_rule(draft)


def counting_of(draft: PollDraft) -> Counting:
    """How the poll will be counted: as the draft says, else the method's own way."""
    return draft.counting or COUNTINGS[draft.method][0]


def _check_words(language: str, words: PollWording, options: int) -> None:
    if not words.question.strip() or len(words.question) > LONGEST_QUESTION:
        raise InputError("poll_question_wrong", longest=LONGEST_QUESTION)
    if len(words.options) != options or len(set(words.options)) != options:
        raise InputError("poll_translation_wrong", language=language or "-", options=options)
    if any(not option.strip() or len(option) > LONGEST_OPTION for option in words.options):
        raise InputError("poll_option_wrong", longest=LONGEST_OPTION)


def _check_ballot(draft: PollDraft, options: int) -> None:
    if draft.max_choices is not None:
        if draft.method in (Method.YESNO, Method.SINGLE):
            raise InputError("poll_term_unfit", term="max_choices")
        if not 1 <= draft.max_choices <= options:
            raise InputError("poll_max_choices_wrong", most=options)
    if draft.score_max is not None:
        if draft.method is not Method.SCORE:
            raise InputError("poll_term_unfit", term="score_max")
        if not 1 <= draft.score_max <= MOST_POINTS:
            raise InputError("poll_score_max_wrong", most=MOST_POINTS)


def _check_budget(draft: PollDraft, options: int) -> None:
    if counting_of(draft) not in SHARING_OUT:
        given = {"costs": draft.costs, "budget": draft.budget, "least_votes": draft.least_votes}
        for term, value in (given | {"exclusive": draft.exclusive, "knapsack": draft.knapsack}).items():
            if value:
                raise InputError("poll_term_unfit", term=term)
        return
    if draft.knapsack and draft.method is not Method.BUDGET:
        raise InputError("poll_term_unfit", term="knapsack")
    if draft.budget is None or not 1 <= draft.budget <= MOST_MONEY:
        raise InputError("poll_budget_missing")
    if len(draft.costs) != options or not all(1 <= cost <= MOST_MONEY for cost in draft.costs):
        raise InputError("poll_costs_wrong", options=options)
    if any(len(set(some)) < len(some) or not set(some) <= set(range(1, options + 1)) for some in draft.exclusive):
        raise InputError("poll_exclusive_wrong", options=options)


def _check_rule(draft: PollDraft) -> None:
    if counting_of(draft) not in COUNTINGS[draft.method]:
        raise InputError("poll_counting_unfit", ways=", ".join(COUNTINGS[draft.method]))
    for share in (draft.threshold.share, draft.quorum):
        if share is not None and not 0 <= share <= 1:
            raise InputError("share_unreadable")
    if draft.method is Method.YESNO and draft.threshold.share == 0:
        raise InputError("poll_threshold_zero")
    if draft.threshold.share > 0 and draft.method not in _WITH_THRESHOLD:
        raise InputError("poll_threshold_unfit")
    if draft.by_group and draft.threshold.share == 0:
        raise InputError("poll_groups_need_threshold")
    if bool(draft.lot_source.strip()) is not (draft.tie_rule is TieRule.LOT):
        raise InputError("poll_lot_source_missing")
