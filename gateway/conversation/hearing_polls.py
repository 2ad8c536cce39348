"""A poll before it is opened, as residents will get it: the text, the call, and what may be hard to hear in it.

The sentences are those of the voice menus (`ivr_flows/vote.yaml` names the same keys), so that whoever checks a draft
hears what a caller hears.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from gateway.messaging.segments import count_segments
from gateway.polls.inviting import invitation_in
from gateway.polls.model import ABSTAIN, Method, Poll
from gateway.wording.catalogue import Wording

Say = Callable[..., str]
# What an ear keeps: some twenty seconds of question, some options at a time.
_SLOW_PER_SECOND = {"zh": 3.5}
_SLOW_PER_SECOND_ELSE = 12.0
LONGEST_QUESTION_SECONDS = 20
MOST_OPTIONS_BY_EAR = 5
LONGEST_OPTION_SECONDS = 6
# Written for the eye: brackets, slashes, long figures, signs; in Chinese also Latin letters.
_FOR_THE_EYE = re.compile(r"[()（）\[\]【】/\\#*_=<>《》%‰℃㎡]|\d{5,}")
_LATIN = re.compile(r"[A-Za-z]{2,}")


@dataclass(frozen=True)
class Hearing:
    """One language: the text and its segments, what the call says sentence by sentence, and remarks (keys)."""

    language: str
    text: str
    segments: int
    call: tuple[str, ...]
    seconds: int
    remarks: tuple[str, ...]


def hear(poll: Poll, village: str, language: str, *, wording: Wording) -> Hearing:
    """What a resident who speaks `language` will read and hear of `poll`."""
    text, invitation = invitation_in(poll, village, language, wording=wording)
    call = (invitation, *_menu(poll, language, wording))
    pace = _SLOW_PER_SECOND.get(language, _SLOW_PER_SECOND_ELSE)
    return Hearing(
        language=language,
        text=text,
        segments=count_segments(text).segments,
        call=call,
        seconds=round(sum(map(len, call)) / pace),
        remarks=tuple(_remarks(poll, language, text, pace)),
    )


def _menu(poll: Poll, language: str, wording: Wording) -> Iterator[str]:
    """The sentences up to the first key, by the form of the ballot."""

    def say(sentence: str, /, **values: str | int) -> str:
        return wording.say(f"call.poll.{sentence}", language, **values)

    words = poll.words(language)
    yield say("question", poll_number=poll.number, question=words.question)
    ways = {Method.RANKED: _ranking, Method.SCORE: _points, Method.APPROVAL: _each, Method.BUDGET: _each}
    yield from ways.get(poll.method, _one)(poll, words.options, say)


def _one(poll: Poll, options: Sequence[str], say: Say) -> Iterator[str]:
    own = options or [say(code) for code in poll.options]
    for number, option in enumerate([*own, say(ABSTAIN)], start=1):
        yield say("item", option=option, number=number)


def _ranking(_poll: Poll, options: Sequence[str], say: Say) -> Iterator[str]:
    yield say("rank.how", count=len(options))
    yield say("rank.place", place=1)
    for number, option in enumerate(options, start=1):
        yield say("rank.item", option=option, number=number)


def _points(poll: Poll, options: Sequence[str], say: Say) -> Iterator[str]:
    yield say("score.how", count=len(options), score_max=poll.form.score_max)
    for option in options:
        yield say("score.option", option=option)


def _each(poll: Poll, options: Sequence[str], say: Say) -> Iterator[str]:
    form = poll.form
    limit = say("each.limit", most=form.most) if form.most < len(options) else ""
    limit = say("each.limit_money", budget=form.budget) if form.budget is not None else limit
    yield say("each.how", count=len(options), limit=limit)
    for at, option in enumerate(options):
        costing = say("each.costing", option=option, cost=poll.costs[at]) if poll.costs else option
        yield say("each.option", option=costing)
    yield say("each.want", key=1)
    yield say("each.leave", key=2)


def _remarks(poll: Poll, language: str, text: str, pace: float) -> Iterator[str]:
    words = poll.words(language)
    said = " ".join([words.question, *words.options])
    if words.question not in text or not all(option in text for option in words.options):
        yield "text_cut"
    if len(words.question) / pace > LONGEST_QUESTION_SECONDS:
        yield "question_long"
    if len(words.options) > MOST_OPTIONS_BY_EAR:
        yield "many_options"
    if any(len(option) / pace > LONGEST_OPTION_SECONDS for option in words.options):
        yield "option_long"
    if _FOR_THE_EYE.search(said):
        yield "for_the_eye"
    if language == "zh" and _LATIN.search(said):
        yield "latin"
