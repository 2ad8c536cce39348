"""Today: what waits for a member of staff in one community, on one page; before it, the choice of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response as Redirect

from gateway.followup import views as followup
from gateway.followup.views import Promise
from gateway.meetings import views as meetings
from gateway.meetings.model import Meeting, MeetingState
from gateway.messaging import views as messaging
from gateway.messaging.model import Broadcast, BroadcastState, Progress
from gateway.notices import views as notices
from gateway.notices.model import Notice
from gateway.polls import views as polls
from gateway.polls.model import Poll, PollState, Turnout
from gateway.roll import views as roll
from gateway.roll.model import Community
from gateway.staff import views as accounts
from gateway.staff.model import Release
from gateway.topics import views as topics
from gateway.topics.model import Question, Stage, Topic
from gateway.web.console.duties import needs
from gateway.web.console.guard import here, signed_in
from gateway.web.pages.surroundings import this_gateway

MOST_BROADCASTS = 4
MOST_TOPICS = 4
MOST_RECENT = 12
RECENT = timedelta(days=7)
# Meetings that are under way or begin within so long stand on the page.
AHEAD = (MeetingState.OPEN, MeetingState.PLANNED)
SOON = timedelta(days=3)

blueprint = Blueprint("today", __name__)


@dataclass(frozen=True)
class Today:
    """What waits: texts nobody understood, topics to screen (the first of so many), questions, a second person; what is
    overdue; polls under way; what is going out, and what of late did not reach everybody; promises overdue or due soon,
    complaints that wait, meetings of these days."""

    waiting: int
    to_screen: Sequence[Topic]
    screening: int
    overdue: Sequence[Topic]
    questions: Sequence[Question]
    large: Sequence[Notice]
    failed: Sequence[Progress]
    open_polls: Sequence[tuple[Poll, Turnout]]
    sending: Sequence[Progress]
    releases: Sequence[Release]
    late: Sequence[Promise]
    complaints: int
    meetings: Sequence[Meeting]


@blueprint.get("/")
@needs(None)
def choose() -> str | Redirect:
    """The communities of an account; straight to its own when it has one only."""
    with this_gateway().db.read() as conn:
        staff = signed_in()
        found = [one for one in roll.communities(conn) if accounts.role_in(conn, staff, one.id, one.parent_id)]
    if len(found) == 1:
        return redirect(url_for("today.today", code=found[0].code), 303)
    return render_template("console/choose.html", communities=found)


@blueprint.get("/c/<code>/")
@needs(None)
def today() -> str:
    """What waits in one community."""
    gateway = this_gateway()
    with gateway.db.read() as conn:
        found = read_today(conn, here(), gateway.ports.clock.now())
    live = request.headers.get("HX-Request") == "true"
    page = "console/today_live.html" if live else "console/today.html"
    return render_template(page, today=found, now=gateway.ports.clock.now())


def read_today(conn: Connection, community: Community, at: datetime) -> Today:
    """Everything that waits in `community`."""
    running = polls.polls(conn, community.id, [PollState.OPEN, PollState.CLOSING])
    screening = topics.counts_by_stage(conn, community.id).get(Stage.RAISED, 0)
    everything = messaging.broadcasts(conn, community.id)
    recent = [one for one in everything if one.started_at and one.started_at > at - RECENT][:MOST_RECENT]
    outlines = messaging.outlines(conn, recent).values()
    going = [one for one in everything if not messaging.is_over(one.state)]
    return Today(
        waiting=len(messaging.waiting(conn, community.id)),
        to_screen=topics.some_topics(conn, community.id, Stage.RAISED, most=MOST_TOPICS),
        screening=screening,
        overdue=topics.overdue(conn, at, community.id),
        questions=topics.waiting_questions(conn, community.id),
        large=_large(conn, going),
        failed=[one for one in outlines if one.unreached],
        open_polls=[(poll, polls.turnout(conn, poll.number)) for poll in running],
        sending=list(messaging.outlines(conn, going[:MOST_BROADCASTS]).values()),
        releases=accounts.waiting_releases(conn, community.id),
        late=followup.pressing(conn, at, [community.id]),
        complaints=len(followup.complaints(conn, [community.id], waiting=True)),
        meetings=[one for one in meetings.meetings(conn, community.id, AHEAD) if one.starts_at <= at + SOON],
    )


def _large(conn: Connection, going: Sequence[Broadcast]) -> list[Notice]:
    """Large notices that wait for a second person, the first of each series."""
    waiting = [notices.notice(conn, one.id) for one in going if one.state is BroadcastState.WAITING]
    return [one for one in waiting if one and not one.may_go and one.series == one.broadcast_id]
