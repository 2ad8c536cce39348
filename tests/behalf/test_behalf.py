"""What is entered for somebody else: done, told, revocable for a day, undone cleanly; helpers; races with the stages."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gateway.behalf import actions, helping, views
from gateway.behalf.model import Actor, Deed, Entered, State
from gateway.kernel.db import metadata
from gateway.kernel.errors import GatewayError
from gateway.kernel.ports import Ports
from gateway.meetings import actions as meeting_actions
from gateway.meetings import inviting, resolving
from gateway.meetings import views as meetings
from gateway.meetings.model import Reply
from gateway.record import views as record
from gateway.topics import actions as topics
from gateway.topics import asking
from gateway.topics import views as topic_views
from gateway.topics.model import Stage
from gateway.wording.catalogue import Wording
from tests.fakes import StillClock
from tests.meetings.gathering import a_meeting, an_accepted_topic, work
from tests.polls.village import Village, a_village

DESK = Actor("王会计", "本人来村委会说的")


@pytest.fixture
def village(ports: Ports) -> Village:
    return a_village(ports, 6)


@pytest.fixture
def enter(ports: Ports, wording: Wording) -> Callable[..., Entered]:
    """`enter(verb, person, …)`: a deed of the desk, or of another actor."""

    def do(verb: Callable[..., Entered], *what: Any, actor: Actor = DESK) -> Entered:
        entered: Entered = work(ports, lambda tx: verb(tx, *what, actor, at=ports.clock.now(), wording=wording))
        return entered

    return do


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(GatewayError) as caught:
        act()
    return caught.value.code


def revoke(ports: Ports, entered: Entered) -> Entered:
    done: Entered = work(ports, lambda tx: actions.revoke(tx, entered.id, entered.resident_id, at=ports.clock.now()))
    return done


def told(ports: Ports) -> list[str]:
    """All texts in Chinese that went out about deeds."""
    tables = metadata.tables
    joined = tables["broadcast_text"].join(tables["broadcast"])
    body, text = tables["broadcast_text"].c, tables["broadcast"].c
    query = select(body.body).select_from(joined).where(text.kind == "behalf", body.channel == "text")
    with ports.db.read() as conn:
        return list(conn.execute(query.where(body.language == "zh").order_by(body.broadcast_id)).scalars())


def kinds(ports: Ports) -> list[str]:
    with ports.db.read() as conn:
        return [entry.kind for entry in record.entries(conn, 0, 1000)]


def test_topic_entered_is_the_persons_told_in_plain_words_and_gone_when_revoked(
    ports: Ports, village: Village, enter: Callable[..., Entered]
) -> None:
    entered = enter(actions.enter_topic, village.people[0], "村口路灯坏了")
    with ports.db.read() as conn:
        topic = topic_views.topic_by_id(conn, entered.ref)
        written = [str(entry.data) for entry in record.entries(conn, 0, 1000)]
    assert topic
    assert (topic.author_id, topic.stage) == (village.people[0], Stage.RAISED)
    assert told(ports) == [
        f"【石滩村】村里工作人员王会计替您提了议题{topic.number}：村口路灯坏了。不是您的意思，一天之内请回2撤销。"
    ]
    assert not [entry for entry in written if "王" in entry or "本人" in entry], "no personal data in the record"
    assert revoke(ports, entered).state is State.REVOKED
    with ports.db.read() as conn:
        after = topic_views.topic_by_id(conn, entered.ref)
        (kept,) = views.entered_in(conn, village.id)
    assert after
    assert (after.stage, after.text, after.is_public) == (Stage.WITHDRAWN, "", False)
    assert kept.actor == DESK, "who and why stays for the audit"
    assert kinds(ports)[-2:] == ["topic.withdrawn", "behalf.revoked"]
    assert refused(lambda: revoke(ports, entered)) == "behalf_settled"
    now = ports.clock.now()
    assert refused(lambda: work(ports, lambda tx: topics.support(tx, after.id, village.people[1], at=now))) == (
        "topic_declined"
    )


def test_support_revoked_is_taken_away_from_wherever_the_topic_goes_on(
    ports: Ports, village: Village, wording: Wording, enter: Callable[..., Entered]
) -> None:
    topic = an_accepted_topic(ports, village, wording, backed_by=1)
    entered = enter(actions.enter_support, village.people[3], topic.id)
    assert refused(lambda: enter(actions.enter_support, village.people[3], topic.id)) == "behalf_already"
    other = an_accepted_topic(ports, village, wording, backed_by=0)
    now = ports.clock.now()
    work(ports, lambda tx: topics.merge(tx, topic.number, other.number, at=now, wording=wording))
    revoke(ports, entered)
    with ports.db.read() as conn:
        assert topic_views.followers(conn, other.id) == [village.people[0], village.people[1]]


def test_topic_that_was_merged_takes_its_share_along_when_revoked(
    ports: Ports, village: Village, wording: Wording, enter: Callable[..., Entered]
) -> None:
    whole = an_accepted_topic(ports, village, wording, backed_by=0)
    entered = enter(actions.enter_topic, village.people[4], "桥栏杆松了")
    now = ports.clock.now()
    with ports.db.read() as conn:
        part = topic_views.topic_by_id(conn, entered.ref)
    assert part
    work(ports, lambda tx: topics.merge(tx, part.number, whole.number, at=now, wording=wording))
    with ports.db.read() as conn:
        assert village.people[4] in topic_views.followers(conn, whole.id)
    revoke(ports, entered)
    with ports.db.read() as conn:
        assert topic_views.followers(conn, whole.id) == [village.people[0]]


def test_topic_that_others_back_goes_on(
    ports: Ports, village: Village, wording: Wording, enter: Callable[..., Entered]
) -> None:
    entered = enter(actions.enter_topic, village.people[0], "村口路灯坏了")
    now = ports.clock.now()
    work(ports, lambda tx: topics.support(tx, entered.ref, village.people[1], at=now))
    assert refused(lambda: revoke(ports, entered)) == "topic_others_back_it"
    with ports.db.read() as conn:
        assert views.entered(conn, entered.id) == entered, "a refusal leaves it as it was"


def test_question_and_statement_revoked_are_gone_with_their_words_unless_used(
    ports: Ports, village: Village, wording: Wording, enter: Callable[..., Entered]
) -> None:
    topic = an_accepted_topic(ports, village, wording)
    asked = enter(actions.enter_question, village.people[3], topic.id, "什么时候修？")
    again = enter(actions.enter_question, village.people[3], topic.id, "谁来修？")
    number, now = a_meeting(ports, village, topics=(topic.id,)), ports.clock.now()
    said = enter(actions.enter_statement, village.people[3], number, "先修栏杆")
    revoke(ports, asked)
    revoke(ports, said)
    with ports.db.read() as conn:
        assert [question.id for question in topic_views.questions(conn, topic.id)] == [again.ref]
        assert meetings.statements(conn, number) == []
    work(ports, lambda tx: asking.answer(tx, again.ref, "下周修。", at=now, wording=wording))
    assert refused(lambda: revoke(ports, again)) == "question_answered"
    late = enter(actions.enter_statement, village.people[3], number, "再看桥面")
    work(ports, lambda tx: meeting_actions.open_meeting(tx, number, at=now))
    work(ports, lambda tx: meeting_actions.close_meeting(tx, number, at=now))
    work(ports, lambda tx: resolving.write_minutes(tx, number, "先修栏杆。", "先修栏杆。", at=now, wording=wording))
    assert refused(lambda: revoke(ports, late)) == "minutes_written"


def test_reply_revoked_is_as_it_was_and_the_persons_own_word_stays(
    ports: Ports, village: Village, wording: Wording, enter: Callable[..., Entered]
) -> None:
    number, now = a_meeting(ports, village), ports.clock.now()
    one, two = village.people[:2]
    work(ports, lambda tx: inviting.invite(tx, number, [one, two], at=now, wording=wording))
    first = enter(actions.enter_reply, one, number, True)
    second = enter(actions.enter_reply, two, number, True)
    work(ports, lambda tx: inviting.reply(tx, number, two, False, at=now))
    revoke(ports, first)
    revoke(ports, second)
    with ports.db.read() as conn:
        replies = {seat.resident_id: seat.reply for seat in meetings.seats(conn, number)}
    assert replies == {one: Reply.NONE, two: Reply.NO}


def test_revoking_ends_after_a_day_for_the_person_and_not_for_the_desk(
    ports: Ports, clock: StillClock, village: Village, enter: Callable[..., Entered]
) -> None:
    entered = enter(actions.enter_topic, village.people[0], "村口路灯坏了")
    assert refused(lambda: enter(actions.enter_topic, village.people[0], "灯", actor=Actor("王", " "))) == (
        "behalf_reason_wrong"
    )
    clock.advance(hours=24, seconds=1)
    assert refused(lambda: revoke(ports, entered)) == "behalf_too_late"
    now = clock.now()
    assert refused(lambda: work(ports, lambda tx: actions.revoke(tx, entered.id, None, at=now))) == (
        "behalf_reason_wrong"
    )
    work(ports, lambda tx: actions.revoke(tx, entered.id, None, at=now, reason="输错了人"))
    with ports.db.read() as conn:
        (kept,) = conn.execute(select(metadata.tables["behalf"].c.revoked_reason)).scalars()
    assert kept == "输错了人"


def test_others_cannot_revoke_what_is_not_theirs(ports: Ports, village: Village, enter: Callable[..., Entered]) -> None:
    entered = enter(actions.enter_topic, village.people[0], "村口路灯坏了")
    now = ports.clock.now()
    stranger = village.people[1]
    assert refused(lambda: work(ports, lambda tx: actions.revoke(tx, entered.id, stranger, at=now))) == (
        "behalf_unknown"
    )


def test_revoking_at_the_moment_of_screening_is_one_of_the_two(
    ports: Ports, village: Village, wording: Wording, enter: Callable[..., Entered], figure: Callable[[str], None]
) -> None:
    outcomes, now = [], ports.clock.now()
    for turn in range(5):
        entered = enter(actions.enter_topic, village.people[0], f"第{turn}盏路灯坏了")
        with ports.db.read() as conn:
            topic = topic_views.topic_by_id(conn, entered.ref)
        assert topic
        number = topic.number

        def screened(number: str = number) -> object:
            return work(ports, lambda tx: topics.screen(tx, number, True, "", at=now, wording=wording))

        def revoked(entered: Entered = entered) -> object:
            return revoke(ports, entered)

        def backed(topic_id: int = topic.id) -> object:
            return work(ports, lambda tx: topics.support(tx, topic_id, village.people[1], at=now))

        with ThreadPoolExecutor(3) as pool:
            done = list(pool.map(_outcome, (screened, revoked, backed)))
        with ports.db.read() as conn:
            after, kept = topic_views.topic_by_id(conn, entered.ref), views.entered(conn, entered.id)
            behind = topic_views.followers(conn, entered.ref)
        assert after
        assert kept
        assert (kept.state is State.REVOKED) == (after.stage is Stage.WITHDRAWN) == (done[1] == "done")
        # Nobody stands behind a topic that is gone, and whoever was told that it counted does stand behind it.
        assert (village.people[1] in behind) == (done[2] == "done") == (after.stage is not Stage.WITHDRAWN)
        assert set(done) <= {"done", "topic_screened_already", "topic_declined", "topic_others_back_it", "topic_moved"}
        outcomes.append(done[1])
    figure(f"revoking against screening and backing: {outcomes.count('done')} of 5 revoked, the others told why not")


def _outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except GatewayError as error:
        return error.code
    return "done"


def test_five_at_once_revoke_once(ports: Ports, village: Village, enter: Callable[..., Entered]) -> None:
    entered = enter(actions.enter_topic, village.people[0], "村口路灯坏了")
    with ThreadPoolExecutor(5) as pool:
        done = sorted(pool.map(lambda _: _outcome(lambda: revoke(ports, entered)), range(5)))
    assert done == ["behalf_settled"] * 4 + ["done"]
    assert kinds(ports).count("topic.withdrawn") == 1


def test_helper_is_registered_once_told_and_ended(ports: Ports, village: Village, wording: Wording) -> None:
    person, helper = village.people[:2]
    now = ports.clock.now()
    because = {"by": "王会计", "reason": "是她儿子,她本人说的", "at": now, "wording": wording}

    def allow() -> object:
        return work(ports, lambda tx: helping.allow(tx, person, helper, **because))  # type: ignore[arg-type]  # as named

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(lambda _: _outcome(allow), range(3))) == ["done", "helper_already", "helper_already"]
    with ports.db.read() as conn:
        assert views.may_help(conn, helper, person)
        assert not views.may_help(conn, person, helper), "it goes one way"
    work(ports, lambda tx: helping.end(tx, person, helper, at=now, wording=wording))
    with ports.db.read() as conn:
        assert not views.may_help(conn, helper, person)
    assert _outcome(allow) == "done"


def test_deed_of_a_helper_at_night_waits_for_the_morning_and_its_day_with_it(
    ports: Ports, clock: StillClock, village: Village, enter: Callable[..., Entered]
) -> None:
    clock.advance(hours=10)
    helper = Actor(reason="代办", helper_id=village.people[1])
    entered = enter(actions.enter_topic, village.people[0], "村口路灯坏了", actor=helper)
    assert entered.deed is Deed.TOPIC
    assert entered.until - clock.now() == timedelta(hours=34), "from 22:00 until 8:00 the day after tomorrow"
