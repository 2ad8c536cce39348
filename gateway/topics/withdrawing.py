"""Taking back what was entered on somebody's behalf and is not what they want: a topic, a support, a question.

Only what concerns nobody else yet can be taken back: a topic that others back goes on, an answered question stays.
"""

from __future__ import annotations

from datetime import datetime

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import Conflict, NotFound, RuleError
from gateway.record import actions as record
from gateway.topics import store
from gateway.topics.model import Mover, Stage, Topic, check_move


def withdraw_topic(tx: UnitOfWork, topic_id: int, *, at: datetime) -> Topic:
    """Take a topic back for its author; its words are forgotten. One that was merged loses its share in the whole.

    NotFound("topic_unknown"), RuleError("topic_cannot_move", "topic_others_back_it"), Conflict("topic_moved").
    """
    into = _topic(tx, topic_id).merged_into
    store.lock_topics(tx, [topic_id] if into is None else [topic_id, into])
    topic = _topic(tx, topic_id)
    if topic.merged_into != into:
        raise Conflict("topic_moved", topic=topic.number)
    check_move(topic.stage, Stage.WITHDRAWN, Mover.AUTHOR)
    if topic.stage is not Stage.MERGED and _others(tx, topic):
        raise RuleError("topic_others_back_it", topic=topic.number)
    if into is not None:
        store.delete_support(tx, into, topic.author_id)
    gone = {"merged_into": None, "text": "", "title": "", "reason": ""}
    if not store.move_topic(tx, topic_id, topic.stage, Stage.WITHDRAWN, at=at, **gone):
        raise Conflict("topic_moved", topic=topic.number)
    record.append(tx, "topic.withdrawn", f"topic:{topic.number}", {}, at=at)
    return _topic(tx, topic_id)


def withdraw_support(tx: UnitOfWork, topic_id: int, resident_id: int, *, at: datetime) -> bool:
    """Take a support back, from wherever the topic goes on by now; False when there is none any more.

    NotFound("topic_unknown"), RuleError("topic_cannot_move") for a topic that is done.
    """
    topic = _topic(tx, topic_id)
    if topic.merged_into is not None:
        return withdraw_support(tx, topic.merged_into, resident_id, at=at)
    if topic.stage is Stage.DONE:
        raise RuleError("topic_cannot_move", before=Stage.DONE, after=Stage.WITHDRAWN)
    if not store.delete_support(tx, topic_id, resident_id):
        return False
    record.append(tx, "topic.support_withdrawn", f"topic:{topic.number}", {}, at=at)
    return True


def withdraw_question(tx: UnitOfWork, question_id: int, *, at: datetime) -> None:
    """Take a question back. NotFound("question_unknown"), Conflict("question_answered") when it has its answer."""
    question = store.find_question(tx.connection, question_id)
    if question is None:
        raise NotFound("question_unknown")
    if not store.withdraw_question(tx, question_id):
        raise Conflict("question_answered", question=question_id)
    topic = _topic(tx, question.topic_id)
    record.append(tx, "topic.question_withdrawn", f"topic:{topic.number}", {"question": question_id}, at=at)


def _others(tx: UnitOfWork, topic: Topic) -> bool:
    behind = [*store.supporter_ids(tx.connection, topic.id), *store.merged_authors(tx.connection, topic.id)]
    return any(person != topic.author_id for person in behind)


def _topic(tx: UnitOfWork, topic_id: int) -> Topic:
    topic = store.find_topic(tx.connection, topic_id)
    if topic is None:
        raise NotFound("topic_unknown")
    return topic
