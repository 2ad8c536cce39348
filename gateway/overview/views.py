"""Read-only: the township's view over its communities, with counts alone, and who is missing in one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from gateway.meetings import views as meetings
from gateway.meetings.model import Came
from gateway.messaging import contacts
from gateway.overview.model import Missing, Person, Unheard, Voices, count_missing, protect
from gateway.panels import views as panels
from gateway.panels.model import age_band
from gateway.polls import views as polls
from gateway.polls.model import PollState
from gateway.roll import views as roll
from gateway.roll.model import Community, Elector, StopKind
from gateway.topics import views as topics
from gateway.topics.hotspots import HotSpot, find_hot_spots

USUAL_SPAN = timedelta(days=365)
HOT_SPAN = timedelta(days=30)
MOST_SPOTS = 10


@dataclass(frozen=True)
class Standing:
    """How one community does, in counts that its own pages show too."""

    community: Community
    topics: Mapping[str, int]
    overdue: int
    open_polls: int
    closed_polls: int
    meetings: int


@dataclass(frozen=True)
class Overview:
    """All communities of a township, who is missing in each, and what many people in them spoke of of late."""

    standings: Sequence[tuple[Standing, Missing]]
    hot_spots: Sequence[HotSpot]


def overview(conn: Connection, communities: Sequence[Community], at: datetime) -> Overview:
    """How these communities do, for those who are let in."""
    each = [(standing(conn, one, at), missing(conn, one, at)) for one in communities]
    return Overview(each, hot_spots(conn, communities, at))


def hot_spots(conn: Connection, communities: Sequence[Community], at: datetime) -> list[HotSpot]:
    """What many people in these communities spoke of in the last thirty days."""
    return find_hot_spots(conn, [one.id for one in communities], at - HOT_SPAN, at)[:MOST_SPOTS]


def standing(conn: Connection, community: Community, at: datetime) -> Standing:
    """How one community does."""
    return Standing(
        community=community,
        topics=topics.counts_by_stage(conn, community.id),
        overdue=len(topics.overdue(conn, at, community.id)),
        open_polls=len(polls.polls(conn, community.id, [PollState.OPEN])),
        closed_polls=len(polls.polls(conn, community.id, [PollState.CLOSED])),
        meetings=len(meetings.meetings(conn, community.id)),
    )


def missing(conn: Connection, community: Community, at: datetime, *, span: timedelta = USUAL_SPAN) -> Missing:
    """Who was not reached and did not take part in the last `span`, by age band, group, channel, last contact."""
    last = contacts.last_contacts(conn, community.id)
    channels = roll.channels(conn, community.id)
    people = [
        Person(one.resident_id, age_band(one.age), one.group, channels[one.resident_id], last.get(one.resident_id))
        for one in panels.candidates(conn, community.id, at)
    ]
    return count_missing(people, _took_part(conn, community, at - span, at), since=at - span, at=at)


def voices(conn: Connection, community: Community, at: datetime, *, span: timedelta = HOT_SPAN) -> Voices:
    """Who raised or backed something in the last `span`, by group and by what it was about."""
    by_category = topics.people_by_category(conn, community.id, at - span, at + timedelta(microseconds=1))
    behind = frozenset[int]().union(*by_category.values())
    people = [Person(one.resident_id, "", one.group, "", None) for one in roll.electorate(conn, community.id)]
    groups = protect(people, lambda one: one.group, behind, behind)
    categories = sorted(((name, len(who)) for name, who in by_category.items()), key=lambda one: (-one[1], one[0]))
    return Voices(len(behind), groups, categories)


def unheard(conn: Connection, community: Community) -> list[Elector]:
    """Everybody with a vote whom nothing has ever reached, by code."""
    last = contacts.last_contacts(conn, community.id)
    return [one for one in roll.electorate(conn, community.id) if one.resident_id not in last]


def never_reached(conn: Connection, community: Community) -> list[Unheard]:
    """The same people with their names: for the staff of that community alone."""
    return named(conn, unheard(conn, community))


def named(conn: Connection, people: Sequence[Elector]) -> list[Unheard]:
    """Some of those whom nothing has ever reached, with their names; for staff alone."""
    groups = {one.resident_id: one.group for one in people}
    return [
        Unheard(
            code=one.code,
            name=one.name,
            household=one.household,
            group=groups[one.resident_id],
            has_phone=bool(one.phones),
            stopped=one.stopped is not StopKind.NOTHING,
        )
        for one in roll.reach(conn, list(groups))
    ]


def _took_part(conn: Connection, community: Community, since: datetime, at: datetime) -> set[int]:
    """Whoever raised or backed something, voted in a poll that is over (never in one that is open), or came."""
    found = topics.people_behind(conn, community.id, since, at + timedelta(microseconds=1))
    for poll in polls.polls(conn, community.id, [PollState.CLOSED]):
        if poll.closes_at >= since:
            found |= set(polls.participants(conn, poll.number))
    for meeting in meetings.meetings(conn, community.id):
        if meeting.starts_at >= since:
            found |= {seat.resident_id for seat in meetings.seats(conn, meeting.number) if seat.came is not Came.NO}
    return found
