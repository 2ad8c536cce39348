"""Whose matter is it? The community that an entry of the record is about, by its subject (`topic:13`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sqlalchemy.engine import Connection

from gateway.delegates import views as delegates
from gateway.delegates.model import ReceptionDay
from gateway.followup import views as followup
from gateway.followup.complaint import Complaint
from gateway.kernel.errors import NotFound
from gateway.meetings import views as meetings
from gateway.meetings.model import Meeting
from gateway.panels import views as panels
from gateway.polls import views as polls
from gateway.polls.model import Poll
from gateway.roll import views as roll
from gateway.topics import views as topics
from gateway.topics.model import Topic
from gateway.township import views as township
from gateway.township.model import Consultation

_NUMBERED = re.compile(r"(topic|poll|panel|meeting|complaint|reception|consultation):([0-9]{1,12})")
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
    if kind in _BY_CHECK_DIGIT:
        found = _BY_CHECK_DIGIT[kind](conn, number)
        return found.community_id if found else None
    if kind == "panel":
        return panels.panel(conn, int(number)).draft.community_id
    return _BY_NUMBER[kind](conn, int(number)).community_id


_BY_CHECK_DIGIT: Mapping[str, Callable[[Connection, str], Topic | Complaint | None]] = {
    "topic": topics.topic,
    "complaint": followup.complaint,
}
_BY_NUMBER: Mapping[str, Callable[[Connection, int], Poll | Meeting | ReceptionDay | Consultation]] = {
    "poll": polls.poll,
    "meeting": meetings.meeting,
    "reception": delegates.reception_day,
    "consultation": township.consultation,
}
