"""The tables of meetings and the queries on them. No other room touches these tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    Row,
    String,
    Table,
    Text,
    delete,
    false,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection

from gateway.kernel.db import Id, Moment, UnitOfWork, metadata
from gateway.meetings.model import (
    Adoption,
    Came,
    Floor,
    Meeting,
    MeetingDraft,
    MeetingState,
    Reply,
    Seat,
    Statement,
    StrawPoll,
)

meeting = Table(
    "meeting",
    metadata,
    Column("id", Id, primary_key=True),
    Column("community_id", ForeignKey("community.id"), nullable=False, index=True),
    Column("panel_id", ForeignKey("panel.id")),
    Column("title", String(30), nullable=False),
    Column("place", String(20), nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("state", String(10), nullable=False),
    Column("minutes", Text, nullable=False, default=""),
    Column("summary", Text, nullable=False, default=""),
    Column("adoption", String(10)),
    Column("resolution", Text, nullable=False, default=""),
    Column("poll_id", ForeignKey("poll.id")),
)

meeting_topic = Table(
    "meeting_topic",
    metadata,
    Column("meeting_id", ForeignKey("meeting.id"), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("topic_id", ForeignKey("topic.id"), nullable=False, index=True),
)

meeting_seat = Table(
    "meeting_seat",
    metadata,
    Column("meeting_id", ForeignKey("meeting.id"), primary_key=True),
    Column("resident_id", ForeignKey("resident.id"), primary_key=True, index=True),
    Column("reply", String(4), nullable=False, default=Reply.NONE),
    Column("came", String(10), nullable=False, default=Came.NO),
    Column("floor", String(10), nullable=False, default=Floor.LISTENING),
    Column("call", String(64), nullable=False, default=""),
    Column("asked_at", Moment),
    Column("reminded", Boolean, nullable=False, default=False),
)

statement = Table(
    "statement",
    metadata,
    Column("id", Id, primary_key=True),
    Column("meeting_id", ForeignKey("meeting.id"), nullable=False, index=True),
    Column("resident_id", ForeignKey("resident.id"), nullable=False),
    Column("words", Text, nullable=False),
    Column("recording_id", Id),
    Column("admitted", Boolean),
    Column("said_at", Moment, nullable=False),
    # It was entered on somebody's behalf who did not want it.
    Column("withdrawn", Boolean, nullable=False, default=False, server_default=false()),
)

straw_poll = Table(
    "straw_poll",
    metadata,
    Column("id", Id, primary_key=True),
    Column("meeting_id", ForeignKey("meeting.id"), nullable=False, index=True),
    Column("question", String(60), nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("yes", Integer, nullable=False, default=0),
    Column("no", Integer, nullable=False, default=0),
)

# Emptied when the show of hands is over: only the counts stay.
straw_hand = Table(
    "straw_hand",
    metadata,
    Column("straw_id", ForeignKey("straw_poll.id"), primary_key=True),
    Column("resident_id", ForeignKey("resident.id"), primary_key=True),
    Column("yes", Boolean, nullable=False),
)


# --- the meeting -------------------------------------------------------------------------------------------------


def insert_meeting(tx: UnitOfWork, draft: MeetingDraft) -> int:
    """Write a planned meeting with its agenda; returns its number."""
    values = {
        "community_id": draft.community_id,
        "panel_id": draft.panel,
        "title": draft.title.strip(),
        "place": draft.place.strip(),
        "starts_at": draft.starts_at,
        "state": MeetingState.PLANNED,
    }
    key: int = tx.execute(insert(meeting).values(values).returning(meeting.c.id)).scalar_one()
    rows = [{"meeting_id": key, "place": place, "topic_id": topic} for place, topic in enumerate(draft.topics, 1)]
    if rows:
        tx.execute(insert(meeting_topic), rows)
    return key


def find_meeting(conn: Connection, number: int, *, lock: bool = False) -> Meeting | None:
    """The meeting with that number; `lock` lets nobody else change it until the transaction ends."""
    query = select(meeting).where(meeting.c.id == number)
    row = conn.execute(query.with_for_update() if lock else query).first()
    return _to_meeting(conn, row) if row else None


def find_meetings(conn: Connection, community_id: int | None, states: Sequence[MeetingState] | None) -> list[Meeting]:
    """Meetings by their beginning: all or of one community, in any or some states."""
    query = select(meeting).order_by(meeting.c.starts_at, meeting.c.id)
    if community_id is not None:
        query = query.where(meeting.c.community_id == community_id)
    if states is not None:
        query = query.where(meeting.c.state.in_(list(states)))
    return [_to_meeting(conn, row) for row in conn.execute(query)]


def find_by_topic(conn: Connection, topic_id: int) -> list[int]:
    """The numbers of the meetings that have a topic on their agenda."""
    query = select(meeting_topic.c.meeting_id).where(meeting_topic.c.topic_id == topic_id)
    return list(conn.execute(query.order_by(meeting_topic.c.meeting_id)).scalars())


def change_meeting(tx: UnitOfWork, number: int, before: Sequence[MeetingState], **values: Any) -> bool:
    """Change a meeting that still is in one of `before`: False when somebody else was first."""
    here = (meeting.c.id == number) & meeting.c.state.in_(list(before))
    return tx.changes_one(update(meeting).where(here).values(**values))


def _to_meeting(conn: Connection, row: Row[Any]) -> Meeting:
    agenda = select(meeting_topic.c.topic_id).where(meeting_topic.c.meeting_id == row.id)
    return Meeting(
        number=row.id,
        community_id=row.community_id,
        title=row.title,
        place=row.place,
        starts_at=row.starts_at,
        state=MeetingState(row.state),
        topics=tuple(conn.execute(agenda.order_by(meeting_topic.c.place)).scalars()),
        panel=row.panel_id,
        minutes=row.minutes,
        summary=row.summary,
        adoption=Adoption(row.adoption) if row.adoption else None,
        resolution=row.resolution,
        poll=row.poll_id,
    )


# --- who takes part ----------------------------------------------------------------------------------------------


def seat_people(tx: UnitOfWork, number: int, resident_ids: Iterable[int]) -> list[int]:
    """Give people a seat who have none yet; returns those, in the given order."""
    known = set(tx.execute(select(meeting_seat.c.resident_id).where(meeting_seat.c.meeting_id == number)).scalars())
    new = [person for person in dict.fromkeys(resident_ids) if person not in known]
    if new:
        tx.execute(insert(meeting_seat), [{"meeting_id": number, "resident_id": person} for person in new])
    return new


def find_seat(conn: Connection, number: int, resident_id: int) -> Seat | None:
    """A person's seat."""
    row = conn.execute(select(meeting_seat).where(_seat(number, resident_id))).first()
    return _to_seat(row) if row else None


