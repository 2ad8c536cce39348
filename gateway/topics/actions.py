"""The verbs of topics: raise, back, screen (accept, decline, ask back, merge), move. All take `tx` and never commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import Conflict, InputError, NotFound, RuleError
from gateway.messaging.actions import start_broadcast
from gateway.messaging.beforehand import words_before_call
from gateway.messaging.model import BroadcastDraft
from gateway.record import actions as record
from gateway.roll import views as roll
from gateway.topics import recording_store, store, views
from gateway.topics.categories import category_of, load_categories
from gateway.topics.model import (
    ASKED_BACK,
    LIVE,
    LONGEST_TEXT,
    LONGEST_TITLE,
    OVER,
    TO_SCREEN,
    Mover,
    Stage,
    Topic,
    check_move,
    check_reason,
    check_text,
    topic_id_of,
)
from gateway.wording.catalogue import Wording

SCREENING, MERGING = "screening", "merging"


def raise_topic(
    tx: UnitOfWork, community_id: int, author_id: int, text: str, *, at: datetime, by: str = "text"
) -> Topic:
    """Raise a topic in words; its category is guessed. `by`: the way it came, for the record.

    InputError("topic_too_short", "topic_too_long").
    """
    text = check_text(text)
    key = store.insert_topic(tx, community_id, author_id, text, at, category=category_of(text))
    return _on_record(tx, key, "topic.raised", {"by": by}, at, words={"text": text})


def raise_spoken_topic(
    tx: UnitOfWork, community_id: int, author_id: int, carrier_recording_id: str, seconds: int, *, at: datetime
) -> Topic:
    """Raise a topic by a recording that lies at the carrier; a worker fetches it after the commit."""
    key = store.insert_topic(tx, community_id, author_id, "", at)
    _keep_sound(tx, carrier_recording_id, seconds, topic_id=key)
    return _on_record(tx, key, "topic.raised", {"by": "call"}, at)


def set_spoken_title(tx: UnitOfWork, number: str, carrier_recording_id: str, seconds: int) -> None:
    """Let a recording be the title of a topic: heard wherever nobody has written one. The last one counts.

    NotFound("topic_unknown", "topic_number_wrong").
    """
    _keep_sound(tx, carrier_recording_id, seconds, title_of=_by_number(tx, number).id)


def keep_message(tx: UnitOfWork, inbox_id: int, carrier_recording_id: str, seconds: int) -> None:
    """Keep what somebody said for the clerk, beside its line on the clerk's list."""
    _keep_sound(tx, carrier_recording_id, seconds, inbox_id=inbox_id)


def keep_recording(tx: UnitOfWork, carrier_recording_id: str, seconds: int) -> int:
    """Keep a recording that is no topic, such as a statement for a meeting; a worker fetches it. Returns its id."""
    return _keep_sound(tx, carrier_recording_id, seconds)


def _keep_sound(tx: UnitOfWork, carrier_recording_id: str, seconds: int, **belongs: int) -> int:
    recording_id = recording_store.insert_recording(tx, carrier_recording_id, seconds, **belongs)
    tx.call_after_commit("upkeep", "fetch_recording", recording_id)
    return recording_id


def support(tx: UnitOfWork, topic_id: int, resident_id: int, *, at: datetime) -> bool:
    """Back a topic ("I have it too"); False when this person did before. The author needs no support of their own.

    Backing a topic that was merged backs the one it became a part of. NotFound("topic_unknown"),
    RuleError("topic_declined").
    """
    topic = _topic(tx, topic_id)
    if topic.stage in OVER:
        raise RuleError("topic_declined", topic=topic.number)
    if topic.merged_into is not None:
        return support(tx, topic.merged_into, resident_id, at=at)
    if topic.author_id == resident_id or not store.insert_support(tx, topic_id, resident_id):
        return False
    if _topic(tx, topic_id).stage in OVER:
        # Its author took it back while we waited for this row.
        store.delete_support(tx, topic_id, resident_id)
        raise RuleError("topic_declined", topic=topic.number)
    # The entry bears no count: two supports at the same moment would write the same one. Entries can be counted.
    _on_record(tx, topic_id, "topic.supported", {}, at)
    return True


