"""Whether something is really done, by text: 1 or 2 to our question, then a grade from 1 to 5; or 'RATE 13 4'."""

from __future__ import annotations

from gateway.conversation.acts.asking import ask, move_on
from gateway.conversation.answers import Answer, Turn
from gateway.conversation.store import Asked, drop_question
from gateway.conversation.understanding.parse import answers_done, answers_number
from gateway.followup import confirming
from gateway.followup.judging import CONFIRMATION, RATINGS
from gateway.followup.model import Verdict
from gateway.topics import views as topics
from gateway.topics.model import Stage, Topic


def judgement_answer(turn: Turn) -> Answer | None:
    """The answer to "is it really done?" or to "how well?", if one of them was our last message; else None."""
    if turn.question is not None and turn.question.asked is Asked.HOW_WELL:
        return _grade(turn, topics.topic_by_id(turn.tx.connection, turn.question.ref))
    topic = _asked_about(turn)
    said = answers_done(turn.text) if topic else None
    return None if topic is None or said is None else _judge(turn, topic, Verdict.DONE if said else Verdict.NOT_DONE)


def remark(turn: Turn) -> Answer:
    """A grade or "done" for a topic that is called done counts; other words go to a person, who takes them down."""
    topic = topics.topic(turn.tx.connection, turn.meaning.number, turn.community.id)
    if topic is not None and topic.stage is Stage.DONE:
        said = answers_done(turn.meaning.words, numbers=False)
        if said is not None:
            return _judge(turn, topic, Verdict.DONE if said else Verdict.NOT_DONE)
        if (rating := answers_number(turn.meaning.words)) in RATINGS and rating is not None:
            return _keep_grade(turn, topic, rating)
    return Answer((turn.say("remark.passed_on", number=turn.meaning.number),), for_person=True)


def _asked_about(turn: Turn) -> Topic | None:
    """The topic that our last message asked about; also one whose answer may still be changed."""
    if turn.question is not None:
        asked = turn.question.asked is Asked.IS_IT_DONE
        return topics.topic_by_id(turn.tx.connection, turn.question.ref) if asked else None
    if turn.last_told is None or turn.last_told.kind != CONFIRMATION:
        return None
    return topics.topic(turn.tx.connection, turn.last_told.subject.partition(":")[2], turn.community.id)


def _judge(turn: Turn, topic: Topic, verdict: Verdict) -> Answer:
    if not confirming.judge(turn.tx, topic.id, turn.resident.id, verdict, at=turn.now):
        drop_question(turn.tx, turn.resident.id)
        return turn.answer("judging.over", topic=topic.number)
    ask(turn, Asked.HOW_WELL if verdict is Verdict.DONE else Asked.IS_IT_DONE, ref=topic.id)
    return Answer((turn.say(f"judging.{verdict}", topic=topic.number),), asks=True)


def _grade(turn: Turn, topic: Topic | None) -> Answer | None:
    """1 to 5; a "2" after "done" is a grade, for that is what we asked last."""
    rating = answers_number(turn.text)
    said = answers_done(turn.text, numbers=False)
    if topic is None or (rating not in RATINGS and said is None):
        return None
    if said is not None:
        return _judge(turn, topic, Verdict.DONE if said else Verdict.NOT_DONE)
    return _keep_grade(turn, topic, rating or 0)


def _keep_grade(turn: Turn, topic: Topic, rating: int) -> Answer:
    kept = confirming.judge(turn.tx, topic.id, turn.resident.id, Verdict.DONE, at=turn.now, rating=rating)
    if not kept:
        drop_question(turn.tx, turn.resident.id)
        return turn.answer("judging.over", topic=topic.number)
    move_on(turn)
    return Answer((turn.say("judging.graded", topic=topic.number, rating=rating),), asks=True)