def find_seats(conn: Connection, number: int) -> list[Seat]:
    """All seats of a meeting; who has asked for the floor comes first, in the order of asking."""
    query = select(meeting_seat).where(meeting_seat.c.meeting_id == number)
    order = (meeting_seat.c.asked_at.is_(None), meeting_seat.c.asked_at, meeting_seat.c.resident_id)
    return [_to_seat(row) for row in conn.execute(query.order_by(*order))]


def find_seat_of_call(conn: Connection, numbers: Sequence[int], call: str) -> Seat | None:
    """The seat in one of some meetings of whoever listens by that call."""
    if not numbers:
        return None
    here = meeting_seat.c.meeting_id.in_(numbers) & (meeting_seat.c.call == call)
    row = conn.execute(select(meeting_seat).where(here)).first()
    return _to_seat(row) if row else None


def find_waiting(conn: Connection, resident_id: int, at: datetime) -> list[int]:
    """The planned meetings to which a person was invited and has not replied, the next first."""
    joined = meeting_seat.join(meeting, meeting.c.id == meeting_seat.c.meeting_id)
    waits = (meeting_seat.c.resident_id == resident_id) & (meeting_seat.c.reply == Reply.NONE)
    ahead = (meeting.c.state == MeetingState.PLANNED) & (meeting.c.starts_at > at)
    return list(
        conn.execute(
            select(meeting.c.id).select_from(joined).where(waits & ahead).order_by(meeting.c.starts_at)
        ).scalars()
    )


