"""The verbs of promising: make a plan, add a milestone, change its day with a reason, keep it, drop it, hand it over.

All take `tx` and never commit. The record holds numbers and days, and the hash of reasons and words that staff wrote.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from gateway.followup.model import (
    Bearer,
    DueChange,
    Milestone,
    MilestoneDraft,
    MilestoneState,
    Plan,
    PlanDraft,
    Responsible,
    check_due,
    check_milestone,
    check_plan,
    check_reason,
    check_responsible,
)
from gateway.followup.store import plans
from gateway.followup.telling import Said, concerned, days, tell
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import Conflict, NotFound, RuleError
from gateway.polls import views as polls
from gateway.record import actions as record
from gateway.record.model import Value, moment_text
from gateway.roll import views as roll
from gateway.staff import views as staff
from gateway.topics import actions as topic_actions
from gateway.topics import views as topics
from gateway.topics.model import Stage, Topic
from gateway.wording.catalogue import Wording

PLAN = "plan"
DUE_CHANGED = "due_changed"


def make_plan(tx: UnitOfWork, draft: PlanDraft, *, at: datetime, wording: Wording, quiet: bool = False) -> Plan:
    """Promise what will be done about a topic; everybody concerned is told, unless it is `quiet`.

    An accepted topic is under way from now on. NotFound("topic_unknown", "poll_unknown", "responsible_unknown"),
    RuleError("topic_not_public", "topic_done", "over_budget"), Conflict("plan_exists"), InputError as in `check_plan`.
    """
    draft = check_plan(draft, at)
    topic = _public(tx, draft.topic_id)
    if topic.stage is Stage.DONE:
        raise RuleError("topic_done", topic=topic.number)
    if plans.find_plan(tx.connection, topic.id):
        raise Conflict("plan_exists", topic=topic.number)
    if draft.poll is not None and polls.poll(tx.connection, draft.poll).community_id != topic.community_id:
        raise NotFound("poll_unknown", poll=draft.poll)
    for one in draft.milestones:
        _check_known(tx, one.responsible, topic)
    if topic.stage is Stage.ACCEPTED:
        topic = topic_actions.move(tx, topic.id, Stage.IN_PROGRESS, at=at)
    plans.insert_plan(tx, draft, at)
    made = plan_of(tx, topic.id)
    if not quiet:
        _announce(tx, topic, made, at=at, wording=wording)
    record.append(tx, "plan.made", f"topic:{topic.number}", _entry(made), at=at)
    return made


def add_milestone(tx: UnitOfWork, topic_id: int, draft: MilestoneDraft, *, at: datetime) -> Milestone:
    """Promise one thing more. NotFound("plan_unknown", "responsible_unknown"), InputError as in `check_milestone`."""
    draft = check_milestone(draft, at)
    topic = _public(tx, topic_id)
    plan = plan_of(tx, topic_id)
    _check_known(tx, draft.responsible, topic)
    plans.lock_plan(tx, plan.id)
    made = _milestone(tx, plans.insert_milestone(tx, plan.id, draft))
    entry: dict[str, Value] = {"milestone": made.number, "due": moment_text(made.due_at)}
    record.append(tx, "plan.milestone_added", f"topic:{topic.number}", entry, at=at)
    return made


def change_due(
    tx: UnitOfWork,
    topic_id: int,
    number: int,
    due_at: datetime,
    reason: str,
    *,
    at: datetime,
    wording: Wording,
    by: str = "",
) -> Milestone:
    """Promise another day, for a reason that everybody concerned is told and the public can read.

    Alarms begin anew. NotFound("plan_unknown", "milestone_unknown"), RuleError("milestone_over", "over_budget"),
    InputError("due_in_the_past", "due_reason_wrong").
    """
    reason = check_reason(reason)
    check_due(due_at, at)
    topic, before = _public(tx, topic_id), milestone_of(tx, topic_id, number)
    if not plans.change_milestone(tx, before.id, due_at=due_at, alarmed="", escalated_at=None):
        raise RuleError("milestone_over", milestone=number)
    plans.insert_change(tx, DueChange(before.id, before.due_at, due_at, reason, by, at))
    timezone = roll.community(tx.connection, topic.community_id).timezone
    day = days(wording, due_at, timezone)
    people = concerned(tx.connection, topic)
    said: dict[str, Said] = {"words": before.words, "due": day, "reason": reason}
    tell(tx, topic, DUE_CHANGED, "due_changed", people, at=at, wording=wording, capped=True, said=said)
    entry: dict[str, Value] = {
        "milestone": number,
        "before": moment_text(before.due_at),
        "after": moment_text(due_at),
        "reason_sha256": _digest(reason),
    }
    record.append(tx, "plan.due_changed", f"topic:{topic.number}", entry, at=at)
    return _milestone(tx, before.id)


def keep_milestone(tx: UnitOfWork, topic_id: int, number: int, *, at: datetime) -> Milestone:
    """A promise is kept. NotFound("plan_unknown", "milestone_unknown"), RuleError("milestone_over")."""
    return _end(tx, topic_id, number, MilestoneState.DONE, {}, at=at)


def drop_milestone(tx: UnitOfWork, topic_id: int, number: int, reason: str, *, at: datetime, by: str = "") -> Milestone:
    """A promise is given up, for a reason that the public can read. Errors as above, InputError("due_reason_wrong")."""
    reason = check_reason(reason)
    before = milestone_of(tx, topic_id, number)
    plans.insert_change(tx, DueChange(before.id, before.due_at, before.due_at, reason, by, at))
    return _end(tx, topic_id, number, MilestoneState.DROPPED, {"reason_sha256": _digest(reason)}, at=at)


def hand_over(tx: UnitOfWork, topic_id: int, number: int, to: Responsible, *, at: datetime) -> Milestone:
    """Somebody else answers for it from now on. Errors as in `keep_milestone`, and NotFound("responsible_unknown")."""
    to = check_responsible(to)
    topic, before = _public(tx, topic_id), milestone_of(tx, topic_id, number)
    _check_known(tx, to, topic)
    if not plans.change_milestone(tx, before.id, responsible=to, alarmed=""):
        raise RuleError("milestone_over", milestone=number)
    record.append(tx, "plan.handed_over", f"topic:{topic.number}", {"milestone": number, "to": to.kind}, at=at)
    return _milestone(tx, before.id)


def plan_of(tx: UnitOfWork, topic_id: int) -> Plan:
    """The plan for a topic. NotFound("plan_unknown")."""
    found = plans.find_plan(tx.connection, topic_id)
    if found is None:
        raise NotFound("plan_unknown")
    return found


def milestone_of(tx: UnitOfWork, topic_id: int, number: int) -> Milestone:
    """A milestone by its number within its plan. NotFound("plan_unknown", "milestone_unknown")."""
    found = next((one for one in plan_of(tx, topic_id).milestones if one.number == number), None)
    if found is None:
        raise NotFound("milestone_unknown", milestone=number)
    return found


def _end(
    tx: UnitOfWork, topic_id: int, number: int, state: MilestoneState, more: Mapping[str, Value], *, at: datetime
) -> Milestone:
    topic, before = _public(tx, topic_id), milestone_of(tx, topic_id, number)
    if not plans.change_milestone(tx, before.id, state=state, ended_at=at):
        raise RuleError("milestone_over", milestone=number)
    entry = {"milestone": number, "due": moment_text(before.due_at), **more}
    record.append(tx, f"plan.milestone_{state}", f"topic:{topic.number}", entry, at=at)
    return _milestone(tx, before.id)


def _announce(tx: UnitOfWork, topic: Topic, plan: Plan, *, at: datetime, wording: Wording) -> None:
    timezone = roll.community(tx.connection, topic.community_id).timezone
    last = max(one.due_at for one in plan.milestones)
    said: dict[str, Said] = {"words": plan.words, "steps": len(plan.milestones), "due": days(wording, last, timezone)}
    tell(tx, topic, PLAN, "plan", concerned(tx.connection, topic), at=at, wording=wording, capped=True, said=said)


def _entry(plan: Plan) -> dict[str, Value]:
    return {
        "sha256": _digest(next(iter(plan.words.values()))),
        "meeting": plan.meeting or 0,
        "poll": plan.poll or 0,
        "milestones": [
            {"milestone": one.number, "due": moment_text(one.due_at), "by": str(one.responsible.kind)}
            for one in plan.milestones
        ],
    }


def _check_known(tx: UnitOfWork, responsible: Responsible, topic: Topic) -> None:
    """A guest is one of the community's or of a community above; an account of staff is one that may sign in."""
    if responsible.kind is Bearer.GUEST and responsible.guest_id is not None:
        guest = roll.resident(tx.connection, responsible.guest_id)
        own = roll.community(tx.connection, topic.community_id)
        if not guest.is_guest or guest.community_id not in (own.id, own.parent_id):
            raise NotFound("responsible_unknown")
    if responsible.kind is Bearer.STAFF:
        accounts = {one.name for one in staff.all_staff(tx.connection) if not one.disabled}
        if responsible.name not in accounts:
            raise NotFound("responsible_unknown")


def _public(tx: UnitOfWork, topic_id: int) -> Topic:
    topic = topics.topic_by_id(tx.connection, topic_id)
    if topic is None:
        raise NotFound("topic_unknown")
    if not topic.is_public:
        raise RuleError("topic_not_public", topic=topic.number)
    return topic


def _milestone(tx: UnitOfWork, milestone_id: int) -> Milestone:
    found = plans.find_milestone(tx.connection, milestone_id)
    assert found
    return found


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()
