"""Alarms: whoever answers for a promise, and the clerk, hear that it is due soon or overdue; what stays so goes up.

`sound_due` is the clock's: each promise in a transaction of its own, once for each light; it may run twice at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.followup.desk import clerks_with_telephones, put_on_list
from gateway.followup.model import DUE_SOON, Bearer, Light, Milestone
from gateway.followup.store import plans
from gateway.followup.telling import Said, days, in_language, tell
from gateway.kernel.db import UnitOfWork
from gateway.kernel.ports import Ports
from gateway.record import actions as record
from gateway.record.model import Value, moment_text
from gateway.roll import views as roll
from gateway.roll.model import Community
from gateway.topics import views as topics
from gateway.topics.model import Topic
from gateway.wording.catalogue import Wording

ALARM = "promise_alarm"


@dataclass(frozen=True)
class _Alarm:
    """One promise that presses, and what its alarm is sounded with."""

    topic: Topic
    milestone: Milestone
    ports: Ports
    wording: Wording
    now: datetime

    @property
    def entry(self) -> dict[str, Value]:
        return {"milestone": self.milestone.number, "due": moment_text(self.milestone.due_at)}


def sound_due(ports: Ports, *, wording: Wording) -> int:
    """Sound every alarm that is due and was not sounded; returns how many. Own transactions."""
    now = ports.clock.now()
    with ports.db.read() as conn:
        pressing = plans.find_open(conn, now + DUE_SOON)
    due = [one for one in pressing if one.light(now) != one.alarmed or one.goes_up(now)]
    return sum(_sound(ports, one, now, wording) for one in due)


def _sound(ports: Ports, milestone: Milestone, now: datetime, wording: Wording) -> bool:
    with ports.db.work() as tx:
        topic = topics.topic_by_id(tx.connection, plans.topic_of(tx.connection, milestone.plan_id))
        assert topic
        alarm = _Alarm(topic, milestone, ports, wording, now)
        sounded = [_remind(tx, alarm), _escalate(tx, alarm)]
        tx.commit()
    return any(sounded)


def _remind(tx: UnitOfWork, alarm: _Alarm) -> bool:
    """Whoever answers for it, and the clerk."""
    milestone, light = alarm.milestone, alarm.milestone.light(alarm.now)
    if light == milestone.alarmed or not plans.note_alarm(tx, milestone.id, milestone.alarmed, light):
        return False
    place = roll.community(tx.connection, alarm.topic.community_id)
    _tell(tx, alarm, f"alarm_{light}", [*_bearer(milestone), *clerks_with_telephones(tx.connection, place.id)], place)
    _to_desk(tx, alarm, f"alarm_{light}", place, place)
    if light is Light.RED:
        record.append(tx, "plan.overdue", f"topic:{alarm.topic.number}", alarm.entry, at=alarm.now)
    return True


def _escalate(tx: UnitOfWork, alarm: _Alarm) -> bool:
    """The community above hears of it: on its clerk's list, and by telephone. Where there is none above, nothing."""
    milestone, place = alarm.milestone, roll.community(tx.connection, alarm.topic.community_id)
    up = milestone.goes_up(alarm.now) and plans.note_escalated(tx, milestone.id, alarm.now)
    if not up or place.parent_id is None:
        return False
    above = roll.community(tx.connection, place.parent_id)
    _tell(tx, alarm, "escalated", clerks_with_telephones(tx.connection, above.id), place)
    _to_desk(tx, alarm, "escalated", place, above)
    record.append(tx, "plan.escalated", f"topic:{alarm.topic.number}", alarm.entry, at=alarm.now)
    return True


def _bearer(milestone: Milestone) -> list[int]:
    guest = milestone.responsible.guest_id
    return [guest] if milestone.responsible.kind is Bearer.GUEST and guest is not None else []


def _tell(tx: UnitOfWork, alarm: _Alarm, key: str, people: list[int], place: Community) -> None:
    due = days(alarm.wording, alarm.milestone.due_at, place.timezone)
    said: dict[str, Said] = {"words": alarm.milestone.words, "due": due}
    tell(tx, alarm.topic, ALARM, key, list(dict.fromkeys(people)), at=alarm.now, wording=alarm.wording, said=said)


def _to_desk(tx: UnitOfWork, alarm: _Alarm, key: str, place: Community, desk: Community) -> None:
    milestone, wording, language = alarm.milestone, alarm.wording, desk.languages[0]
    words = wording.say(
        f"followup_news.desk.{key}",
        language,
        village=place.name,
        topic=alarm.topic.number,
        step=milestone.number,
        words=str(in_language(milestone.words, language)),
        due=days(wording, milestone.due_at, place.timezone)[wording.language_for(language)],
    )
    put_on_list(tx, alarm.ports, desk.id, f"{key}:{milestone.id}:{milestone.due_at.isoformat()}", words, at=alarm.now)
