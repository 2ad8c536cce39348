"""Topics by text: raise one, back one, ask where one stands, ask a question about one."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from gateway.conversation.answers import Answer, Turn
from gateway.conversation.store import drop_question
from gateway.followup import views as followup
from gateway.kernel.errors import InputError, RuleError
from gateway.messaging.segments import count_segments
from gateway.polls import views as polls
from gateway.record import views as record
from gateway.record.model import grouped
from gateway.topics import actions as topics
from gateway.topics import asking, views
from gateway.topics.model import Topic, topic_id_of

# What an answer may cost: with the digits no more than two segments, or what it takes anyway.
MOST_SEGMENTS = 2


def topic(turn: Turn) -> Answer:
    """Raise what the text says."""
    return raise_topic(turn, turn.meaning.topic_text)


def raise_topic(turn: Turn, text: str) -> Answer:
    """Raise a topic and give its number."""
    drop_question(turn.tx, turn.resident.id)
    try:
        made = topics.raise_topic(turn.tx, turn.community.id, turn.resident.id, text, at=turn.now)
    except InputError as error:
        return turn.answer(f"topic.{error.code}", **error.params)
    return turn.answer("topic.received", topic=made.number)


def support(turn: Turn) -> Answer:
    """Back a topic, once per person."""
    found = _named(turn)
    if isinstance(found, Answer):
        return found
    try:
        new = topics.support(turn.tx, found.id, turn.resident.id, at=turn.now)
    except RuleError:
        return turn.answer("topic.declined", topic=found.number)
    return turn.answer("support.counted" if new else "support.already", topic=found.number)


def status(turn: Turn) -> Answer:
    """Where a topic or a poll stands, with the record's day and digits; both where they have the same number."""
    found, poll = _named(turn), _poll_status(turn)
    if isinstance(found, Answer):
        return _with_record(turn, poll, f"poll:{int(turn.meaning.number)}") if poll else found
    about = _with_record(turn, _topic_status(turn, found), f"topic:{found.number}")
    if poll is None:
        return about
    return replace(about, words=(*about.words, *_with_record(turn, poll, f"poll:{int(turn.meaning.number)}").words))


def _with_record(turn: Turn, answer: Answer, subject: str) -> Answer:
    """The answer, and on a line below it the day of the newest stage and the twelve digits of the record up to it.

    In a text of their own where the answer would become longer than it may: whoever asks gets them always.
    """
    stamp = record.stamp(turn.tx.connection, subject)
    if stamp is None:
        return answer
    day = stamp.at.astimezone(ZoneInfo(turn.community.timezone))
    on = {"year": day.year, "month": day.month, "day": day.day}
    *before, last = answer.words
    digits = turn.say("status.record", **on, digits=grouped(stamp.digits))
    longer = f"{last}\n{digits}"
    fits = count_segments(longer).segments <= max(MOST_SEGMENTS, count_segments(last).segments)
    return replace(answer, words=(*before, longer) if fits else (*before, last, digits))


def _topic_status(turn: Turn, found: Topic) -> Answer:
    if found.merged_into is not None:
        return _status_of_whole(turn, found)
    stage = turn.say(f"stage.{found.stage}")
    updates = followup.updates(turn.tx.connection, found.id)
    if followup.is_taken_up_again(found, updates):
        return turn.answer("status.taken_up_again", topic=found.number)
    if not updates:
        return turn.answer("status.topic", topic=found.number, stage=stage, supporters=found.supporters)
    words = updates[0].words
    latest = words.get(turn.resident.language) or next(iter(words.values()))
    return turn.answer("status.updated", topic=found.number, stage=stage, words=latest)


def _status_of_whole(turn: Turn, found: Topic) -> Answer:
    whole = views.whole(turn.tx.connection, found)
    stage = turn.say(f"stage.{whole.stage}")
    told = {"number": found.number, "topic": whole.number, "stage": stage}
    return turn.answer("status.merged", supporters=whole.supporters, **told)


def question(turn: Turn) -> Answer:
    """A question about a topic is kept for the public and goes to a person, who answers it."""
    found = _named(turn)
    if isinstance(found, Answer):
        return found
    try:
        asking.ask(turn.tx, found.id, turn.resident.id, turn.meaning.words, at=turn.now)
    except RuleError:
        return turn.answer("topic.declined", topic=found.number)
    except InputError as error:
        return turn.answer(f"question.{error.code}", **error.params)
    return Answer((turn.say("question.passed_on", topic=found.number),), for_person=True)


def _named(turn: Turn) -> Topic | Answer:
    number = turn.meaning.number
    found = views.topic(turn.tx.connection, number, turn.community.id)
    if found is None:
        return turn.answer("topic.unknown" if topic_id_of(number) is not None else "topic.slip", topic=number)
    return found


def _poll_status(turn: Turn) -> Answer | None:
    number = int(turn.meaning.number)
    known = [poll for poll in polls.polls(turn.tx.connection, turn.community.id) if poll.number == number]
    if not known:
        return None
    return turn.answer(f"status.poll_{known[0].state}", poll=number)
