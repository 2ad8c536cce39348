"""What the residents' pages may show, gathered from the rooms. Whatever is not public never leaves this file.

Of a topic that waits for screening, or was declined, only number and stage are public; of a poll nothing before it is
opened and no turnout before it is closed; of a person nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from gateway.followup import views as followup
from gateway.followup.model import Update
from gateway.kernel.errors import NotFound
from gateway.kernel.ids import with_check_digit
from gateway.panels import views as panels
from gateway.panels.model import PanelState
from gateway.polls import views as polls
from gateway.polls.model import Poll, PollState, Result
from gateway.roll import views as roll
from gateway.roll.model import Community
from gateway.topics import views as topics
from gateway.topics.model import Stage, Topic
from gateway.web.pages.paging import Place, place_of

PUBLIC_POLLS = (PollState.OPEN, PollState.CLOSING, PollState.CLOSED, PollState.VOID)
# What residents look for first.
STAGES_IN_ORDER = (
    Stage.IN_PROGRESS,
    Stage.ACCEPTED,
    Stage.RAISED,
    Stage.ASKED,
    Stage.DONE,
    Stage.MERGED,
    Stage.DECLINED,
    Stage.WITHDRAWN,
)
NEWEST_TOPICS = 8
NEWEST_RESULTS = 5
NEWEST_UPDATES = 5
TOPICS_PER_PAGE = 40
# How far back the newest updates of one community are looked for among those of all.
UPDATES_A_LOOK = 25
MOST_LOOKS = 40
# A longer list is a file of its own: pages stay small for slow lines.
RECEIPTS_ON_PAGE = 1500


@dataclass(frozen=True)
class StageGroup:
    """The topics of one stage: how many, and the newest of them."""

    stage: Stage
    total: int
    newest: Sequence[Topic]


@dataclass(frozen=True)
class CommunityPage:
    """Everything that a community's page shows."""

    community: Community
    open_polls: Sequence[Poll]
    decided: Sequence[tuple[Poll, Result | None]]
    topics_by_stage: Sequence[StageGroup]
    updates: Sequence[tuple[Topic, Update]]
    example_topic: str
    has_villages: bool


@dataclass(frozen=True)
class PollPage:
    """Everything that a poll's page shows; result and receipts only after closing."""

    community: Community
    poll: Poll
    electors: int
    result: Result | None
    receipts: Sequence[str]
    receipt_count: int


def read_community(conn: Connection, code: str) -> CommunityPage:
    """A community's page; NotFound("community_unknown")."""
    community = roll.community_by_code(conn, code)
    groups = _by_stage(conn, community)
    public = [topic for group in groups for topic in group.newest if topic.is_public]
    return CommunityPage(
        community=community,
        open_polls=polls.open_polls(conn, community.id),
        decided=_decided(conn, community),
        topics_by_stage=groups,
        updates=_latest_updates(conn, community),
        example_topic=public[0].number if public else with_check_digit("12"),
        has_villages=any(one.parent_id == community.id for one in roll.communities(conn)),
    )


def topics_page(conn: Connection, community: Community, wanted: str) -> tuple[Place, list[Topic]]:
    """One page of all topics of a community, newest first, and where it is."""
    place = place_of(sum(topics.counts_by_stage(conn, community.id).values()), wanted, TOPICS_PER_PAGE)
    return place, topics.some_topics(conn, community.id, most=TOPICS_PER_PAGE, after=place.before)


def community_polls(conn: Connection, community: Community) -> list[Poll]:
    """All public polls of a community, newest first."""
    return polls.polls(conn, community.id, PUBLIC_POLLS)[::-1]


def public_poll(conn: Connection, code: str, number: int) -> tuple[Community, Poll]:
    """A poll of that community that was opened; NotFound("community_unknown", "poll_unknown")."""
    community = roll.community_by_code(conn, code)
    poll = polls.poll(conn, number)
    if poll.community_id != community.id or poll.state not in PUBLIC_POLLS:
        raise NotFound("poll_unknown", poll=number)
    return community, poll


def read_panel(conn: Connection, code: str, number: int) -> dict[str, Any]:
    """The published file of a drawn panel of that community; NotFound("community_unknown", "panel_unknown")."""
    community = roll.community_by_code(conn, code)
    panel = panels.panel(conn, number)
    if panel.draft.community_id != community.id or panel.state is not PanelState.DRAWN:
        raise NotFound("panel_unknown", panel=number)
    return panels.published(conn, number)


def read_poll(conn: Connection, code: str, number: int) -> PollPage:
    """A poll's page; NotFound as in `public_poll`."""
    community, poll = public_poll(conn, code, number)
    closed = poll.state is PollState.CLOSED
    receipts = list(polls.receipts(conn, number)) if closed else []
    return PollPage(
        community=community,
        poll=poll,
        electors=polls.turnout(conn, number).eligible,
        result=polls.result(conn, number) if closed else None,
        receipts=receipts if len(receipts) <= RECEIPTS_ON_PAGE else (),
        receipt_count=len(receipts),
    )


def _decided(conn: Connection, community: Community) -> list[tuple[Poll, Result | None]]:
    done = polls.polls(conn, community.id, [PollState.CLOSED, PollState.VOID])[: -NEWEST_RESULTS - 1 : -1]
    return [(poll, polls.result(conn, poll.number) if poll.state is PollState.CLOSED else None) for poll in done]


def _by_stage(conn: Connection, community: Community) -> list[StageGroup]:
    counts = topics.counts_by_stage(conn, community.id)
    return [
        StageGroup(stage, counts[stage], topics.some_topics(conn, community.id, stage, most=NEWEST_TOPICS))
        for stage in STAGES_IN_ORDER
        if counts.get(stage)
    ]


def _latest_updates(conn: Connection, community: Community) -> list[tuple[Topic, Update]]:
    """The newest updates on public topics of a community; they are kept for all communities in one row."""
    found: list[tuple[Topic, Update]] = []
    before = None
    for _ in range(MOST_LOOKS):
        some = followup.newest(conn, most=UPDATES_A_LOOK, before=before)
        about = {topic.id: topic for topic in topics.topics_by_id(conn, [one.topic_id for one in some])}
        found += [(about[one.topic_id], one) for one in some if _is_shown(about[one.topic_id], community)]
        if len(found) >= NEWEST_UPDATES or len(some) < UPDATES_A_LOOK:
            break
        before = some[-1].id
    return found[:NEWEST_UPDATES]


def _is_shown(topic: Topic, community: Community) -> bool:
    return topic.community_id == community.id and topic.is_public