def screen(tx: UnitOfWork, number: str, accept: bool, reason: str, *, at: datetime, wording: Wording) -> Topic:
    """Accept a topic, or decline it with a reason; the author is told either way.

    NotFound("topic_unknown", "topic_number_wrong"), RuleError("topic_screened_already"), InputError("reason_needed",
    "reason_too_long").
    """
    topic = _by_number(tx, number)
    reason = check_reason(reason, needed=not accept)
    after = Stage.ACCEPTED if accept else Stage.DECLINED
    if not store.move_topic(tx, topic.id, TO_SCREEN, after, at=at, reason=reason):
        raise RuleError("topic_screened_already", topic=topic.number)
    _tell(tx, topic, [topic.author_id], SCREENING, after, wording=wording, at=at, reason=reason)
    return _on_record(tx, topic.id, f"topic.{after}", {}, at)


def ask_back(tx: UnitOfWork, number: str, question: str, *, at: datetime, wording: Wording) -> Topic:
    """Ask the author something before the topic is screened; their next words are the answer. Errors as in `screen`."""
    topic = _by_number(tx, number)
    question = check_reason(question, needed=True)
    if not store.move_topic(tx, topic.id, Stage.RAISED, Stage.ASKED, at=at, reason=question):
        raise RuleError("topic_screened_already", topic=topic.number)
    _tell(tx, topic, [topic.author_id], ASKED_BACK, Stage.ASKED, wording=wording, at=at, reason=question)
    return _on_record(tx, topic.id, "topic.asked", {}, at)


def answer_back(tx: UnitOfWork, topic_id: int, words: str, *, at: datetime) -> Topic:
    """Add what the author answered to the topic and put it back into the queue.

    NotFound("topic_unknown"), RuleError("topic_not_asked"), InputError("topic_too_short", "topic_too_long").
    """
    topic = _topic(tx, topic_id)
    text = check_text(f"{topic.text} / {check_text(words)}"[:LONGEST_TEXT])
    if not store.move_topic(tx, topic_id, Stage.ASKED, Stage.RAISED, at=at, text=text, reason=""):
        raise RuleError("topic_not_asked", topic=topic.number)
    return _on_record(tx, topic_id, "topic.answered_back", {}, at, words={"text": text})


def merge(tx: UnitOfWork, number: str, into: str, *, at: datetime, wording: Wording) -> Topic:
    """Let a topic go on as a part of another: author and supporters back that one from now on, and are told so.

    NotFound("topic_unknown", "topic_number_wrong"), RuleError("topic_merge_same", "topic_merge_elsewhere",
    "topic_merge_dead"), Conflict("topic_moved") when somebody else moved one of them first.
    """
    ids = (_by_number(tx, number).id, _by_number(tx, into).id)
    store.lock_topics(tx, ids)
    topic, other = _topic(tx, ids[0]), _topic(tx, ids[1])
    _check_merge(topic, other)
    joined = [topic.author_id, *store.supporter_ids(tx.connection, topic.id)]
    if not store.move_topic(tx, topic.id, (*TO_SCREEN, Stage.ACCEPTED), Stage.MERGED, at=at, merged_into=other.id):
        raise Conflict("topic_moved", topic=topic.number)
    store.follow_merged(tx, topic.id, other.id)
    for resident_id in joined:
        if resident_id != other.author_id:
            store.insert_support(tx, other.id, resident_id)
    told = [topic.author_id, *store.merged_authors(tx.connection, topic.id), *joined]
    _tell(tx, topic, told, MERGING, Stage.MERGED, wording=wording, at=at, into=other.number)
    return _on_record(tx, topic.id, "topic.merged", {"into": other.number}, at)