def change_seat(tx: UnitOfWork, number: int, resident_id: int, **values: Any) -> bool:
    """Change a person's seat; False when they have none."""
    return tx.changes_one(update(meeting_seat).where(_seat(number, resident_id)).values(**values))


def change_reply(tx: UnitOfWork, number: int, resident_id: int, before: Reply, after: Reply) -> bool:
    """Change a reply, if it still is `before`: False when the person has said something else since."""
    here = _seat(number, resident_id) & (meeting_seat.c.reply == before)
    return tx.changes_one(update(meeting_seat).where(here).values(reply=after))


def move_floor(
    tx: UnitOfWork, number: int, resident_id: int, before: Floor, after: Floor, *, asked_at: datetime | None = None
) -> bool:
    """Change who may be heard, if it still is `before`: False when somebody else was first."""
    here = _seat(number, resident_id) & (meeting_seat.c.floor == before)
    return tx.changes_one(update(meeting_seat).where(here).values(floor=after, asked_at=asked_at))


def to_remind(tx: UnitOfWork, number: int) -> list[int]:
    """Who said yes and was not reminded; they are marked as reminded."""
    here = (
        (meeting_seat.c.meeting_id == number) & (meeting_seat.c.reply == Reply.YES) & meeting_seat.c.reminded.is_(False)
    )
    taken = update(meeting_seat).where(here).values(reminded=True).returning(meeting_seat.c.resident_id)
    return sorted(tx.execute(taken).scalars())


def _seat(number: int, resident_id: int) -> Any:
    return (meeting_seat.c.meeting_id == number) & (meeting_seat.c.resident_id == resident_id)


def _to_seat(row: Row[Any]) -> Seat:
    return Seat(
        meeting=row.meeting_id,
        resident_id=row.resident_id,
        reply=Reply(row.reply),
        came=Came(row.came),
        floor=Floor(row.floor),
        call=row.call,
        asked_at=row.asked_at,
    )


# --- what is said ------------------------------------------------------------------------------------------------


def insert_statement(
    tx: UnitOfWork, number: int, resident_id: int, words: str, *, recording_id: int | None, at: datetime
) -> int:
    """Write what somebody said for the record; returns its id."""
    values = {
        "meeting_id": number,
        "resident_id": resident_id,
        "words": words,
        "recording_id": recording_id,
        "said_at": at,
    }
    key: int = tx.execute(insert(statement).values(values).returning(statement.c.id)).scalar_one()
    return key


def find_statements(conn: Connection, number: int) -> list[Statement]:
    """What was said for the record of a meeting and not withdrawn, in its order."""
    here = (statement.c.meeting_id == number) & statement.c.withdrawn.is_(False)
    query = select(statement).where(here).order_by(statement.c.id)
    return [_to_statement(row) for row in conn.execute(query)]


def find_statement(conn: Connection, statement_id: int) -> Statement | None:
    """The statement with that id, also one that was withdrawn."""
    row = conn.execute(select(statement).where(statement.c.id == statement_id)).first()
    return _to_statement(row) if row else None


def meeting_of_statement(conn: Connection, statement_id: int, *, withdrawn: bool = False) -> int | None:
    """The meeting of the statement with that id; None when there is none, or it was withdrawn unless those count."""
    here = statement.c.id == statement_id
    if not withdrawn:
        here &= statement.c.withdrawn.is_(False)
    return conn.execute(select(statement.c.meeting_id).where(here)).scalar_one_or_none()


def withdraw_statement(tx: UnitOfWork, statement_id: int) -> bool:
    """Take a statement back and forget its words; False when that was done before."""
    here = (statement.c.id == statement_id) & statement.c.withdrawn.is_(False)
    return tx.changes_one(update(statement).where(here).values(withdrawn=True, words="", admitted=False))


def judge_statement(tx: UnitOfWork, statement_id: int, admitted: bool) -> bool:
    """Admit a statement to the minutes or leave it out; False when that was decided before or there is none."""
    here = (statement.c.id == statement_id) & statement.c.admitted.is_(None)
    return tx.changes_one(update(statement).where(here).values(admitted=admitted))


def _to_statement(row: Row[Any]) -> Statement:
    return Statement(
        id=row.id,
        meeting=row.meeting_id,
        resident_id=row.resident_id,
        words=row.words,
        recording_id=row.recording_id,
        admitted=row.admitted,
        said_at=row.said_at,
    )


