"""The verbs of topics: raise, back, screen, move. All take `tx` and never commit."""

from __future__ import annotations

from datetime import datetime

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import Conflict, InputError, NotFound, RuleError
from gateway.messaging.actions import start_broadcast
from gateway.messaging.model import BroadcastDraft
from gateway.record import actions as record
from gateway.roll import views as roll
from gateway.topics import store
from gateway.topics.model import LONGEST_REASON, Stage, Topic, check_move, check_text, topic_id_of
from gateway.wording.catalogue import Wording


def raise_topic(tx: UnitOfWork, community_id: int, author_id: int, text: str, *, at: datetime) -> Topic:
    """Raise a topic in words. InputError("topic_too_short", "topic_too_long")."""
    key = store.insert_topic(tx, community_id, author_id, check_text(text), at)
    return _on_record(tx, key, "topic.raised", {"by": "text"}, at)


def raise_spoken_topic(
    tx: UnitOfWork, community_id: int, author_id: int, carrier_recording_id: str, seconds: int, *, at: datetime
) -> Topic:
    """Raise a topic by a recording that lies at the carrier; a worker fetches it after the commit."""
    key = store.insert_topic(tx, community_id, author_id, "", at)
    recording_id = store.insert_recording(tx, key, carrier_recording_id, seconds)
    tx.call_after_commit("upkeep", "fetch_recording", recording_id)
    return _on_record(tx, key, "topic.raised", {"by": "call"}, at)


def support(tx: UnitOfWork, topic_id: int, resident_id: int, *, at: datetime) -> bool:
    """Back a topic ("I have it too"); False when this person did before. The author needs no support of their own.

    NotFound("topic_unknown"), RuleError("topic_declined").
    """
    topic = _topic(tx, topic_id)
    if topic.stage is Stage.DECLINED:
        raise RuleError("topic_declined", topic=topic.number)
    if topic.author_id == resident_id or not store.insert_support(tx, topic_id, resident_id):
        return False
    # The entry bears no count: two supports at the same moment would write the same one. Entries can be counted.
    _on_record(tx, topic_id, "topic.supported", {}, at)
    return True


def screen(tx: UnitOfWork, number: str, accept: bool, reason: str, *, at: datetime, wording: Wording) -> Topic:
    """Accept a topic, or decline it with a reason; the author is told either way.

    NotFound("topic_unknown", "topic_number_wrong"), RuleError("topic_screened_already"), InputError("reason_needed",
    "reason_too_long").
    """
    topic = _by_number(tx, number)
    reason = " ".join(reason.split())
    if not accept and not reason:
        raise InputError("reason_needed")
    if len(reason) > LONGEST_REASON:
        raise InputError("reason_too_long", most=LONGEST_REASON)
    after = Stage.ACCEPTED if accept else Stage.DECLINED
    if not store.move_topic(tx, topic.id, Stage.RAISED, after, reason):
        raise RuleError("topic_screened_already", topic=topic.number)
    start_broadcast(tx, _to_author(tx, topic, after, reason, wording=wording), at=at)
    return _on_record(tx, topic.id, f"topic.{after}", {}, at)


def move(tx: UnitOfWork, topic_id: int, stage: Stage, *, at: datetime) -> Topic:
    """Bring a topic to another stage.

    NotFound("topic_unknown"), RuleError("topic_cannot_move"), Conflict("topic_moved").
    """
    topic = _topic(tx, topic_id)
    check_move(topic.stage, stage)
    if not store.move_topic(tx, topic_id, topic.stage, stage):
        raise Conflict("topic_moved", topic=topic.number)
    return _on_record(tx, topic_id, "topic.moved", {"stage": stage}, at)


def _to_author(tx: UnitOfWork, topic: Topic, after: Stage, reason: str, *, wording: Wording) -> BroadcastDraft:
    village = roll.community(tx.connection, topic.community_id).name
    values = {"village": village, "topic": topic.number, "reason": reason}
    return BroadcastDraft(
        community_id=topic.community_id,
        kind="screening",
        subject=f"topic:{topic.number}",
        texts={language: wording.say(f"topic_news.{after}.text", language, **values) for language in wording.languages},
        calls={
            language: wording.say(f"topic_news.{after}.call", language, **values | {"topic": spaced(topic.number)})
            for language in wording.languages
        },
        audience=[topic.author_id],
    )


def spaced(digits: str) -> str:
    """Digits one by one, as a number to remember is spoken."""
    return " ".join(digits)


def _topic(tx: UnitOfWork, topic_id: int) -> Topic:
    topic = store.find_topic(tx.connection, topic_id)
    if topic is None:
        raise NotFound("topic_unknown")
    return topic


def _by_number(tx: UnitOfWork, number: str) -> Topic:
    topic_id = topic_id_of(number)
    if topic_id is None:
        raise NotFound("topic_number_wrong")
    return _topic(tx, topic_id)


def _on_record(tx: UnitOfWork, topic_id: int, kind: str, data: dict[str, str | int], at: datetime) -> Topic:
    topic = _topic(tx, topic_id)
    record.append(tx, kind, f"topic:{topic.number}", data, at=at)
    return topic
