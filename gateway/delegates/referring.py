"""The verbs of referrals: put a topic to a delegate, take the answer, remind, let what is late be known.

The answer, in words or spoken, goes to everybody who raised or backs the topic. The record holds days and that there
was an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from gateway.delegates import store
from gateway.delegates.model import (
    DUE_SOON,
    REFERRAL,
    REFERRAL_ALARM,
    REFERRAL_ANSWER,
    REFERRAL_SPOKEN,
    Referral,
    check_answer,
    referral_subject,
)
from gateway.delegates.telling import Said, day_words, send
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import Conflict, InputError, NotFound, RuleError
from gateway.kernel.ports import Ports
from gateway.messaging.actions import note_answered
from gateway.record import actions as record
from gateway.record.model import Value, moment_text
from gateway.roll import views as roll
from gateway.topics import views as topics
from gateway.topics.actions import keep_recording
from gateway.topics.model import Topic
from gateway.wording.catalogue import Wording

_FEW = 16


def refer(
    tx: UnitOfWork, topic_id: int, guest_id: int, due_at: datetime, *, at: datetime, wording: Wording
) -> Referral:
    """Put a topic to a delegate or official, by text and call, to be answered by a day.

    NotFound("topic_unknown"), RuleError("topic_not_public", "not_a_guest"), InputError("due_in_the_past"),
    Conflict("referred_already").
    """
    topic = _topic(tx, topic_id)
    if not topic.is_public:
        raise RuleError("topic_not_public", topic=topic.number)
    guest, place = roll.resident(tx.connection, guest_id), roll.community(tx.connection, topic.community_id)
    if not guest.is_guest or guest.community_id not in (place.id, place.parent_id):
        raise RuleError("not_a_guest")
    if due_at <= at:
        raise InputError("due_in_the_past")
    open_ones = store.find_referrals(tx.connection, topic_ids=[topic_id], guest_id=guest_id, waiting=True)
    if open_ones:
        raise Conflict("referred_already", topic=topic.number)
    key = store.insert_referral(tx, topic_id, guest_id, due_at, at)
    said: dict[str, Said] = {
        "about": _about(topic),
        "supporters": topic.supporters,
        "due": day_words(wording, due_at, place.timezone),
    }
    send(
        tx,
        topic,
        REFERRAL,
        [guest_id],
        key="referral",
        said=said,
        subject=referral_subject(key),
        at=at,
        wording=wording,
    )
    entry: dict[str, Value] = {"referral": key, "due": moment_text(due_at)}
    record.append(tx, "topic.referred", f"topic:{topic.number}", entry, at=at)
    return referral_of(tx, key)


def answer(
    tx: UnitOfWork, referral_id: int, words: str, *, at: datetime, wording: Wording, guest_id: int | None = None
) -> Referral:
    """Take the delegate's own words, from their telephone or entered by staff, and carry them to those concerned.

    NotFound("referral_unknown"), RuleError("referral_not_yours"), Conflict("referral_answered"),
    InputError("answer_empty", "answer_too_long").
    """
    words = check_answer(words)
    languages = wording.languages
    return _answer(tx, referral_id, dict.fromkeys(languages, words), at=at, wording=wording, guest_id=guest_id)


def answer_by_key(
    tx: UnitOfWork, referral_id: int, takes_on: bool, *, at: datetime, wording: Wording, guest_id: int
) -> Referral:
    """Take a yes ("I take it on") or no ("it is not in my hands") by key. Errors as in `answer`."""
    key = "takes_on" if takes_on else "not_mine"
    words = {one: wording.say(f"delegate_news.referral.{key}", one) for one in wording.languages}
    return _answer(tx, referral_id, words, at=at, wording=wording, guest_id=guest_id)


def answer_aloud(
    tx: UnitOfWork,
    referral_id: int,
    carrier_recording_id: str,
    seconds: int,
    *,
    at: datetime,
    wording: Wording,
    guest_id: int,
) -> Referral:
    """Take a recording as the answer; those concerned are told how to hear it. Errors as in `answer`."""
    found = referral_of(tx, referral_id)
    if found.guest_id != guest_id:
        raise RuleError("referral_not_yours")
    kept = keep_recording(tx, carrier_recording_id, seconds)
    return _keep(tx, found, {}, at=at, wording=wording, recording_id=kept)


def write_down(tx: UnitOfWork, referral_id: int, words: str, *, at: datetime, wording: Wording) -> Referral:
    """Write the words of a spoken answer, which those concerned then get. InputError as in `answer`,
    NotFound("referral_unknown"), Conflict("referral_not_spoken") when it was not spoken, or is written already.
    """
    found, said = referral_of(tx, referral_id), dict.fromkeys(wording.languages, check_answer(words))
    if not store.write_down(tx, found, said):
        raise Conflict("referral_not_spoken", referral=referral_id)
    _carry(tx, found, said, at=at, wording=wording)
    return referral_of(tx, referral_id)


def remind_due(ports: Ports, *, wording: Wording) -> int:
    """Remind delegates whose day is near or over, once for each; returns how many. Own transactions."""
    now = ports.clock.now()
    with ports.db.read() as conn:
        near = store.find_referrals(conn, due_before=now + DUE_SOON, waiting=True)
    return sum(_remind(ports, one, now, wording) for one in near if one.light(now) != one.alarmed)


def silence_what_went_on(tx: UnitOfWork, now: datetime) -> int:
    """After a copy was restored: every reminder that is due counts as sent; returns how many."""
    near = store.find_referrals(tx.connection, due_before=now + DUE_SOON, waiting=True)
    return sum(
        store.note_alarm(tx, one.id, one.alarmed, light) for one in near if (light := one.light(now)) != one.alarmed
    )


def referral_of(tx: UnitOfWork, referral_id: int) -> Referral:
    """The referral with that number. NotFound("referral_unknown")."""
    found = store.find_referral(tx.connection, referral_id)
    if found is None:
        raise NotFound("referral_unknown")
    return found


def _answer(
    tx: UnitOfWork,
    referral_id: int,
    words: Mapping[str, str],
    *,
    at: datetime,
    wording: Wording,
    guest_id: int | None,
) -> Referral:
    found = referral_of(tx, referral_id)
    if guest_id is not None and found.guest_id != guest_id:
        raise RuleError("referral_not_yours")
    return _keep(tx, found, words, at=at, wording=wording)


def _keep(
    tx: UnitOfWork,
    found: Referral,
    words: Mapping[str, str],
    *,
    at: datetime,
    wording: Wording,
    recording_id: int | None = None,
) -> Referral:
    if not store.answer_referral(tx, found.id, words, at, recording_id=recording_id):
        raise Conflict("referral_answered", referral=found.id)
    note_answered(tx, found.guest_id, REFERRAL, referral_subject(found.id))
    _carry(tx, found, words, at=at, wording=wording)
    entry: dict[str, Value] = {"referral": found.id, "late": found.due_at < at}
    if recording_id is not None:
        entry["spoken"] = True
    record.append(tx, "topic.referral_answered", f"topic:{_topic(tx, found.topic_id).number}", entry, at=at)
    return referral_of(tx, found.id)


def _carry(tx: UnitOfWork, found: Referral, words: Mapping[str, str], *, at: datetime, wording: Wording) -> None:
    """To everybody who raised or backs the topic: the words, or where the spoken answer can be heard."""
    topic, who = _topic(tx, found.topic_id), roll.resident(tx.connection, found.guest_id).name
    people = topics.followers(tx.connection, topic.id)
    if words:
        said: dict[str, Said] = {"who": who, "words": words}
        send(tx, topic, REFERRAL_ANSWER, people, key="referral_answer", said=said, at=at, wording=wording)
        return
    subject = referral_subject(found.id)
    spoken: dict[str, Said] = {"who": who}
    send(
        tx, topic, REFERRAL_SPOKEN, people, key="referral_spoken", said=spoken, subject=subject, at=at, wording=wording
    )


def _remind(ports: Ports, one: Referral, now: datetime, wording: Wording) -> bool:
    with ports.db.work() as tx:
        light = one.light(now)
        reminded = store.note_alarm(tx, one.id, one.alarmed, light)
        if reminded:
            topic = _topic(tx, one.topic_id)
            place = roll.community(tx.connection, topic.community_id)
            said: dict[str, Said] = {"about": _about(topic), "due": day_words(wording, one.due_at, place.timezone)}
            key, subject = f"referral_{light}", referral_subject(one.id)
            send(
                tx, topic, REFERRAL_ALARM, [one.guest_id], key=key, said=said, subject=subject, at=now, wording=wording
            )
        tx.commit()
    return reminded


def _about(topic: Topic) -> str:
    return topic.shown[:_FEW] or topic.number


def _topic(tx: UnitOfWork, topic_id: int) -> Topic:
    topic = topics.topic_by_id(tx.connection, topic_id)
    if topic is None:
        raise NotFound("topic_unknown")
    return topic
