"""Some weeks after "done" residents are asked whether it is; what many call not done is taken up again."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import func, select

from gateway.followup import confirming, views
from gateway.followup.actions import post_update
from gateway.followup.judging import Completion, CompletionState, Outcome, Voices, decide
from gateway.followup.model import Verdict
from gateway.kernel.db import metadata
from gateway.kernel.errors import GatewayError
from gateway.kernel.ports import Ports
from gateway.messaging import inbox
from gateway.record import views as record
from gateway.topics import actions as topic_actions
from gateway.topics import views as topic_views
from gateway.topics.model import Stage, Topic
from gateway.wording.catalogue import Wording
from tests.fakes import StillClock
from tests.followup.promising import a_plan, told
from tests.meetings.gathering import an_accepted_topic, work
from tests.polls.village import Village, a_village

PEOPLE = 16
DONE, NOT_DONE = Verdict.DONE, Verdict.NOT_DONE


@pytest.fixture
def village(ports: Ports) -> Village:
    return a_village(ports, PEOPLE)


@pytest.fixture
def topic(ports: Ports, clock: StillClock, village: Village, wording: Wording) -> Topic:
    """Backed by fifteen, and called done."""
    made = an_accepted_topic(ports, village, wording, backed_by=PEOPLE - 1)
    a_plan(ports, made, wording)
    finish(ports, clock, made, wording)
    return made


def finish(ports: Ports, clock: StillClock, topic: Topic, wording: Wording) -> None:
    work(ports, lambda tx: post_update(tx, topic.id, {"zh": "好了"}, at=clock.now(), wording=wording, stage=Stage.DONE))


def say(ports: Ports, clock: StillClock, topic: Topic, verdicts: dict[int, tuple[Verdict, int | None]]) -> None:
    for person, (verdict, rating) in verdicts.items():
        assert work(
            ports,
            lambda tx, person=person, verdict=verdict, rating=rating: confirming.judge(
                tx, topic.id, person, verdict, at=clock.now(), rating=rating
            ),
        )


def completions(ports: Ports, topic: Topic) -> list[Completion]:
    with ports.db.read() as conn:
        return views.completions_of(conn, topic.id)


def stage(ports: Ports, topic: Topic) -> Stage:
    with ports.db.read() as conn:
        found = topic_views.topic_by_id(conn, topic.id)
    assert found
    return found.stage


def rows(ports: Ports, table: str) -> int:
    with ports.db.read() as conn:
        return conn.execute(select(func.count()).select_from(metadata.tables[table])).scalar_one()


def last_entry(ports: Ports, kind: str) -> dict[str, Any]:
    with ports.db.read() as conn:
        return [dict(entry.data) for entry in record.entries(conn) if entry.kind == kind][-1]


def test_residents_are_asked_once_some_weeks_after_done(
    ports: Ports, clock: StillClock, village: Village, topic: Topic, wording: Wording
) -> None:
    clock.advance(days=20)
    assert confirming.ask_due(ports, wording=wording) == 0
    say(ports, clock, topic, {village.people[0]: (DONE, None)})
    clock.advance(days=1)
    assert confirming.ask_due(ports, wording=wording) == 1
    assert confirming.ask_due(ports, wording=wording) == 0
    asked = told(ports, "confirmation")
    # Whoever has said it already is not asked.
    assert {person for person, _ in asked} == set(village.people[1:])
    assert "办好了回1,没办好回2" in asked[0][1].replace("，", ",")
    with ports.db.read() as conn:
        assert [one.id for one in views.to_be_judged_by(conn, village.people[5])] == [topic.id]
        assert views.to_be_judged_by(conn, village.people[0]) == []


def test_what_many_call_not_done_is_taken_up_again_and_may_be_finished_a_second_time(
    ports: Ports, clock: StillClock, village: Village, topic: Topic, wording: Wording
) -> None:
    clock.advance(days=21)
    confirming.ask_due(ports, wording=wording)
    said = {person: (NOT_DONE if at < 5 else DONE, 4) for at, person in enumerate(village.people[:12])}
    say(ports, clock, topic, said)
    clock.advance(days=14)
    assert confirming.close_due(ports, wording=wording) == 1
    assert confirming.close_due(ports, wording=wording) == 0
    assert stage(ports, topic) is Stage.IN_PROGRESS
    [first] = completions(ports, topic)
    assert (first.state, first.outcome) == (CompletionState.REOPENED, Outcome(16, 12, 7, 5, 40, 7, reopened=True))
    assert {person for person, _ in told(ports, "reopened")} == set(village.people)
    assert last_entry(ports, "topic.reopened")["not_done"] == 5
    # Who said what is forgotten; the clerk knows.
    assert rows(ports, "confirmation") == 0
    with ports.db.read() as conn:
        [waiting] = inbox.waiting(conn, village.id)
    assert waiting.sealed_text
    assert topic.number in ports.sealer.open(waiting.sealed_text).decode()

    clock.advance(days=10)
    finish(ports, clock, topic, wording)
    clock.advance(days=21)
    confirming.ask_due(ports, wording=wording)
    say(ports, clock, topic, dict.fromkeys(village.people[:12], (DONE, 5)))
    clock.advance(days=14)
    confirming.close_due(ports, wording=wording)
    assert stage(ports, topic) is Stage.DONE
    assert [(one.round, one.state) for one in completions(ports, topic)] == [(1, "reopened"), (2, "stands")]
    assert last_entry(ports, "topic.confirmed")["rating"] == 50


def test_of_few_answers_only_the_outcome_is_published(
    ports: Ports, clock: StillClock, village: Village, topic: Topic, wording: Wording
) -> None:
    clock.advance(days=21)
    confirming.ask_due(ports, wording=wording)
    say(ports, clock, topic, dict.fromkeys(village.people[:9], (NOT_DONE, None)))
    clock.advance(days=14)
    confirming.close_due(ports, wording=wording)
    entry = last_entry(ports, "topic.reopened")
    assert (entry["answered"], entry["done"], entry["not_done"], entry["rating"]) == (9, None, None, None)
    assert "9" not in told(ports, "reopened")[0][1].replace(topic.number, "")


def test_last_word_counts_until_it_is_over(
    ports: Ports, clock: StillClock, village: Village, topic: Topic, wording: Wording
) -> None:
    person = village.people[0]
    say(ports, clock, topic, {person: (DONE, None)})
    say(ports, clock, topic, {person: (NOT_DONE, 3)})
    with ports.db.read() as conn:
        assert views.verdicts(conn, topic.id) == {NOT_DONE: 1}
    clock.advance(days=21)
    confirming.ask_due(ports, wording=wording)
    clock.advance(days=14)
    confirming.close_due(ports, wording=wording)
    late = work(ports, lambda tx: confirming.judge(tx, topic.id, person, DONE, at=clock.now()))
    assert not late


def test_topic_taken_up_by_staff_is_not_counted(
    ports: Ports, clock: StillClock, topic: Topic, wording: Wording
) -> None:
    clock.advance(days=21)
    confirming.ask_due(ports, wording=wording)
    work(ports, lambda tx: topic_actions.move(tx, topic.id, Stage.IN_PROGRESS, at=clock.now()))
    clock.advance(days=14)
    confirming.close_due(ports, wording=wording)
    assert [one.outcome for one in completions(ports, topic)] == [None]
    assert (told(ports, "confirmed"), told(ports, "reopened")) == ([], [])


def test_terms_are_the_communitys_own(
    ports: Ports, clock: StillClock, village: Village, topic: Topic, wording: Wording
) -> None:
    work(ports, lambda tx: confirming.set_terms(tx, village.id, ask_after=0, reopen_above="3/4"))
    assert confirming.ask_due(ports, wording=wording) == 1
    with ports.db.read() as conn:
        assert views.terms_of(conn, village.id).reopen_above == Fraction(3, 4)
    for wrong in ({"ask_for": 0}, {"reopen_above": "1/0"}, {"reopen_above": "viele"}, {"ask_after": 999}):
        with pytest.raises(GatewayError, match="followup_terms_wrong"):
            work(ports, lambda tx, wrong=wrong: confirming.set_terms(tx, village.id, **wrong))


@pytest.mark.parametrize(
    ("voices", "reopened"),
    [(Voices(40, 8, 4), False), (Voices(40, 7, 4), True), (Voices(40, 0, 2), False), (Voices(40, 0, 3), True),
     (Voices(1, 0, 1), True), (Voices(40, 0, 0), False), (Voices(2, 1, 1), False), (Voices(0, 0, 0), False)],
)  # fmt: skip
def test_share_and_number_of_those_who_say_not_done_decide(voices: Voices, reopened: bool) -> None:
    assert decide(voices, Fraction(1, 3)).reopened is reopened


def test_mean_of_grades_is_in_tenths_and_not_of_few() -> None:
    assert decide(Voices(40, 20, 0, {5: 3, 4: 4}), Fraction(1, 3)).rating == 44
    assert decide(Voices(40, 20, 0, {5: 3, 4: 1}), Fraction(1, 3)).rating is None
