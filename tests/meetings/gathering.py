"""A village with an accepted topic and a meeting about it, for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from gateway.kernel.db import UnitOfWork
from gateway.kernel.ports import Ports
from gateway.meetings import actions, views
from gateway.meetings.model import Meeting, MeetingDraft
from gateway.topics import actions as topics
from gateway.topics.model import Topic
from gateway.wording.catalogue import Wording
from tests.polls.village import Village


def work(ports: Ports, act: Callable[[UnitOfWork], Any]) -> Any:
    """Do one thing and commit."""
    with ports.db.work() as tx:
        done = act(tx)
        tx.commit()
    return done


def an_accepted_topic(ports: Ports, village: Village, wording: Wording, *, backed_by: int = 2) -> Topic:
    """A topic of the first person, backed by the next ones."""
    now = ports.clock.now()

    def make(tx: UnitOfWork) -> Topic:
        made = topics.raise_topic(tx, village.id, village.people[0], "村口的桥栏杆松了", at=now)
        topics.screen(tx, made.number, True, "", at=now, wording=wording)
        for person in village.people[1 : 1 + backed_by]:
            topics.support(tx, made.id, person, at=now)
        return made

    made: Topic = work(ports, make)
    return made


def a_meeting(ports: Ports, village: Village, **terms: Any) -> int:
    """A meeting in two days."""
    values: dict[str, Any] = {
        "community_id": village.id,
        "title": "村口的桥怎样修",
        "place": "祠堂",
        "starts_at": ports.clock.now() + timedelta(days=2),
    }
    number: int = work(ports, lambda tx: actions.plan_meeting(tx, MeetingDraft(**values | terms), at=ports.clock.now()))
    return number


def stands(ports: Ports, number: int) -> Meeting:
    """The meeting as it stands."""
    with ports.db.read() as conn:
        return views.meeting(conn, number)
