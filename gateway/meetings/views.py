"""Read-only queries on meetings for answers, pages, commands and jobs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from gateway.kernel.errors import NotFound
from gateway.meetings import store
from gateway.meetings.model import REMIND_BEFORE, Floor, FloorNow, Meeting, MeetingState, Seat, Statement, StrawPoll


def meeting(conn: Connection, number: int) -> Meeting:
    """The meeting with that number; NotFound("meeting_unknown")."""
    found = store.find_meeting(conn, number)
    if found is None:
        raise NotFound("meeting_unknown", meeting=number)
    return found


def meetings(
    conn: Connection, community_id: int | None = None, states: Sequence[MeetingState] | None = None
) -> list[Meeting]:
    """Meetings by their beginning: all or of one community, in any or some states."""
    return store.find_meetings(conn, community_id, states)


def meetings_about(conn: Connection, topic_id: int) -> list[int]:
    """The numbers of the meetings that have a topic on their agenda."""
    return store.find_by_topic(conn, topic_id)


def taking_calls(conn: Connection, community_id: int, at: datetime) -> list[Meeting]:
    """The meetings of a community into which a caller is let now."""
    states = [MeetingState.PLANNED, MeetingState.OPEN]
    return [one for one in store.find_meetings(conn, community_id, states) if one.takes_calls(at)]


def invitations(conn: Connection, resident_id: int, at: datetime) -> list[int]:
    """The meetings to which a person was invited and has not replied."""
    return store.find_waiting(conn, resident_id, at)


def to_remind_of(conn: Connection, at: datetime) -> list[int]:
    """The planned meetings that begin within a day."""
    planned = store.find_meetings(conn, None, [MeetingState.PLANNED])
    return [one.number for one in planned if one.starts_at - REMIND_BEFORE <= at < one.starts_at]


def seats(conn: Connection, number: int) -> list[Seat]:
    """Everybody's part in a meeting; who has asked for the floor comes first, in the order of asking."""
    return store.find_seats(conn, number)


def floor_now(conn: Connection, number: int) -> FloorNow:
    """What the moderator of a meeting needs to see."""
    found = store.find_seats(conn, number)
    return FloorNow(
        speaking=tuple(seat for seat in found if seat.floor is Floor.SPEAKING),
        asking=tuple(seat for seat in found if seat.floor is Floor.ASKED),
        straw=open_straw(conn, number),
        waiting_statements=sum(one.admitted is None for one in store.find_statements(conn, number)),
    )


def next_meeting(conn: Connection, community_id: int, at: datetime) -> Meeting | None:
    """The meeting that is under way, else the next one to which anybody was invited."""
    for one in store.find_meetings(conn, community_id, [MeetingState.OPEN, MeetingState.PLANNED]):
        ahead = one.state is MeetingState.OPEN or one.starts_at > at
        if ahead and store.find_seats(conn, one.number):
            return one
    return None


def last_minutes(conn: Connection, community_id: int) -> Meeting | None:
    """The last meeting whose minutes are published."""
    closed = [one for one in store.find_meetings(conn, community_id, [MeetingState.CLOSED]) if one.summary]
    return closed[-1] if closed else None


def seat_of_call(conn: Connection, community_id: int, call: str, at: datetime) -> Seat | None:
    """The seat of whoever listens to a meeting of a community by that call, while one takes calls."""
    return store.find_seat_of_call(conn, [one.number for one in taking_calls(conn, community_id, at)], call)


def seat(conn: Connection, number: int, resident_id: int) -> Seat | None:
    """One person's part in a meeting."""
    return store.find_seat(conn, number, resident_id)


def statements(conn: Connection, number: int) -> list[Statement]:
    """What was said for the record, in its order."""
    return store.find_statements(conn, number)


def statement(conn: Connection, statement_id: int) -> Statement | None:
    """The statement with that id, also one that was withdrawn."""
    return store.find_statement(conn, statement_id)


def straws(conn: Connection, number: int) -> list[StrawPoll]:
    """The shows of hands, in their order."""
    return store.find_straws(conn, number)


def open_straw(conn: Connection, number: int) -> StrawPoll | None:
    """The show of hands that is open now."""
    return next((straw for straw in store.find_straws(conn, number) if straw.is_open), None)
