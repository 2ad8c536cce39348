"""Today: what waits for a member of staff in one community, on one page; before it, the choice of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response as Redirect

from gateway.messaging import views as messaging
from gateway.messaging.model import Progress
from gateway.polls import views as polls
from gateway.polls.model import Poll, PollState, Turnout
from gateway.roll import views as roll
from gateway.roll.model import Community
from gateway.staff import views as accounts
from gateway.staff.model import Release
from gateway.topics import views as topics
from gateway.topics.model import Stage, Topic
from gateway.web.console.duties import needs
from gateway.web.console.guard import here, signed_in
from gateway.web.pages.surroundings import this_gateway

MOST_BROADCASTS = 4

blueprint = Blueprint("today", __name__)


@dataclass(frozen=True)
class Today:
    """What waits: texts nobody understood, topics to screen, polls under way, broadcasts going out."""

    waiting: int
    to_screen: Sequence[Topic]
    open_polls: Sequence[tuple[Poll, Turnout]]
    sending: Sequence[Progress]
    releases: Sequence[Release]


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
        found = read_today(conn, here())
    return render_template("console/today.html", today=found, now=gateway.ports.clock.now())


def read_today(conn: Connection, community: Community) -> Today:
    """Everything that waits in `community`."""
    running = polls.polls(conn, community.id, [PollState.OPEN, PollState.CLOSING])
    going = [one for one in messaging.broadcasts(conn, community.id) if not messaging.is_over(one.state)]
    return Today(
        waiting=len(messaging.waiting(conn, community.id)),
        to_screen=topics.topics(conn, community.id, Stage.RAISED),
        open_polls=[(poll, polls.turnout(conn, poll.number)) for poll in running],
        sending=[messaging.progress(conn, one.id) for one in going[:MOST_BROADCASTS]],
        releases=accounts.waiting_releases(conn, community.id),
    )