def _check_merge(topic: Topic, other: Topic) -> None:
    if topic.id == other.id:
        raise RuleError("topic_merge_same")
    if topic.community_id != other.community_id:
        raise RuleError("topic_merge_elsewhere")
    if topic.stage is Stage.MERGED:
        raise Conflict("topic_moved", topic=topic.number)
    if other.stage not in LIVE:
        raise RuleError("topic_merge_dead", topic=other.number)


def set_title(tx: UnitOfWork, number: str, title: str) -> Topic:
    """Write a title over a topic: what the public reads in place of the text. InputError("topic_title_wrong")."""
    topic = _by_number(tx, number)
    title = " ".join(title.split())
    if not 0 < len(title) <= LONGEST_TITLE:
        raise InputError("topic_title_wrong", most=LONGEST_TITLE)
    # Only a recording has no category yet.
    category = topic.category or category_of(title)
    store.change_topic(tx, topic.id, title=title, category=category)
    return _topic(tx, topic.id)


def set_category(tx: UnitOfWork, number: str, category: str) -> Topic:
    """Correct the category. InputError("topic_category_unknown"), NotFound("topic_unknown", "topic_number_wrong")."""
    topic = _by_number(tx, number)
    if category not in load_categories():
        raise InputError("topic_category_unknown")
    store.change_topic(tx, topic.id, category=category)
    return _topic(tx, topic.id)


def move(
    tx: UnitOfWork,
    topic_id: int,
    stage: Stage,
    *,
    at: datetime,
    by: Mover = Mover.FOLLOWER,
    due_at: datetime | None = None,
) -> Topic:
    """Bring a topic to another stage, with the stage's deadline unless `due_at` is given.

    NotFound("topic_unknown"), RuleError("topic_cannot_move"), Conflict("topic_moved").
    """
    topic = _topic(tx, topic_id)
    check_move(topic.stage, stage, by)
    due = {} if due_at is None else {"due_at": due_at}
    if not store.move_topic(tx, topic_id, topic.stage, stage, at=at, **due):
        raise Conflict("topic_moved", topic=topic.number)
    return _on_record(tx, topic_id, "topic.moved", {"stage": stage}, at)


def _tell(
    tx: UnitOfWork,
    topic: Topic,
    audience: Sequence[int],
    kind: str,
    news: str,
    *,
    wording: Wording,
    at: datetime,
    **more: str | int,
) -> None:
    village = roll.community(tx.connection, topic.community_id).name
    written: dict[str, str | int] = {"village": village, "topic": topic.number, **more}
    spoken: dict[str, str | int] = {
        name: spaced(str(said)) if name in ("topic", "into") else said for name, said in written.items()
    }
    draft = BroadcastDraft(
        community_id=topic.community_id,
        kind=kind,
        subject=f"topic:{topic.number}",
        texts={language: wording.say(f"topic_news.{news}.text", language, **written) for language in wording.languages},
        calls={language: wording.say(f"topic_news.{news}.call", language, **spoken) for language in wording.languages},
        audience=list(dict.fromkeys(audience)),
        before_call=words_before_call(tx.connection, topic.community_id, wording=wording),
    )
    start_broadcast(tx, draft, at=at)


def spaced(digits: str) -> str:
    """Digits one by one, as a number to remember is spoken."""
    return " ".join(digits)


def _topic(tx: UnitOfWork, topic_id: int) -> Topic:
    topic = views.topic_by_id(tx.connection, topic_id)
    if topic is None:
        raise NotFound("topic_unknown")
    return topic


def _by_number(tx: UnitOfWork, number: str) -> Topic:
    topic_id = topic_id_of(number)
    if topic_id is None:
        raise NotFound("topic_number_wrong")
    return _topic(tx, topic_id)


def _on_record(
    tx: UnitOfWork,
    topic_id: int,
    kind: str,
    data: dict[str, str | int],
    at: datetime,
    *,
    words: Mapping[str, str] = record.NOTHING_SAID,
) -> Topic:
    topic = _topic(tx, topic_id)
    record.append(tx, kind, f"topic:{topic.number}", data, at=at, words=words)
    return topic
