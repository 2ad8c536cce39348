"""Follow-up: what was promised and is overdue, due soon or on its way, what has no plan yet, complaints that wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from flask import Blueprint, render_template
from sqlalchemy.engine import Connection

from gateway.followup import views
from gateway.followup.model import Light
from gateway.followup.views import Promise
from gateway.topics import views as topics
from gateway.topics.model import Stage, Topic
from gateway.web.console.duties import needs
from gateway.web.console.guard import here
from gateway.web.pages.surroundings import this_gateway

# The lights of what is still to be done, the most pressing first.
OPEN = (Light.RED, Light.YELLOW, Light.BLUE)
MOST_WITHOUT_PLAN = 10
LOOKED_THROUGH = 60
MOST_ROWS = 100

blueprint = Blueprint("promises", __name__, url_prefix="/c/<code>/follow-up")


@blueprint.get("")
@needs(None)
def promises() -> str:
    """Every promise that is not over, the longest overdue first, and what nothing was promised about yet."""
    now = this_gateway().ports.clock.now()
    with this_gateway().db.read() as conn:
        found = views.promises(conn, here().id, now)
        without = _without_plan(conn, found)
        waiting = len(views.complaints(conn, [here().id], waiting=True))
    lights = Counter(one.light for one in found)
    groups = [(light, [one for one in found if one.light is light][:MOST_ROWS]) for light in OPEN]
    return render_template("console/promises.html", groups=groups, lights=lights, without=without, complaints=waiting)


def _without_plan(conn: Connection, found: Sequence[Promise]) -> list[Topic]:
    """Topics under way, then accepted ones, about which nothing was promised; newest first."""
    planned = {one.topic.id for one in found}
    stages = (Stage.IN_PROGRESS, Stage.ACCEPTED)
    looked = [one for stage in stages for one in topics.some_topics(conn, here().id, stage, most=LOOKED_THROUGH)]
    return [one for one in looked if one.id not in planned][:MOST_WITHOUT_PLAN]
