"""Is it really done? Asked by text and by call, answered by key, graded, changed; complaints by text and voice."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select, update

from gateway.carriers.port import OutgoingCall, OutgoingText
from gateway.followup import complaining, confirming, views
from gateway.followup.actions import post_update
from gateway.followup.judging import Voices
from gateway.followup.store import completions
from gateway.kernel.db import metadata
from gateway.kernel.ports import Ports
from gateway.messaging.model import CallbackUrls
from gateway.messaging.sending import send_due
from gateway.roll.model import Community
from gateway.topics import actions as topics
from gateway.topics.model import Stage, Topic
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, ENGLISH, Telephone, a_poll, a_village
from tests.conversation.texting import Texting, resident, waiting_words
from tests.fakes import ScriptedCarrier, StillClock
from tests.meetings.gathering import work


@pytest.fixture
def community(ports: Ports) -> Community:
    return a_village(ports)


@pytest.fixture
def topic(ports: Ports, clock: StillClock, wording: Wording, community: Community) -> Topic:
    return done(ports, clock, wording, community)


def done(ports: Ports, clock: StillClock, wording: Wording, community: Community) -> Topic:
    """Raised by Li, backed by Anna, called done three weeks ago: both are asked."""
    li, anna = (resident(ports, community, code).id for code in ("10019", "30031"))
    now = clock.now()
    with ports.db.work() as tx:
        made = topics.raise_topic(tx, community.id, li, "村口的桥栏杆松了", at=now)
        topics.screen(tx, made.number, True, "", at=now, wording=wording)
        topics.support(tx, made.id, anna, at=now)
        post_update(tx, made.id, {"zh": "栏杆换好了"}, at=now, wording=wording, stage=Stage.DONE)
        tx.commit()
    send(ports)
    clock.advance(days=21)
    confirming.ask_due(ports, wording=wording)
    send(ports)
    return made


def send(ports: Ports) -> ScriptedCarrier:
    carrier = ScriptedCarrier()
    send_due(ports, carrier=carrier, urls=CallbackUrls("https://x"), queue="bulk", call_prefixes=["+86"])
    return carrier


def voices(ports: Ports, topic: Topic) -> Voices:
    with ports.db.read() as conn:
        [found] = views.completions_of(conn, topic.id)
        return completions.count(conn, found.id)


def test_done_by_text_then_graded(ports: Ports, wording: Wording, topic: Topic) -> None:
    li = Texting(ports, wording, ALONE)
    assert li.text("1") == li.says("judging.done", topic=topic.number)
    # What we asked last was a grade, not whether it is done.
    assert li.text("2") == li.says("judging.graded", topic=topic.number, rating=2)
    assert voices(ports, topic) == Voices(2, 1, 0, {2: 1})
    assert li.text("2") != li.says("judging.not_done", topic=topic.number)


def test_not_done_by_words_and_changed(ports: Ports, wording: Wording, topic: Topic) -> None:
    anna = Texting(ports, wording, ENGLISH)
    assert anna.text("not done") == anna.says("judging.not_done", "en", topic=topic.number)
    assert voices(ports, topic) == Voices(2, 0, 1)
    assert anna.text("1") == anna.says("judging.done", "en", topic=topic.number)
    assert voices(ports, topic) == Voices(2, 1, 0)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("4", Voices(2, 1, 0, {4: 1})),
        ("满意", Voices(2, 1, 0)),
        ("没办好", Voices(2, 0, 1)),
        ("不满意", Voices(2, 0, 1)),
    ],
)
def test_grade_or_word_for_a_number_counts_at_any_time(
    ports: Ports, wording: Wording, topic: Topic, words: str, expected: Voices
) -> None:
    li = Texting(ports, wording, ALONE)
    li.text("查13")
    li.text(f"评{topic.number} {words}")
    assert voices(ports, topic) == expected


def test_other_words_go_to_a_person(ports: Ports, wording: Wording, community: Community, topic: Topic) -> None:
    li = Texting(ports, wording, ALONE)
    answer = li.text(f"评{topic.number} 桥面还是有坑")
    assert answer == li.says("remark.passed_on", number=topic.number)
    assert voices(ports, topic) == Voices(2, 0, 0)
    assert waiting_words(ports, community) == [f"评{topic.number} 桥面还是有坑"]


def test_number_after_another_message_answers_nothing(
    ports: Ports, wording: Wording, community: Community, topic: Topic
) -> None:
    a_poll(ports, community)
    li = Texting(ports, wording, ALONE)
    li.text(f"查{topic.number}")
    li.text("1")
    assert voices(ports, topic) == Voices(2, 0, 0)


def test_answers_after_counting_are_told_so(ports: Ports, clock: StillClock, wording: Wording, topic: Topic) -> None:
    li = Texting(ports, wording, ALONE)
    clock.advance(days=14)
    confirming.close_due(ports, wording=wording)
    assert li.text("1") == li.says("judging.over", topic=topic.number)


def test_call_asks_and_takes_a_grade_by_key(ports: Ports, wording: Wording, topic: Topic) -> None:
    phone = Telephone(ports, wording, ALONE).dial()
    assert "真办好了吗" in phone.heard
    assert phone.press("1").says("call.asked.how_well")
    phone.press("5")
    assert voices(ports, topic) == Voices(2, 1, 0, {5: 1})
    Telephone(ports, wording, ENGLISH, "CA2").dial().press("2")
    assert voices(ports, topic) == Voices(2, 1, 1, {5: 1})
    Telephone(ports, wording, ALONE, "CA3").dial()
    assert voices(ports, topic).answered == 2


def test_placed_call_asks_at_once_and_is_not_repeated_after_an_answer(
    ports: Ports, clock: StillClock, wording: Wording, community: Community
) -> None:
    anna, outbox = resident(ports, community, "30031").id, metadata.tables["outbox"]
    people = metadata.tables["resident"]
    work(ports, lambda tx: tx.execute(update(people).where(people.c.id == anna).values(channel="call")))
    made = done(ports, clock, wording, community)
    with ports.db.read() as conn:
        attempt = conn.execute(select(func.max(outbox.c.id)).where(outbox.c.phone == ENGLISH.e164)).scalar_one()
    placed = Telephone(ports, wording, ENGLISH, "CA4", attempt=attempt).dial().press("1")
    assert "really" in placed.heard
    placed.press("1", "4")
    assert voices(ports, made) == Voices(2, 1, 0, {4: 1})
    assert not [call for call in send(ports).sent if isinstance(call, OutgoingCall)]


def test_complaint_by_text_has_a_number_and_an_answer(ports: Ports, wording: Wording, community: Community) -> None:
    li, anna = Texting(ports, wording, ALONE), Texting(ports, wording, ENGLISH)
    taken = li.text("投诉 垃圾一直没人收")
    [number] = re.findall(r"投诉编号(\d+)", taken)
    assert li.text(f"投诉{number}") == li.says("complaint.waiting", complaint=number)
    # Nobody else learns of it.
    assert anna.text(f"COMPLAINT {number}") == anna.says("complaint.unknown", "en", complaint=number)
    work(ports, lambda tx: complaining.answer(tx, number, "每周二收", at=ports.clock.now(), wording=wording))
    assert li.text(f"投诉 {number}") == li.says("complaint.answered", complaint=number, words="每周二收")
    assert li.text("投诉") == li.says("unclear.hint.complaint")
    assert "新投诉" in str(waiting_words(ports, community)[0])


def test_complaint_may_name_a_topic(ports: Ports, wording: Wording, community: Community, topic: Topic) -> None:
    Texting(ports, wording, ALONE).text(f"投诉{topic.number} 栏杆又松了")
    with ports.db.read() as conn:
        [made] = views.complaints(conn, [community.id])
    assert (made.topic_id, made.text) == (topic.id, f"{topic.number} 栏杆又松了")


def test_complaint_by_voice_is_kept_and_heard_of_later(ports: Ports, wording: Wording, community: Community) -> None:
    phone = Telephone(ports, wording, ALONE).dial().press("3", "3").speak(12).press("1")
    with ports.db.read() as conn:
        [made] = views.complaints(conn, [community.id])
    assert made.recording_id
    assert ", ".join(made.number) in phone.heard
    waits = Telephone(ports, wording, ALONE, "CA2").dial().press("3", "3")
    assert waits.says("call.complaint.last_waiting")
    work(ports, lambda tx: complaining.answer(tx, made.number, "每周二收", at=ports.clock.now(), wording=wording))
    later = Telephone(ports, wording, ALONE, "CA3").dial().press("3", "3")
    assert "每周二收" in later.heard
    assert "每周二收" in later.press("2", made.number).heard
    # Somebody else keys the same number and learns nothing.
    other = Telephone(ports, wording, ENGLISH, "CA5").dial().press("3", "3")
    assert other.says("call.complaint.ask", "en")


def test_topic_that_is_taken_up_again_says_so_and_is_asked_about_anew(
    ports: Ports, clock: StillClock, wording: Wording, topic: Topic
) -> None:
    work(ports, lambda tx: topics.move(tx, topic.id, Stage.IN_PROGRESS, at=clock.now()))
    for number, language, ask in ((ALONE, "zh", "查"), (ENGLISH, "en", "STATUS ")):
        caller = Texting(ports, wording, number)
        said = caller.text(f"{ask}{topic.number}")
        assert said.startswith(caller.says("status.taken_up_again", language, topic=topic.number))
    phone = Telephone(ports, wording, ENGLISH).dial().press("2", "2", topic.number)
    assert phone.says("call.status.stage.taken_up_again", "en")
    assert "栏杆换好了" not in phone.heard
    news = {"zh": "又换了一次"}
    work(ports, lambda tx: post_update(tx, topic.id, news, at=clock.now(), wording=wording, stage=Stage.DONE))
    send(ports)
    clock.advance(days=21)
    confirming.ask_due(ports, wording=wording)
    asked = [one.body for one in send(ports).sent if isinstance(one, OutgoingText)]
    assert {("这回真办好了吗" in body, "done this time?" in body) for body in asked} == {(True, False), (False, True)}
    assert "这回真办好了吗" in Telephone(ports, wording, ALONE, carrier_id="CA2").dial().heard
