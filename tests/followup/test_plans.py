"""A plan says what will be done, by when and by whom; a day is changed only with a reason; all of it on the record."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from gateway.followup import planning, views
from gateway.followup.actions import post_update
from gateway.followup.model import Bearer, Light, Milestone, PlanDraft, Responsible
from gateway.followup.telling import concerned
from gateway.kernel.db import metadata
from gateway.kernel.errors import GatewayError
from gateway.kernel.ports import Ports
from gateway.messaging.money import Terms
from gateway.messaging.spending import set_terms
from gateway.polls.closing import close_poll
from gateway.record import views as record
from gateway.topics import views as topic_views
from gateway.topics.model import Stage, Topic
from gateway.wording.catalogue import Wording
from tests.fakes import StillClock
from tests.followup.promising import a_milestone, a_plan, told
from tests.meetings.gathering import an_accepted_topic, work
from tests.polls.village import Village, a_village, an_open_poll, vote


@pytest.fixture
def village(ports: Ports) -> Village:
    return a_village(ports, 8)


@pytest.fixture
def topic(ports: Ports, village: Village, wording: Wording) -> Topic:
    return an_accepted_topic(ports, village, wording)


def entries(ports: Ports, topic: Topic) -> dict[str, dict[str, object]]:
    with ports.db.read() as conn:
        return {entry.kind: dict(entry.data) for entry in record.entries_about(conn, f"topic:{topic.number}")}


def test_plan_is_told_recorded_and_moves_the_topic(
    ports: Ports, village: Village, topic: Topic, wording: Wording
) -> None:
    plan = a_plan(ports, topic, wording)
    assert [(one.number, one.state) for one in plan.milestones] == [(1, "open"), (2, "open")]
    with ports.db.read() as conn:
        after = topic_views.topic_by_id(conn, topic.id)
        assert views.plan_of(conn, topic.id) == plan
        assert views.plans(conn, village.id) == [plan]
    assert after
    assert after.stage is Stage.IN_PROGRESS
    heard = told(ports, "plan")
    assert {person for person, _ in heard} == set(village.people[:3])
    assert "修好村口的桥" in heard[0][1]
    entry = entries(ports, topic)["plan.made"]
    assert [one["by"] for one in entry["milestones"]] == ["office", "office"]  # type: ignore[attr-defined]
    assert "修好" not in str(entry)


@pytest.mark.parametrize(
    ("words", "days", "code"),
    [({}, (3,), "promise_empty"), ({"zh": "字" * 61}, (3,), "promise_too_long"), ({"zh": "修"}, (), "plan_without_milestones"),
     ({"zh": "修"}, (1,) * 13, "plan_too_long"), ({"zh": "修"}, (-1,), "due_in_the_past")],
)  # fmt: skip
def test_plan_must_be_whole(
    ports: Ports, topic: Topic, wording: Wording, words: dict[str, str], days: tuple[int, ...], code: str
) -> None:
    now = ports.clock.now()
    milestones = tuple(a_milestone(now + timedelta(days=one)) for one in days)
    with pytest.raises(GatewayError) as refused:
        work(
            ports,
            lambda tx: planning.make_plan(tx, PlanDraft(topic.id, words, milestones), at=now, wording=wording),
        )
    assert refused.value.code == code


def test_topic_has_one_plan_and_it_grows(ports: Ports, topic: Topic, wording: Wording) -> None:
    plan = a_plan(ports, topic, wording)
    with pytest.raises(GatewayError, match="plan_exists"):
        a_plan(ports, topic, wording)
    now = ports.clock.now()
    added = work(ports, lambda tx: planning.add_milestone(tx, topic.id, a_milestone(now + timedelta(days=30)), at=now))
    assert added.number == len(plan.milestones) + 1


@pytest.mark.parametrize("kind", [Bearer.GUEST, Bearer.STAFF])
def test_responsible_must_be_somebody_known(
    ports: Ports, village: Village, topic: Topic, wording: Wording, kind: Bearer
) -> None:
    now = ports.clock.now()
    # A resident is no guest, and nobody has that account.
    nobody = Responsible(kind, "li", village.people[0])
    draft = PlanDraft(topic.id, {"zh": "修"}, (a_milestone(now + timedelta(days=3), responsible=nobody),))
    with pytest.raises(GatewayError, match="responsible_unknown"):
        work(ports, lambda tx: planning.make_plan(tx, draft, at=now, wording=wording))


def test_day_is_changed_only_with_a_reason_that_all_concerned_hear(
    ports: Ports, village: Village, topic: Topic, wording: Wording
) -> None:
    first = a_plan(ports, topic, wording).milestones[0]
    now, later = ports.clock.now(), first.due_at + timedelta(days=9)

    def change(reason: str) -> Milestone:
        done: Milestone = work(
            ports,
            lambda tx: planning.change_due(tx, topic.id, 1, later, reason, at=now, wording=wording, by="li"),
        )
        return done

    with pytest.raises(GatewayError, match="due_reason_wrong"):
        change("  ")
    changed = change("钢材晚到")
    assert (changed.due_at, changed.first_due_at) == (later, first.due_at)
    with ports.db.read() as conn:
        plan = views.plan_of(conn, topic.id)
        assert plan
        [kept] = views.due_changes(conn, plan)
    assert (kept.reason, kept.by, kept.before) == ("钢材晚到", "li", first.due_at)
    assert {person for person, _ in told(ports, "due_changed")} == set(village.people[:3])
    entry = entries(ports, topic)["plan.due_changed"]
    assert set(entry) == {"milestone", "before", "after", "reason_sha256"}


def test_milestone_that_is_over_stays_as_it_is(ports: Ports, topic: Topic, wording: Wording) -> None:
    a_plan(ports, topic, wording)
    now = ports.clock.now()
    work(ports, lambda tx: planning.keep_milestone(tx, topic.id, 1, at=now))
    work(ports, lambda tx: planning.drop_milestone(tx, topic.id, 2, "县里另建新桥", at=now))
    for number in (1, 2):
        with pytest.raises(GatewayError, match="milestone_over"):
            work(ports, lambda tx, number=number: planning.keep_milestone(tx, topic.id, number, at=now))
    with pytest.raises(GatewayError, match="milestone_unknown"):
        work(ports, lambda tx: planning.keep_milestone(tx, topic.id, 3, at=now))
    assert {"plan.milestone_done", "plan.milestone_dropped"} <= set(entries(ports, topic))


def test_light_follows_the_day(
    ports: Ports, clock: StillClock, village: Village, topic: Topic, wording: Wording
) -> None:
    a_plan(ports, topic, wording)

    def lights() -> list[Light]:
        with ports.db.read() as conn:
            return [one.light for one in views.promises(conn, village.id, clock.now())]

    def pressing() -> list[int]:
        with ports.db.read() as conn:
            return [one.milestone.number for one in views.pressing(conn, clock.now(), [village.id])]

    assert (lights(), pressing()) == ([Light.BLUE, Light.BLUE], [])
    clock.advance(days=7)
    assert (lights(), pressing()) == ([Light.YELLOW, Light.BLUE], [1])
    clock.advance(days=3)
    assert (lights(), pressing()) == ([Light.RED, Light.BLUE], [1])
    work(ports, lambda tx: planning.keep_milestone(tx, topic.id, 1, at=clock.now() + timedelta(minutes=1)))
    work(ports, lambda tx: planning.keep_milestone(tx, topic.id, 2, at=clock.now()))
    assert (lights(), pressing()) == ([Light.KEPT_LATE, Light.KEPT], [])


def test_those_who_took_part_are_told_however_they_voted_and_only_with_their_consent(
    ports: Ports, village: Village, topic: Topic, wording: Wording
) -> None:
    number = an_open_poll(ports, village)
    yes, no, mute = village.people[4:7]
    for person, choice in ((yes, "yes"), (no, "no"), (mute, "yes")):
        vote(ports, number, person, choice)
    table = metadata.tables["resident"]
    work(ports, lambda tx: tx.execute(update(table).where(table.c.id == mute).values(consent=False)))
    a_plan(ports, topic, wording, poll=number)
    with ports.db.read() as conn:
        # While it runs nobody learns who has voted.
        assert concerned(conn, topic) == village.people[:3]
    close_poll(number, ports=ports, wording=wording)
    with ports.db.read() as conn:
        assert set(concerned(conn, topic)) == {*village.people[:3], yes, no}


def test_update_beyond_the_budget_goes_to_nobody_and_may_be_kept_quiet(
    ports: Ports, village: Village, topic: Topic, wording: Wording
) -> None:
    terms = Terms("CNY", segment_price=500, minute_price=900, monthly_cap=600)
    work(ports, lambda tx: set_terms(tx, village.id, terms))
    now = ports.clock.now()
    with pytest.raises(GatewayError, match="over_budget"):
        work(ports, lambda tx: post_update(tx, topic.id, {"zh": "在办"}, at=now, wording=wording))
    quiet = work(
        ports, lambda tx: post_update(tx, topic.id, {"zh": "在办"}, at=now, wording=wording, quiet=True, photo="a.jpg")
    )
    with ports.db.read() as conn:
        [kept] = views.updates(conn, topic.id)
    assert (quiet, kept.photo, told(ports, "update")) == (None, "a.jpg", [])
    assert entries(ports, topic)["topic.updated"]["photo"] == "a.jpg"
