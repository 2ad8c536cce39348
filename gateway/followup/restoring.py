"""Promises and judgements of a restored copy: nobody is alarmed or asked a second time.

The copy cannot know what went out after it was taken. So every alarm that is due by now counts as sounded, every
question that is due as asked, and answers whose time is over as lost; the clerk's list says so, and staff can ask
again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from gateway.followup.confirming import begin_silently, due_to_ask
from gateway.followup.desk import put_on_list
from gateway.followup.model import DUE_SOON
from gateway.followup.store import completions, plans
from gateway.kernel.db import UnitOfWork
from gateway.kernel.ports import Ports
from gateway.roll import views as roll
from gateway.topics import views as topics
from gateway.wording.catalogue import Wording


@dataclass(frozen=True)
class Silenced:
    """How many alarms count as sounded, questions as asked, judgements as lost."""

    alarms: int
    questions: int
    lost: int


def silence_what_went_on(tx: UnitOfWork, taken_at: datetime, *, ports: Ports, wording: Wording) -> Silenced:
    """Take everything as done that may have gone out since the copy was taken; the clerk's list says what."""
    now = ports.clock.now()
    alarms = Counter(place for place in _alarms(tx, now))
    questions = Counter(begin_silently(tx, topic, now) for topic in due_to_ask(tx, now))
    lost = Counter(_lost(tx, completion_id) for completion_id in completions.find_over(tx.connection, now))
    for place_id in alarms.keys() | questions.keys() | lost.keys():
        place = roll.community(tx.connection, place_id)
        counts = {"alarms": alarms[place_id], "questions": questions[place_id], "lost": lost[place_id]}
        words = wording.say("followup_news.desk.restored", place.languages[0], **counts)
        put_on_list(tx, ports, place_id, f"restored:{taken_at.isoformat()}", words, at=now)
    return Silenced(alarms.total(), questions.total(), lost.total())


def _alarms(tx: UnitOfWork, now: datetime) -> list[int]:
    """Note every alarm that is due; the community of each."""
    found = []
    for milestone in plans.find_open(tx.connection, now + DUE_SOON):
        noted = milestone.light(now) != milestone.alarmed
        if noted:
            plans.note_alarm(tx, milestone.id, milestone.alarmed, milestone.light(now))
        if milestone.goes_up(now):
            noted |= plans.note_escalated(tx, milestone.id, now)
        if noted:
            found.append(_place_of(tx, plans.topic_of(tx.connection, milestone.plan_id)))
    return found


def _lost(tx: UnitOfWork, completion_id: int) -> int:
    completions.lose(tx, completion_id)
    found = completions.find(tx.connection, completion_id)
    assert found
    return _place_of(tx, found.topic_id)


def _place_of(tx: UnitOfWork, topic_id: int) -> int:
    topic = topics.topic_by_id(tx.connection, topic_id)
    assert topic
    return topic.community_id
