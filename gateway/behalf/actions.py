"""Entering something for somebody else: one transaction does it, keeps who and why, and tells the person.

The person may revoke it for a day. All take `tx` and never commit; errors are those of the verbs that are done, and
InputError("behalf_reason_wrong", "behalf_name_wrong"), RuleError("behalf_already") when it was so before.
"""

from __future__ import annotations

from datetime import datetime

from gateway.behalf import store
from gateway.behalf.model import REVOKE_WITHIN, TOLD, Actor, Deed, Entered, State, check_actor, subject_of
from gateway.behalf.telling import words_of
from gateway.behalf.undoing import undo
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import Conflict, NotFound, RuleError
from gateway.meetings import inviting, sitting
from gateway.meetings import views as meetings
from gateway.messaging.actions import start_broadcast
from gateway.messaging.calendars import calendar
from gateway.messaging.following import first_time
from gateway.messaging.model import BroadcastDraft
from gateway.record import actions as record
from gateway.record.model import Value
from gateway.roll import views as roll
from gateway.roll.model import Channel
from gateway.topics import actions as topics
from gateway.topics import asking
from gateway.topics import views as topic_views
from gateway.topics.model import topic_number
from gateway.wording.catalogue import Wording


def enter_topic(
    tx: UnitOfWork, resident_id: int, text: str, actor: Actor, *, at: datetime, wording: Wording
) -> Entered:
    """Raise a topic for somebody; `ref` is its id."""
    actor = check_actor(actor)
    community_id = roll.resident(tx.connection, resident_id).community_id
    made = topics.raise_topic(tx, community_id, resident_id, text, at=at, by=actor.by)
    return _enter(tx, resident_id, Deed.TOPIC, made.id, actor, at=at, wording=wording)


def enter_support(
    tx: UnitOfWork, resident_id: int, topic_id: int, actor: Actor, *, at: datetime, wording: Wording
) -> Entered:
    """Back a topic for somebody; `ref` is the topic that is backed, after merging."""
    actor = check_actor(actor)
    found = topic_views.topic_by_id(tx.connection, topic_id)
    _check_place(tx, resident_id, found.community_id if found else None, "topic_unknown")
    if not topics.support(tx, topic_id, resident_id, at=at):
        raise RuleError("behalf_already")
    assert found
    whole = topic_views.whole(tx.connection, found)
    return _enter(tx, resident_id, Deed.SUPPORT, whole.id, actor, at=at, wording=wording)


def enter_question(
    tx: UnitOfWork, resident_id: int, topic_id: int, text: str, actor: Actor, *, at: datetime, wording: Wording
) -> Entered:
    """Ask about a topic for somebody; `ref` is the question."""
    actor = check_actor(actor)
    found = topic_views.topic_by_id(tx.connection, topic_id)
    _check_place(tx, resident_id, found.community_id if found else None, "topic_unknown")
    asked = asking.ask(tx, topic_id, resident_id, text, at=at, by=actor.by)
    return _enter(tx, resident_id, Deed.QUESTION, asked.id, actor, at=at, wording=wording)


def enter_statement(
    tx: UnitOfWork, resident_id: int, meeting: int, words: str, actor: Actor, *, at: datetime, wording: Wording
) -> Entered:
    """Take down what somebody says for the record of a meeting; `ref` is the statement."""
    actor = check_actor(actor)
    _check_place(tx, resident_id, meetings.meeting(tx.connection, meeting).community_id, "meeting_unknown")
    key = sitting.say(tx, meeting, resident_id, words, at=at, by=actor.by)
    return _enter(tx, resident_id, Deed.STATEMENT, key, actor, at=at, wording=wording)


def enter_reply(
    tx: UnitOfWork, resident_id: int, meeting: int, comes: bool, actor: Actor, *, at: datetime, wording: Wording
) -> Entered:
    """Take down whether somebody comes to a meeting; `ref` is the meeting."""
    actor = check_actor(actor)
    seat = meetings.seat(tx.connection, meeting, resident_id)
    said = inviting.reply(tx, meeting, resident_id, comes, at=at)
    assert seat
    if said is seat.reply:
        raise RuleError("behalf_already")
    change = (str(seat.reply), str(said))
    return _enter(tx, resident_id, Deed.REPLY, meeting, actor, change=change, at=at, wording=wording)


