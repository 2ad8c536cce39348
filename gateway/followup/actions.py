"""The verb of following up: post an update, with row, entry and broadcast in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from gateway.followup.model import check_words
from gateway.followup.store import updates
from gateway.followup.telling import concerned
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import NotFound, RuleError
from gateway.messaging.actions import start_broadcast
from gateway.messaging.beforehand import words_before_call
from gateway.messaging.model import BroadcastDraft
from gateway.record import actions as record
from gateway.record.model import Value
from gateway.roll import views as roll
from gateway.topics import actions as topics
from gateway.topics import views as topic_views
from gateway.topics.model import Stage, Topic
from gateway.wording.catalogue import Wording


def post_update(
    tx: UnitOfWork,
    topic_id: int,
    words: Mapping[str, str],
    *,
    at: datetime,
    wording: Wording,
    stage: Stage | None = None,
    everyone: bool = False,
    photo: str = "",
    quiet: bool = False,
) -> int | None:
    """Tell everybody concerned with a topic, or `everyone`, what came of it; returns the broadcast's id.

    `words` are per language; people of other languages get the first. `photo` is what `photos.keep_photo` returned; it
    is shown on the web. A `quiet` update is shown there and sent to nobody: None comes back. NotFound("topic_unknown"),
    RuleError("topic_not_public", "topic_cannot_move", "over_budget"), InputError("update_empty", "update_too_long").
    """
    words = check_words(words)
    topic = topic_views.topic_by_id(tx.connection, topic_id)
    if topic is None:
        raise NotFound("topic_unknown")
    if not topic.is_public:
        raise RuleError("topic_not_public", topic=topic.number)
    if stage is not None and stage is not topic.stage:
        topic = topics.move(tx, topic_id, stage, at=at)
    updates.insert_update(tx, topic_id, words, stage, at, photo=photo)
    broadcast_id = None if quiet else start_broadcast(tx, _broadcast(tx, topic, words, wording, everyone), at=at)
    entry: dict[str, Value] = {"stage": topic.stage}
    if photo:
        entry["photo"] = photo
    record.append(tx, "topic.updated", f"topic:{topic.number}", entry, at=at)
    return broadcast_id


def _broadcast(
    tx: UnitOfWork, topic: Topic, words: Mapping[str, str], wording: Wording, everyone: bool
) -> BroadcastDraft:
    village = roll.community(tx.connection, topic.community_id).name
    audience = (
        roll.community_resident_ids(tx.connection, topic.community_id) if everyone else concerned(tx.connection, topic)
    )
    first = next(iter(words.values()))

    def say(key: str, language: str, number: str) -> str:
        stage = wording.say(f"update.stage.{topic.stage}", language)
        own = words.get(language, first)
        return wording.say(key, language, village=village, topic=number, stage=stage, words=own)

    return BroadcastDraft(
        community_id=topic.community_id,
        kind="update",
        subject=f"topic:{topic.number}",
        texts={language: say("update.text", language, topic.number) for language in wording.languages},
        calls={language: say("update.call", language, topics.spaced(topic.number)) for language in wording.languages},
        audience=audience,
        before_call=words_before_call(tx.connection, topic.community_id, wording=wording),
        capped=True,
    )
