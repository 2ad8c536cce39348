"""What a community's page of promises shows, gathered from plans and topics: what was promised, by when, by whom, how
it stands, and what residents said of what is called done. Few answers were withheld before they come here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.engine import Connection

from gateway.followup import views as followup
from gateway.followup.judging import Completion
from gateway.followup.model import Light
from gateway.followup.views import Promise
from gateway.roll import views as roll
from gateway.roll.model import Community
from gateway.topics import views as topics
from gateway.topics.model import Stage, Topic

# Of topics without a plan the newest of each stage; the list of topics has them all.
MOST_WITHOUT_PLAN = 60


class Standing(StrEnum):
    """The parts of the page, in their order."""

    OVERDUE = "overdue"
    UNDER_WAY = "under_way"
    TO_BEGIN = "to_begin"
    DONE = "done"
    DROPPED = "dropped"


_STANDING = {
    Light.RED: Standing.OVERDUE,
    Light.YELLOW: Standing.UNDER_WAY,
    Light.BLUE: Standing.UNDER_WAY,
    Light.KEPT: Standing.DONE,
    Light.KEPT_LATE: Standing.DONE,
    Light.DROPPED: Standing.DROPPED,
}
_STAGES = {Stage.IN_PROGRESS: Standing.UNDER_WAY, Stage.ACCEPTED: Standing.TO_BEGIN, Stage.DONE: Standing.DONE}


@dataclass(frozen=True)
class Row:
    """One promise: a milestone of a plan, or a topic as a whole (`promise` None), with what residents said last."""

    standing: Standing
    topic: Topic
    promise: Promise | None = None
    judged: Completion | None = None

    @property
    def part(self) -> int:
        """Which part of the page it belongs to, from 0."""
        return list(Standing).index(self.standing)


@dataclass(frozen=True)
class PromisesPage:
    """Everything that was promised in a community: overdue first, then by day; `counts` by standing."""

    community: Community
    rows: Sequence[Row]
    counts: Mapping[Standing, int]


def read_promises(conn: Connection, code: str, at: datetime) -> PromisesPage:
    """What was promised in a community; NotFound("community_unknown")."""
    community = roll.community_by_code(conn, code)
    steps = followup.promises(conn, community.id, at)
    open_steps = {one.topic.id for one in steps if _STANDING[one.light] in (Standing.OVERDUE, Standing.UNDER_WAY)}
    whole = _whole_topics(conn, community, open_steps, at)
    judged = followup.last_judged(conn, [topic.id for _, topic in whole])
    rows = [Row(_STANDING[one.light], one.topic, one) for one in steps]
    rows += [Row(standing, topic, None, judged.get(topic.id)) for standing, topic in whole]
    counts = topics.counts_by_stage(conn, community.id)
    return PromisesPage(
        community=community,
        rows=_in_order(rows),
        counts={
            Standing.OVERDUE: sum(row.standing is Standing.OVERDUE for row in rows),
            Standing.UNDER_WAY: counts.get(Stage.IN_PROGRESS, 0),
            Standing.DONE: counts.get(Stage.DONE, 0),
        },
    )


def _whole_topics(
    conn: Connection, community: Community, open_steps: set[int], at: datetime
) -> list[tuple[Standing, Topic]]:
    """Topics of which no step is open: late ones first; where a step is, its own day counts."""
    late = [one for one in topics.overdue(conn, at, community.id) if one.is_public and one.id not in open_steps]
    gone = {one.id for one in late}
    found = [(Standing.OVERDUE, one) for one in late]
    for stage, standing in _STAGES.items():
        some = topics.some_topics(conn, community.id, stage, most=MOST_WITHOUT_PLAN)
        found += [(standing, one) for one in some if one.id not in gone | open_steps]
    return found


def _in_order(rows: Sequence[Row]) -> list[Row]:
    """By part; what is open by its day, what is over newest first."""
    parts = {standing: sorted((row for row in rows if row.standing is standing), key=_when) for standing in Standing}
    for standing in (Standing.DONE, Standing.DROPPED):
        parts[standing].reverse()
    return [row for part in parts.values() for row in part]


def _when(row: Row) -> datetime:
    """The day by which it is due, or was kept."""
    if row.promise is None:
        return row.topic.due_at or row.topic.stage_since
    return row.promise.milestone.ended_at or row.promise.milestone.due_at
