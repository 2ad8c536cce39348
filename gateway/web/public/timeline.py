"""One topic and its way so far: what the record says of its stages, and what was told of it on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from gateway.delegates import views as delegates
from gateway.delegates.model import Referral
from gateway.followup import views as followup
from gateway.followup.judging import Completion
from gateway.followup.model import DueChange, Plan, Update
from gateway.followup.views import Promise
from gateway.kernel.errors import NotFound
from gateway.meetings import views as meetings
from gateway.meetings.model import Meeting
from gateway.panels import views as panels
from gateway.panels.model import Panel, PanelState
from gateway.polls import views as polls
from gateway.polls.model import Poll
from gateway.record import views as record
from gateway.record.model import Entry
from gateway.roll import views as roll
from gateway.roll.model import Community
from gateway.topics import views as topics
from gateway.topics.model import Stage, Topic
from gateway.web.public.reading import PUBLIC_POLLS

# What an entry of the record says of a topic's stage; `topic.moved` names the stage itself.
_STAGE_OF = {
    "topic.raised": Stage.RAISED,
    "topic.asked": Stage.ASKED,
    "topic.answered_back": Stage.RAISED,
    "topic.accepted": Stage.ACCEPTED,
    "topic.declined": Stage.DECLINED,
    "topic.merged": Stage.MERGED,
    "topic.withdrawn": Stage.WITHDRAWN,
}


@dataclass(frozen=True)
class Step:
    """One step on a topic's way: the stage it came to, if it did, and what was told, if anything was."""

    at: datetime
    stage: Stage | None
    update: Update | None = None


@dataclass(frozen=True)
class Promised:
    """What was promised about a topic: the plan, its steps as they stand, and every change of a day with its reason."""

    plan: Plan
    steps: Sequence[Promise]
    changes: Mapping[int, Sequence[DueChange]]
    poll: Poll | None


@dataclass(frozen=True)
class TopicPage:
    """Everything that a topic's page shows; `whole` is the topic that it goes on as a part of."""

    community: Community
    topic: Topic
    whole: Topic | None
    steps: Sequence[Step]
    panels: Sequence[Panel]
    meetings: Sequence[Meeting]
    promised: Promised | None
    completions: Sequence[Completion]
    ask_after: timedelta
    referrals: Sequence[Referral]


def read_topic(conn: Connection, code: str, number: str, at: datetime) -> TopicPage:
    """A topic's page; NotFound("community_unknown", "topic_unknown")."""
    community = roll.community_by_code(conn, code)
    topic = topics.topic(conn, number, community.id)
    if topic is None:
        raise NotFound("topic_unknown", number=number)
    whole = topics.whole(conn, topic)
    public = topic.is_public
    return TopicPage(
        community=community,
        topic=topic,
        whole=whole if whole.id != topic.id and whole.is_public else None,
        steps=_steps(conn, topic) if public else (),
        panels=_panels(conn, topic) if public else (),
        meetings=[meetings.meeting(conn, one) for one in meetings.meetings_about(conn, topic.id)] if public else (),
        promised=_promised(conn, topic, at) if public else None,
        completions=followup.completions_of(conn, topic.id) if public else (),
        referrals=delegates.referrals_of(conn, topic.id) if public else (),
        ask_after=followup.terms_of(conn, community.id).ask_after,
    )


def _promised(conn: Connection, topic: Topic, at: datetime) -> Promised | None:
    plan = followup.plan_of(conn, topic.id)
    if plan is None:
        return None
    changes: dict[int, list[DueChange]] = {}
    for change in followup.due_changes(conn, plan):
        changes.setdefault(change.milestone_id, []).append(change)
    poll = polls.poll(conn, plan.poll) if plan.poll is not None else None
    steps = [Promise(topic, one, one.light(at), "") for one in plan.milestones]
    return Promised(plan, steps, changes, poll if poll and poll.state in PUBLIC_POLLS else None)


def _panels(conn: Connection, topic: Topic) -> list[Panel]:
    found = panels.panels(conn, topic.community_id, topic.id)
    return [panel for panel in found if panel.state is not PanelState.DRAFT]


def _steps(conn: Connection, topic: Topic) -> list[Step]:
    """Newest first. What an update moved is told by the update, and not by the record a second time."""
    told = [Step(one.posted_at, one.stage, one) for one in followup.updates(conn, topic.id)]
    # The record knows whole seconds.
    known = {(step.stage, step.at.replace(microsecond=0)) for step in told}
    stages = [Step(entry.at, _stage_of(entry)) for entry in record.entries_about(conn, f"topic:{topic.number}")]
    moved = [step for step in stages if step.stage and (step.stage, step.at) not in known]
    return sorted([*moved, *told], key=lambda step: step.at)[::-1]


def _stage_of(entry: Entry) -> Stage | None:
    if entry.kind == "topic.moved":
        return Stage(entry.data["stage"])
    return _STAGE_OF.get(entry.kind)