# --- shows of hands ----------------------------------------------------------------------------------------------


def insert_straw(tx: UnitOfWork, number: int, question: str) -> int:
    """Write an open show of hands; returns its id."""
    values = {"meeting_id": number, "question": question, "is_open": True}
    key: int = tx.execute(insert(straw_poll).values(values).returning(straw_poll.c.id)).scalar_one()
    return key


def find_straw(conn: Connection, straw_id: int, *, lock: bool = False) -> StrawPoll | None:
    """The show of hands with that id."""
    query = select(straw_poll).where(straw_poll.c.id == straw_id)
    row = conn.execute(query.with_for_update() if lock else query).first()
    return _to_straw(row) if row else None


def find_straws(conn: Connection, number: int) -> list[StrawPoll]:
    """A meeting's shows of hands, in their order."""
    query = select(straw_poll).where(straw_poll.c.meeting_id == number).order_by(straw_poll.c.id)
    return [_to_straw(row) for row in conn.execute(query)]


def put_hand(tx: UnitOfWork, straw_id: int, resident_id: int, yes: bool) -> None:
    """Keep a person's hand in place of an earlier one."""
    here = (straw_hand.c.straw_id == straw_id) & (straw_hand.c.resident_id == resident_id)
    if not tx.changes_one(update(straw_hand).where(here).values(yes=yes)):
        tx.execute(insert(straw_hand).values(straw_id=straw_id, resident_id=resident_id, yes=yes))


def close_straw(tx: UnitOfWork, straw_id: int) -> bool:
    """Count the hands, then forget whose they were; False when that was done before."""
    counts = {
        bool(row.yes): row.hands
        for row in tx.execute(
            select(straw_hand.c.yes, func.count().label("hands"))
            .where(straw_hand.c.straw_id == straw_id)
            .group_by(straw_hand.c.yes)
        )
    }
    here = (straw_poll.c.id == straw_id) & straw_poll.c.is_open.is_(True)
    values = {"is_open": False, "yes": counts.get(True, 0), "no": counts.get(False, 0)}
    closed = tx.changes_one(update(straw_poll).where(here).values(values))
    if closed:
        tx.execute(delete(straw_hand).where(straw_hand.c.straw_id == straw_id))
    return closed


def _to_straw(row: Row[Any]) -> StrawPoll:
    return StrawPoll(row.id, row.meeting_id, row.question, row.is_open, row.yes, row.no)


def statements_of(conn: Connection, resident_id: int) -> list[tuple[int, int, int | None]]:
    """What a person said for the record: number, meeting, and the recording if it is one."""
    rows = conn.execute(select(statement).where(statement.c.resident_id == resident_id))
    return [(row.id, row.meeting_id, row.recording_id) for row in rows]


def blank_resident(tx: UnitOfWork, resident_id: int) -> None:
    """Forget what a person said, and by which calls they listened; seats and counts stay."""
    said = update(statement).where(statement.c.resident_id == resident_id)
    tx.execute(said.values(words="", recording_id=None))
    tx.execute(update(meeting_seat).where(meeting_seat.c.resident_id == resident_id).values(call=""))
    tx.execute(delete(straw_hand).where(straw_hand.c.resident_id == resident_id))


def recordings_before(conn: Connection, before: datetime, unwritten_before: datetime) -> list[int]:
    """The recordings of statements at meetings that are over and began before a moment, another one without minutes."""
    joined = statement.join(meeting, meeting.c.id == statement.c.meeting_id)
    over = meeting.c.state.in_([MeetingState.CLOSED, MeetingState.CANCELLED])
    written = (meeting.c.minutes != "") & (meeting.c.starts_at < before)
    old = over & (written | (meeting.c.starts_at < unwritten_before))
    spoken = select(statement.c.recording_id).select_from(joined).where(statement.c.recording_id.is_not(None), old)
    return list(conn.execute(spoken).scalars())


def let_recordings_go(tx: UnitOfWork, recording_ids: Sequence[int]) -> None:
    """Forget the recordings of statements."""
    tx.execute(update(statement).where(statement.c.recording_id.in_(recording_ids)).values(recording_id=None))
