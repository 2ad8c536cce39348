"""From an audience to people. A room whose people can be meant adds one line to `PEOPLE_OF`.

Nobody is ever meant by how they voted: of a poll only those who took part are known here, and only once it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.engine import Connection

from gateway.kernel.errors import InputError, NotFound, RuleError
from gateway.meetings import views as meetings
from gateway.meetings.model import Reply
from gateway.notices.model import Audience
from gateway.panels import views as panels
from gateway.polls import views as polls
from gateway.polls.model import PollState
from gateway.roll import audience as roll_audience
from gateway.roll.model import Community
from gateway.topics import views as topics

# The ids of the people who had a part in the thing of that number in that community. Raises NotFound.
PeopleOf = Callable[[Connection, Community, str], Sequence[int]]


def people_of_topic(conn: Connection, community: Community, number: str) -> Sequence[int]:
    """The author and the supporters of a topic. NotFound("topic_unknown")."""
    found = topics.topic(conn, number, community.id)
    if found is None:
        raise NotFound("topic_unknown")
    return topics.followers(conn, found.id)


def people_of_poll(conn: Connection, community: Community, number: str) -> Sequence[int]:
    """Who took part in a poll that is over. NotFound("poll_unknown"), RuleError("audience_poll_running").

    Before the end nobody learns who has voted. Whoever does not want messages is left out like from any other.
    """
    poll = polls.poll(conn, int(number)) if number.isascii() and number.isdigit() else None
    if poll is None or poll.community_id != community.id:
        raise NotFound("poll_unknown", poll=number)
    if poll.state not in (PollState.CLOSED, PollState.VOID):
        raise RuleError("audience_poll_running", poll=poll.number)
    return polls.participants(conn, poll.number)


def people_of_panel(conn: Connection, community: Community, number: str) -> Sequence[int]:
    """Who sits on a panel. NotFound("panel_unknown")."""
    if (
        not (number.isascii() and number.isdigit())
        or panels.panel(conn, int(number)).draft.community_id != community.id
    ):
        raise NotFound("panel_unknown", panel=number)
    return panels.members(conn, int(number))


def people_of_meeting(conn: Connection, community: Community, number: str) -> Sequence[int]:
    """Who was invited to a meeting or came, without those who declined. NotFound("meeting_unknown")."""
    known = number.isascii() and number.isdigit()
    if not known or meetings.meeting(conn, int(number)).community_id != community.id:
        raise NotFound("meeting_unknown", meeting=number)
    return [seat.resident_id for seat in meetings.seats(conn, int(number)) if seat.reply is not Reply.NO]


PEOPLE_OF: Mapping[str, PeopleOf] = {
    "topic": people_of_topic,
    "poll": people_of_poll,
    "panel": people_of_panel,
    "meeting": people_of_meeting,
}


def resolve(conn: Connection, community: Community, audience: Audience) -> list[int]:
    """The ids of whom `audience` means in `community`, each once, as the roll stands now.

    InputError("audience_part_unreadable", "audience_group_unknown", "audience_household_unknown"), and what the parts
    raise.
    """
    _check_names(conn, community, audience)
    people = roll_audience.people_of(
        conn,
        community.id,
        groups=audience.groups,
        households=audience.households,
        language=audience.language,
        channel=audience.channel,
    )
    if not audience.parts:
        return people
    chosen = {resident_id for part in audience.parts for resident_id in _people_of(conn, community, part)}
    return [resident_id for resident_id in people if resident_id in chosen]


def _people_of(conn: Connection, community: Community, part: str) -> Sequence[int]:
    kind, _, number = part.partition(":")
    if kind not in PEOPLE_OF or not number:
        raise InputError("audience_part_unreadable", kinds=", ".join(sorted(PEOPLE_OF)))
    return PEOPLE_OF[kind](conn, community, number)


def _check_names(conn: Connection, community: Community, audience: Audience) -> None:
    """A slip in a name would otherwise reach nobody, and nobody would notice."""
    if not audience.groups and not audience.households:
        return
    below = [one.id for one in roll_audience.with_children(conn, community)]
    groups, households = roll_audience.names_in_use(conn, below)
    for name in audience.groups:
        if name not in groups:
            raise InputError("audience_group_unknown", name=name)
    for name in audience.households:
        if name not in households:
            raise InputError("audience_household_unknown", name=name)