def confirm(tx: UnitOfWork, entered_id: int, resident_id: int) -> bool:
    """The person says that it is right; False when it was settled before. NotFound("behalf_unknown")."""
    _of(tx, entered_id, resident_id)
    return store.settle(tx, entered_id, State.CONFIRMED)


def revoke(tx: UnitOfWork, entered_id: int, resident_id: int | None, *, at: datetime, reason: str = "") -> Entered:
    """Undo what was entered: the person says so within a day, or staff for them (`resident_id` None) with a reason.

    NotFound("behalf_unknown"), Conflict("behalf_settled") when somebody was first, RuleError("behalf_too_late"), and
    what forbids undoing it: RuleError("topic_others_back_it", "topic_cannot_move", "meeting_not_planned"),
    Conflict("topic_moved", "question_answered", "minutes_written"). Then nothing is changed if the caller rolls back.
    """
    entered = _of(tx, entered_id, resident_id)
    if resident_id is not None and entered.until < at:
        raise RuleError("behalf_too_late")
    if resident_id is None:
        check_actor(Actor(reason=reason))
    if not store.settle(tx, entered_id, State.REVOKED, revoked_at=at, revoked_reason=reason):
        raise Conflict("behalf_settled")
    undo(tx, entered, at=at)
    entry: dict[str, Value] = {
        "behalf": entered_id,
        "deed": str(entered.deed),
        "by": "person" if resident_id is not None else "desk",
    }
    record.append(tx, "behalf.revoked", _about(tx, entered), entry, at=at)
    return _of(tx, entered_id, resident_id)


def _enter(
    tx: UnitOfWork,
    resident_id: int,
    deed: Deed,
    ref: int,
    actor: Actor,
    *,
    at: datetime,
    wording: Wording,
    change: tuple[str, str] = ("", ""),
) -> Entered:
    person = roll.resident(tx.connection, resident_id)
    # Somebody who stands at the desk is told at once; what a helper does waits for decent hours, and the day with it.
    at_once = actor.helper_id is None
    told_at = first_time(at, Channel.CALL, calendar(tx.connection, person.community_id), urgent=at_once)
    values = {
        "community_id": person.community_id,
        "resident_id": resident_id,
        "deed": deed,
        "ref": ref,
        "before": change[0],
        "after": change[1],
        "name": actor.name,
        "helper_id": actor.helper_id,
        "reason": actor.reason,
        "at": at,
        "until": told_at + REVOKE_WITHIN,
    }
    entered = _of(tx, store.insert_entered(tx, values), resident_id)
    texts, calls = words_of(tx.connection, entered, wording=wording)
    draft = BroadcastDraft(
        person.community_id, TOLD, subject_of(entered.id), texts, calls, [resident_id], urgent=at_once
    )
    start_broadcast(tx, draft, at=at)
    entry: dict[str, Value] = {"behalf": entered.id, "deed": str(deed), "by": actor.by}
    record.append(tx, "behalf.entered", _about(tx, entered), entry, at=at)
    return entered


def _about(tx: UnitOfWork, entered: Entered) -> str:
    """What the record says that a deed is about: the topic or the meeting."""
    if entered.deed in (Deed.STATEMENT, Deed.REPLY):
        number = entered.ref if entered.deed is Deed.REPLY else sitting.meeting_of_statement(tx, entered.ref)
        return f"meeting:{number}"
    if entered.deed is Deed.QUESTION:
        question = topic_views.question(tx.connection, entered.ref)
        assert question
        return f"topic:{topic_number(question.topic_id)}"
    return f"topic:{topic_number(entered.ref)}"


def _check_place(tx: UnitOfWork, resident_id: int, community_id: int | None, code: str) -> None:
    if roll.resident(tx.connection, resident_id).community_id != community_id:
        raise NotFound(code)


def _of(tx: UnitOfWork, entered_id: int, resident_id: int | None) -> Entered:
    found = store.find_entered(tx.connection, entered_id)
    if found is None or resident_id not in (None, found.resident_id):
        raise NotFound("behalf_unknown")
    return found
