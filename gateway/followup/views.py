"""Read-only queries on plans, promises, updates and on what residents say of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from gateway.followup.complaint import Complaint, Statistics, complaint_id_of, count
from gateway.followup.judging import Completion, CompletionState, Terms
from gateway.followup.model import DUE_SOON, Bearer, DueChange, Light, Milestone, Plan, Responsible, Update, Verdict
from gateway.followup.store import complaints as complaint_store
from gateway.followup.store import completions
from gateway.followup.store import plans as plan_store
from gateway.followup.store import updates as store
from gateway.roll import views as roll
from gateway.topics import views as topics
from gateway.topics.model import Stage, Topic


@dataclass(frozen=True)
class Promise:
    """One milestone with the topic it belongs to, as lists and pages show it. `bearer`: who answers for it, by name."""

    topic: Topic
    milestone: Milestone
    light: Light
    bearer: str


def updates(conn: Connection, topic_id: int) -> list[Update]:
    """The updates on a topic, newest first."""
    return store.find_updates(conn, topic_id)


def is_taken_up_again(topic: Topic, told: Sequence[Update]) -> bool:
    """Whether the newest of `told`, its updates, called the topic done, and it is under way again: no news any more."""
    return bool(told) and told[0].stage is Stage.DONE and topic.stage is Stage.IN_PROGRESS


def newest(conn: Connection, *, most: int, before: int | None = None) -> list[Update]:
    """The newest updates of all communities, at most so many; with `before` those older than the update of that id."""
    return store.find_newest(conn, before, most)


def last_updated(conn: Connection, topic_ids: Sequence[int], most: int) -> list[int]:
    """Those of `topic_ids` that have updates, the last updated first, `most` at most."""
    return store.last_updated(conn, topic_ids, most)


def plan_of(conn: Connection, topic_id: int) -> Plan | None:
    """What was promised about a topic; None when nothing was."""
    return plan_store.find_plan(conn, topic_id)


def plans(conn: Connection, community_id: int) -> list[Plan]:
    """All plans for a community's topics, newest first."""
    return plan_store.find_plans(conn, list(_promised(conn, community_id)))


def due_changes(conn: Connection, plan: Plan) -> list[DueChange]:
    """Every change of the days of a plan, oldest first, and why what was dropped was dropped."""
    return plan_store.find_changes(conn, [one.id for one in plan.milestones])


def promises(conn: Connection, community_id: int, at: datetime) -> list[Promise]:
    """Every milestone of a community, kept, given up, on its way or overdue; by day."""
    about = _promised(conn, community_id)
    found = [
        Promise(about[plan.topic_id], one, one.light(at), bearer_name(conn, one.responsible))
        for plan in plan_store.find_plans(conn, list(about))
        for one in plan.milestones
    ]
    return sorted(found, key=lambda one: (one.milestone.due_at, one.milestone.id))


def promise(conn: Connection, milestone_id: int, at: datetime) -> Promise | None:
    """One milestone with its topic."""
    found = plan_store.find_milestone(conn, milestone_id)
    return _promises(conn, plan_store.topic_of(conn, found.plan_id), [found], at)[0] if found else None


def pressing(conn: Connection, at: datetime, community_ids: Sequence[int] | None = None) -> list[Promise]:
    """What is overdue or due soon, of some communities or all, the longest overdue first."""
    found = []
    for milestone in plan_store.find_open(conn, at + DUE_SOON):
        topic_id = plan_store.topic_of(conn, milestone.plan_id)
        found += _promises(conn, topic_id, [milestone], at)
    return [one for one in found if community_ids is None or one.topic.community_id in community_ids]


def bearer_name(conn: Connection, responsible: Responsible) -> str:
    """Who answers for a milestone, as it is shown; a guest as the roll calls them now."""
    if responsible.kind is Bearer.GUEST and responsible.guest_id is not None:
        return roll.resident(conn, responsible.guest_id).name
    return responsible.name


def to_be_judged_by(conn: Connection, resident_id: int) -> list[Topic]:
    """What is called done and this person is asked about, or follows, who has not said yet whether it is; newest first.

    What they are asked about comes first.
    """
    asked = [topics.topic_by_id(conn, topic_id) for topic_id in completions.asked_topics(conn, resident_id)]
    followed = [*topics.topics_of(conn, resident_id), *topics.topics_backed_by(conn, resident_id)]
    found = [topic for topic in [*asked, *followed] if topic is not None and may_judge(conn, topic, resident_id)]
    return list({topic.id: topic for topic in found}.values())


def may_judge(conn: Connection, topic: Topic, resident_id: int) -> bool:
    """Whether somebody can still say of a topic if it is really done, and has not."""
    if topic.stage is not Stage.DONE:
        return False
    found = completions.find_at(conn, topic.id, topic.stage_since)
    if found is None:
        return True
    takes = found.state in (CompletionState.WAITING, CompletionState.ASKING)
    return takes and completions.verdict_of(conn, found.id, resident_id) is None


def verdicts(conn: Connection, topic_id: int) -> dict[Verdict, int]:
    """How many people say what of a topic as it is called done now, before it is counted; nobody learns who.

    For staff; the public reads `completions_of`.
    """
    found = completions.find_all(conn, [topic_id])
    if not found:
        return {}
    voices = completions.count(conn, found[-1].id)
    said = {Verdict.DONE: voices.done, Verdict.NOT_DONE: voices.not_done}
    return {verdict: people for verdict, people in said.items() if people}


def completions_of(conn: Connection, topic_id: int) -> list[Completion]:
    """Every time that a topic was called done, with what residents said of it once that is counted; oldest first."""
    return completions.find_all(conn, [topic_id])


def last_judged(conn: Connection, topic_ids: Sequence[int]) -> dict[int, Completion]:
    """What residents said last of each of these topics, where it is counted."""
    return {one.topic_id: one for one in completions.find_all(conn, topic_ids) if one.outcome is not None}


def complaint(conn: Connection, number: str) -> Complaint | None:
    """The complaint with that number; for its author and staff alone."""
    complaint_id = complaint_id_of(number)
    return complaint_store.find_complaint(conn, complaint_id) if complaint_id is not None else None


def last_complaint_of(conn: Connection, resident_id: int) -> Complaint | None:
    """The last complaint of a person."""
    return complaint_store.find_last(conn, resident_id)


def complaints(conn: Connection, community_ids: Sequence[int], *, waiting: bool = False) -> list[Complaint]:
    """The complaints of communities, oldest first, all or those that wait for an answer; for staff."""
    return complaint_store.find_complaints(conn, community_ids, waiting=waiting)


def complaint_statistics(
    conn: Connection,
    community_ids: Sequence[int],
    at: datetime,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Statistics:
    """What the public reads of complaints: how many, and how soon they are answered."""
    return count(complaint_store.find_complaints(conn, community_ids, start=start, end=end), at)


def terms_of(conn: Connection, community_id: int) -> Terms:
    """How a community's residents are asked whether it is done."""
    return completions.terms_of(conn, community_id)


def _promised(conn: Connection, community_id: int) -> dict[int, Topic]:
    """The public topics of a community that have a plan, by id; there are far fewer plans than topics."""
    found = topics.topics_by_id(conn, plan_store.all_topic_ids(conn))
    return {one.id: one for one in found if one.community_id == community_id and one.is_public}


def _promises(conn: Connection, topic_id: int, milestones: Iterable[Milestone], at: datetime) -> list[Promise]:
    topic = topics.topic_by_id(conn, topic_id)
    assert topic
    return [Promise(topic, one, one.light(at), bearer_name(conn, one.responsible)) for one in milestones]
