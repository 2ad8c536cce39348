"""Raising a topic by recording, and hearing where one stands."""

from __future__ import annotations

import pytest

from gateway.kernel.ids import has_valid_check_digit
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.roll import actions as roll
from gateway.roll.model import Community, NewCommunity
from gateway.topics import actions as topic_actions
from gateway.topics import views as topics
from gateway.topics.model import Topic
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, ENGLISH, Telephone, a_village, resident_id
from tests.fakes import RecordingQueue


@pytest.fixture
def community(ports: Ports) -> Community:
    return a_village(ports)


@pytest.fixture
def phone(ports: Ports, wording: Wording, community: Community) -> Telephone:
    """Li's call, at the main menu."""
    return Telephone(ports, wording, ALONE).dial()


def _topics(ports: Ports, community: Community) -> list[Topic]:
    with ports.db.read() as conn:
        return topics.topics(conn, community.id)


def _a_topic(ports: Ports, community: Community, code: str = "10019") -> Topic:
    with ports.db.work() as tx:
        author = resident_id(ports, community, code)
        topic = topic_actions.raise_topic(tx, community.id, author, "村口路灯坏了", at=ports.clock.now())
        tx.commit()
    return topic


def test_recording_becomes_a_topic_whose_number_is_told_twice(
    ports: Ports, queue: RecordingQueue, phone: Telephone, community: Community
) -> None:
    phone.press("2", "1").speak(12)
    assert phone.says("call.topic.heard")
    assert _topics(ports, community) == []
    phone.press("1")
    (topic,) = _topics(ports, community)
    assert has_valid_check_digit(topic.number)
    assert phone.heard.count(", ".join(topic.number)) == 2
    assert ("upkeep", "fetch_recording", (topic.recording_id,)) in queue.calls


def test_recording_can_be_made_again(ports: Ports, phone: Telephone, community: Community) -> None:
    phone.press("2", "1").speak(5, "RE1").press("2").speak(9, "RE2").press("1")
    (topic,) = _topics(ports, community)
    with ports.db.read() as conn:
        recording = topics.recording(conn, topic.recording_id or 0)
    assert recording
    assert (recording.carrier_recording_id, recording.seconds) == ("RE2", 9)


def test_silent_or_short_recording_is_caught_before_anybody_hears_it(
    ports: Ports, phone: Telephone, community: Community
) -> None:
    for seconds in (0, 1):
        assert phone.press(*([] if seconds else ["2", "1"])).speak(seconds).says("call.topic.short")
    assert phone.speak(20).says("call.topic.heard")


def test_recording_that_was_not_confirmed_is_no_topic(ports: Ports, phone: Telephone, community: Community) -> None:
    phone.press("2", "1").speak(12).stay_silent(4)
    assert phone.says("call.topic.not_kept")
    assert _topics(ports, community) == []


def test_star_after_a_recording_was_not_kept_does_not_lead_back_to_it(
    ports: Ports, phone: Telephone, community: Community
) -> None:
    phone.press("2", "1").speak(12).stay_silent(4).press("*")
    assert phone.says("call.person.offer")
    assert _topics(ports, community) == []


def test_number_tells_where_a_topic_stands_and_nothing_else(
    ports: Ports, phone: Telephone, community: Community
) -> None:
    topic = _a_topic(ports, community)
    phone.press("2", "2", topic.number)
    assert phone.says("call.status.stage.raised")
    assert ", ".join(topic.number) in phone.heard
    assert "路灯" not in phone.heard


def test_reason_of_a_refusal_is_for_the_author(
    ports: Ports, wording: Wording, phone: Telephone, community: Community
) -> None:
    topic = _a_topic(ports, community)
    with ports.db.work() as tx:
        topic_actions.screen(tx, topic.number, False, "已在计划中", at=ports.clock.now(), wording=wording)
        tx.commit()
    assert "已在计划中" in phone.press("2", "2", topic.number).heard
    other = Telephone(ports, wording, ENGLISH, carrier_id="CA2").dial().press("2", "2", topic.number)
    assert other.says("call.status.stage.declined", "en")
    assert "已在计划中" not in other.heard


def test_slip_and_unknown_number_are_told_apart(ports: Ports, phone: Telephone, community: Community) -> None:
    topic = _a_topic(ports, community)
    wrong = topic.number[:-1] + str((int(topic.number[-1]) + 1) % 10)
    assert phone.press("2", "2", wrong).says("call.status.slip")
    assert phone.press("98765432").says("call.status.slip") or phone.says("call.status.unknown")
    assert phone.press(topic.number).says("call.status.stage.raised")


def test_topic_of_another_village_is_unknown(ports: Ports, phone: Telephone, community: Community) -> None:
    with ports.db.work() as tx:
        other = roll.add_community(tx, NewCommunity("heping", "和平村", PhoneNumber("+8657112345600")))
        tx.commit()
    with ports.db.work() as tx:
        author = resident_id(ports, community, "10019")
        topic = topic_actions.raise_topic(tx, other.id, author, "桥坏了", at=ports.clock.now())
        tx.commit()
    assert phone.press("2", "2", topic.number).says("call.status.unknown")
