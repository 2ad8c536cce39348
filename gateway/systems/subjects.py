"""Whose matter is it? The community that an entry of the record is about, by its subject (`topic:13`)."""

from __future__ import annotations

import re

from sqlalchemy.engine import Connection

from gateway.kernel.errors import NotFound
from gateway.meetings import views as meetings
from gateway.panels import views as panels
from gateway.polls import views as polls
from gateway.roll import views as roll
from gateway.topics import views as topics

_NUMBERED = re.compile(r"(topic|poll|panel|meeting):([0-9]{1,12})")
_COMMUNITY = re.compile(r"community:([a-z0-9-]{1,40})")


def community_of(conn: Connection, subject: str) -> int | None:
    """The id of the community that `subject` belongs to; None where it belongs to none, or is not there any more."""
    named, numbered = _COMMUNITY.fullmatch(subject), _NUMBERED.fullmatch(subject)
    try:
        if named:
            return roll.community_by_code(conn, named[1]).id
        return _of(conn, numbered[1], numbered[2]) if numbered else None
    except NotFound:
        return None


def _of(conn: Connection, kind: str, number: str) -> int | None:
    if kind == "topic":
        topic = topics.topic(conn, number)
        return topic.community_id if topic else None
    if kind == "poll":
        return polls.poll(conn, int(number)).community_id
    if kind == "panel":
        return panels.panel(conn, int(number)).draft.community_id
    return meetings.meeting(conn, int(number)).community_id
