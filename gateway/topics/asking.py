"""Questions about topics and their answers: asked by text, answered by staff, or by a guest by text or aloud in a call.

A question has one answer; whoever comes second is told so. The asker gets it by text or call, the public can read both
with personal data masked.
"""

from __future__ import annotations

from datetime import datetime

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import Conflict, InputError, NotFound, RuleError
from gateway.messaging.actions import start_broadcast
from gateway.messaging.beforehand import words_before_call
from gateway.messaging.model import BroadcastDraft
from gateway.record import actions as record
from gateway.record.model import Value
from gateway.roll import views as roll
from gateway.topics import store
from gateway.topics.actions import keep_recording, spaced
from gateway.topics.masking import mask
from gateway.topics.model import LONGEST_QUESTION, OVER, QUESTION, Question, Topic, check_answer
from gateway.wording.catalogue import Wording

ANSWER = "topic_answer"
SPOKEN_ANSWER = "topic_spoken_answer"


def ask(tx: UnitOfWork, topic_id: int, asker_id: int, text: str, *, at: datetime, by: str = "text") -> Question:
    """Ask something about a topic; one that was merged stands for the one it became a part of.

    `by`: the way it came, for the record.

    NotFound("topic_unknown"), RuleError("topic_declined"), InputError("question_wrong").
    """
    topic = _topic(tx, topic_id)
    if topic.merged_into is not None:
        return ask(tx, topic.merged_into, asker_id, text, at=at, by=by)
    if topic.stage in OVER:
        raise RuleError("topic_declined", topic=topic.number)
    text = " ".join(text.split())
    if not 0 < len(text) <= LONGEST_QUESTION:
        raise InputError("question_wrong", most=LONGEST_QUESTION)
    key = store.insert_question(tx, topic_id, asker_id, text, at)
    entry: dict[str, Value] = {"question": key, "by": by}
    record.append(tx, "topic.question", f"topic:{topic.number}", entry, at=at, words={"text": text})
    return _question(tx, key)


def pass_to_guest(tx: UnitOfWork, question_id: int, guest_id: int, *, at: datetime, wording: Wording) -> Question:
    """Put a question to a guest, whose next words by text are the answer.

    NotFound("question_unknown", "resident_unknown"), RuleError("not_a_guest"), Conflict("question_answered").
    """
    question = _question(tx, question_id)
    topic = _topic(tx, question.topic_id)
    guest = roll.resident(tx.connection, guest_id)
    if not guest.is_guest or guest.community_id != topic.community_id:
        raise RuleError("not_a_guest")
    if not store.pass_question(tx, question_id, guest_id):
        raise Conflict("question_answered", question=question_id)
    said: dict[str, str | int] = {
        "question": question_id,
        "asked": mask(question.text),
        "about": topic.shown or topic.number,
    }
    _send(tx, topic, QUESTION, guest_id, said, subject=f"question:{question_id}", wording=wording, at=at)
    return _question(tx, question_id)


def answer(
    tx: UnitOfWork, question_id: int, words: str, *, at: datetime, wording: Wording, guest_id: int | None = None
) -> Question:
    """Answer a question, as staff or as the guest who was asked; the asker is told.

    NotFound("question_unknown"), RuleError("question_not_yours"), InputError("answer_empty", "answer_too_long"),
    Conflict("question_answered").
    """
    question = _question(tx, question_id)
    if guest_id is not None and question.guest_id != guest_id:
        raise RuleError("question_not_yours")
    words = check_answer(words)
    if not store.answer_question(tx, question_id, words, at, by_guest=guest_id is not None):
        raise Conflict("question_answered", question=question_id)
    topic = _topic(tx, question.topic_id)
    answered: dict[str, str | int] = {"topic": topic.number, "words": words}
    _send(tx, topic, ANSWER, question.asker_id, answered, subject=f"topic:{topic.number}", wording=wording, at=at)
    by = "guest" if guest_id is not None else "staff"
    entry: dict[str, Value] = {"question": question_id, "by": by}
    told = {"answer": words}
    record.append(tx, "topic.question_answered", f"topic:{topic.number}", entry, at=at, words=told)
    return _question(tx, question_id)


def answer_aloud(
    tx: UnitOfWork,
    question_id: int,
    carrier_recording_id: str,
    seconds: int,
    *,
    guest_id: int,
    at: datetime,
    wording: Wording,
) -> Question:
    """Answer a question by a recording, as the guest who was asked; the asker is told how to hear it.

    NotFound("question_unknown"), RuleError("question_not_yours"), Conflict("question_answered").
    """
    question = _question(tx, question_id)
    if question.guest_id != guest_id:
        raise RuleError("question_not_yours")
    kept = keep_recording(tx, carrier_recording_id, seconds)
    if not store.answer_question(tx, question_id, "", at, by_guest=True, recording_id=kept):
        raise Conflict("question_answered", question=question_id)
    topic = _topic(tx, question.topic_id)
    about = f"topic:{topic.number}"
    _send(tx, topic, SPOKEN_ANSWER, question.asker_id, {"topic": topic.number}, subject=about, wording=wording, at=at)
    record.append(tx, "topic.question_answered", about, {"question": question_id, "by": "guest"}, at=at)
    return _question(tx, question_id)


def write_down(tx: UnitOfWork, question_id: int, words: str, *, at: datetime, wording: Wording) -> Question:
    """Write the words of a spoken answer, for the page and for whoever asked. InputError as in `answer`,
    NotFound("question_unknown"), Conflict("answer_not_spoken") when it was not spoken or is written already.
    """
    question, words = _question(tx, question_id), check_answer(words)
    if not store.write_down_answer(tx, question_id, words):
        raise Conflict("answer_not_spoken", question=question_id)
    topic = _topic(tx, question.topic_id)
    said: dict[str, str | int] = {"topic": topic.number, "words": words}
    _send(tx, topic, ANSWER, question.asker_id, said, subject=f"topic:{topic.number}", wording=wording, at=at)
    return _question(tx, question_id)


def note_heard(tx: UnitOfWork, question_id: int, asker_id: int, *, at: datetime) -> None:
    """The asker has heard a spoken answer. NotFound("question_unknown")."""
    if _question(tx, question_id).asker_id != asker_id:
        raise NotFound("question_unknown")
    store.note_heard(tx, question_id, at)


def _send(
    tx: UnitOfWork,
    topic: Topic,
    kind: str,
    resident_id: int,
    said: dict[str, str | int],
    *,
    subject: str,
    wording: Wording,
    at: datetime,
) -> None:
    values = {"village": roll.community(tx.connection, topic.community_id).name} | said
    spoken = values | {"topic": spaced(topic.number)}
    draft = BroadcastDraft(
        community_id=topic.community_id,
        kind=kind,
        subject=subject,
        texts={language: wording.say(f"topic_news.{kind}.text", language, **values) for language in wording.languages},
        calls={language: wording.say(f"topic_news.{kind}.call", language, **spoken) for language in wording.languages},
        audience=[resident_id],
        before_call=words_before_call(tx.connection, topic.community_id, wording=wording),
    )
    start_broadcast(tx, draft, at=at)


def _question(tx: UnitOfWork, question_id: int) -> Question:
    question = store.find_question(tx.connection, question_id)
    if question is None:
        raise NotFound("question_unknown")
    return question


def _topic(tx: UnitOfWork, topic_id: int) -> Topic:
    topic = store.find_topic(tx.connection, topic_id)
    if topic is None:
        raise NotFound("topic_unknown")
    return topic
