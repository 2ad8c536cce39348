"""Asking for votes: when a poll opens, every elector gets the question and the numbers to answer with, by text or call.

A text with nothing but a number is then understood as the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from gateway.kernel.db import UnitOfWork
from gateway.messaging.actions import start_broadcast
from gateway.messaging.beforehand import words_before_call
from gateway.messaging.model import BroadcastDraft
from gateway.messaging.segments import count_segments
from gateway.polls import views
from gateway.polls.model import Method, Poll
from gateway.polls.model.hearing import ByEar, by_ear
from gateway.polls.speaking import sender, spoken
from gateway.roll import views as roll
from gateway.wording.catalogue import Wording

INVITATION = "poll"
MOST_SEGMENTS = 2
# How much of the question and of each option is shown, from all of it to the poll's number alone. The options are cut
# last: they are what is answered.
_LIMITS = ((200, 60), (100, 60), (60, 60), (30, 60), (16, 60), (60, 16), (30, 8), (16, 4), (0, 0))


def ask_for_votes(tx: UnitOfWork, number: int, *, at: datetime, wording: Wording) -> int:
    """Send the question of an open poll to all its electors; returns the broadcast's id. NotFound("poll_unknown")."""
    poll = views.poll(tx.connection, number)
    community = roll.community(tx.connection, poll.community_id)
    audience = [elector.resident_id for elector in roll.electorate(tx.connection, community.id)]
    draft = BroadcastDraft(
        community_id=community.id,
        kind=INVITATION,
        subject=subject_of(number),
        texts={language: _text(poll, community.name, language, wording) for language in wording.languages},
        calls={language: _call(poll, language, wording) for language in wording.languages},
        audience=audience,
        before_call=words_before_call(tx.connection, community.id, wording=wording),
    )
    return start_broadcast(tx, draft, at=at)


def invitation_in(poll: Poll, village: str, language: str, *, wording: Wording) -> tuple[str, str]:
    """What is sent when a poll opens, as it stands now: the text and the words of the call."""
    return _text(poll, village, language, wording), _call(poll, language, wording)


def subject_of(number: int) -> str:
    """What messages about a poll say they are about."""
    return f"poll:{number}"


def poll_asked_by(kind: str, subject: str) -> int | None:
    """The poll that a message of this kind and subject asked about; None when it asked for no vote."""
    return int(subject.removeprefix("poll:")) if kind == INVITATION and subject.startswith("poll:") else None


def fit_question(poll: Poll, language: str, frame: Callable[[str], str], *, wording: Wording) -> str:
    """The fullest form of a poll's question that, set into `frame`, keeps to two segments; else the shortest.

    It has the poll's number, its question and the numbers to answer with: a question never spans two messages.
    """
    texts = [frame(question) for question in _questions(poll, language, wording)]
    return next((text for text in texts if count_segments(text).segments <= MOST_SEGMENTS), texts[-1])


def _questions(poll: Poll, language: str, wording: Wording) -> Iterator[str]:
    words = poll.words(language)
    for question_limit, option_limit in _LIMITS:
        question = _cut(words.question, question_limit)
        if poll.method is Method.YESNO:
            yield wording.say("poll_question.yesno", language, poll=poll.number, question=question)
        elif option_limit:
            cut = (_cut(option, option_limit) for option in words.options)
            options = " ".join(f"{number} {option}" for number, option in enumerate(cut, start=1))
            how = _how(poll, language, wording)
            yield wording.say(
                "poll_question.options", language, poll=poll.number, question=question, options=options, how=how
            )
    if poll.method is not Method.YESNO:
        how = _how(poll, language, wording)
        yield wording.say("poll_question.numbers", language, poll=poll.number, last=len(words.options), how=how)


def _how(poll: Poll, language: str, wording: Wording) -> str:
    """How this form of ballot is written, with an example that fits its options."""
    form = poll.form
    return wording.say(f"poll_question.how.{poll.method}", language, most=form.most, top=form.score_max)


def _cut(text: str, limit: int) -> str:
    # Three full stops, for the typographic sign would make an English text dearer.
    return text if len(text) <= limit else text[:limit] + "..." if limit else ""


def _text(poll: Poll, village: str, language: str, wording: Wording) -> str:
    def frame(question: str) -> str:
        return wording.say(
            "poll_question.text", language, village=sender(poll, village, language, wording=wording), question=question
        )

    return fit_question(poll, language, frame, wording=wording)


def _call(poll: Poll, language: str, wording: Wording) -> str:
    key = "elsewhere_call" if by_ear(poll.form) is ByEar.NOT else "call"
    words = wording.say(f"poll_question.{key}", language, poll=poll.number, question=poll.words(language).question)
    return spoken(poll, words, language, wording=wording)
