"""The moderator's menu: who gets in, what is heard, what becomes of a topic; and the sounds that are played in calls."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.carriers.port import Play
from gateway.conversation.calls.sounds import Sound, open_sound, seal_sound
from gateway.kernel.db import metadata
from gateway.kernel.ports import Ports
from gateway.roll.model import Community
from gateway.staff import actions as staff
from gateway.topics import actions as topics
from gateway.topics import views as topic_views
from gateway.topics.model import Stage, Topic
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, STAFF, Telephone, a_moderator, a_village, flat, resident_id


@pytest.fixture
def community(ports: Ports) -> Community:
    return a_village(ports)


@pytest.fixture
def pin(ports: Ports, community: Community) -> str:
    return a_moderator(ports, community)


@pytest.fixture
def spoken(ports: Ports, community: Community) -> Topic:
    """Something that Li has said on the telephone."""
    with ports.db.work() as tx:
        author = resident_id(ports, community, "10019")
        topic = topics.raise_spoken_topic(tx, community.id, author, "RE7", 12, at=ports.clock.now())
        tx.commit()
    return topic


def _stage(ports: Ports, topic: Topic) -> tuple[Stage, str]:
    with ports.db.read() as conn:
        found = topic_views.topic_by_id(conn, topic.id)
    assert found
    return found.stage, found.reason


def _call(ports: Ports, wording: Wording, *keys: str, carrier_id: str = "CA1") -> Telephone:
    return Telephone(ports, wording, STAFF, carrier_id=carrier_id).dial().press(*keys)


def test_recording_is_played_and_accepted_and_the_author_is_told(
    ports: Ports, wording: Wording, spoken: Topic, pin: str
) -> None:
    phone = _call(ports, wording, "1", pin)
    (play,) = [step for step in flat(phone.steps) if isinstance(step, Play)]
    sound = open_sound(play.url, sealer=ports.call_sealer, now=ports.clock.now())
    assert sound == Sound("RE7", spoken.recording_id or 0)
    phone.press("1")
    assert phone.says("call.staff.accepted")
    assert phone.says("call.staff.nothing")
    assert _stage(ports, spoken) == (Stage.ACCEPTED, "")
    told = metadata.tables["broadcast"]
    with ports.db.read() as conn:
        assert conn.execute(select(told.c.subject)).scalars().all() == [f"topic:{spoken.number}"]


def test_declining_takes_a_reason_that_the_author_hears(
    ports: Ports, wording: Wording, spoken: Topic, pin: str
) -> None:
    phone = _call(ports, wording, "1", pin, "2", "3")
    assert phone.says("call.staff.declined")
    assert _stage(ports, spoken) == (Stage.DECLINED, wording.say("call.staff.reason.3", "zh"))
    author = Telephone(ports, wording, ALONE, carrier_id="CA2").dial().press("2", "2", spoken.number)
    assert wording.say("call.staff.reason.3", "zh") in author.heard


def test_what_is_put_off_is_left_for_another_call(ports: Ports, wording: Wording, spoken: Topic, pin: str) -> None:
    assert _call(ports, wording, "1", pin, "3").says("call.staff.nothing")
    assert _stage(ports, spoken)[0] is Stage.RAISED
    assert _call(ports, wording, "1", pin, carrier_id="CA2").says("call.staff.spoken")


def test_texts_are_read_out_in_the_order_in_which_they_came(
    ports: Ports, wording: Wording, community: Community, spoken: Topic, pin: str
) -> None:
    with ports.db.work() as tx:
        topics.raise_topic(tx, community.id, spoken.author_id, "水渠堵了", at=ports.clock.now())
        tx.commit()
    phone = _call(ports, wording, "1", pin)
    assert phone.says("call.staff.spoken")
    assert "水渠堵了" in phone.press("3").heard


def test_two_moderators_at_once_screen_a_topic_once(ports: Ports, wording: Wording, spoken: Topic, pin: str) -> None:
    first, second = (_call(ports, wording, "1", pin, carrier_id=name) for name in ("CA1", "CA2"))
    first.press("1")
    second.press("2", "1")
    assert second.says("call.staff.gone")
    assert _stage(ports, spoken)[0] is Stage.ACCEPTED


def test_telephone_without_the_pin_opens_nothing_and_five_wrong_ones_lock_it(
    ports: Ports, wording: Wording, spoken: Topic, pin: str
) -> None:
    wrong = "000001" if pin != "000001" else "000002"
    for number in range(4):
        assert _call(ports, wording, "1", wrong, carrier_id=f"CA{number}").says("call.staff.pin_wrong")
    phone = _call(ports, wording, "1", wrong, carrier_id="CA5")
    assert phone.says("call.staff.locked")
    assert phone.is_over
    assert _call(ports, wording, "1", pin, carrier_id="CA6").says("call.staff.locked")
    with ports.db.work() as tx:
        new = staff.set_phone(tx, "wang", STAFF, randomness=ports.randomness, secret=ports.secret)
        tx.commit()
    assert _call(ports, wording, "1", new, carrier_id="CA7").says("call.staff.spoken")


def test_disabled_account_is_a_stranger(ports: Ports, wording: Wording, pin: str) -> None:
    with ports.db.work() as tx:
        staff.disable_staff(tx, "wang")
        tx.commit()
    assert _call(ports, wording).says("call.stranger.hello")


def test_own_affairs_of_staff_are_those_of_anybody(ports: Ports, wording: Wording, community: Community) -> None:
    a_moderator(ports, community)
    with ports.db.work() as tx:
        staff.set_phone(tx, "wang", ALONE, randomness=ports.randomness, secret=ports.secret)
        tx.commit()
    phone = Telephone(ports, wording, ALONE).dial()
    assert phone.says("call.staff.hello")
    assert phone.press("2").says("call.menu.title")


def test_own_recording_is_played_back(ports: Ports, wording: Wording, community: Community) -> None:
    phone = Telephone(ports, wording, ALONE).dial().press("2", "1").speak(9, "RE3")
    (play,) = [step for step in flat(phone.steps) if isinstance(step, Play)]
    assert open_sound(play.url, sealer=ports.call_sealer, now=ports.clock.now()) == Sound("RE3")


def test_address_of_a_sound_lasts_an_hour_and_cannot_be_made(ports: Ports) -> None:
    now = ports.clock.now()
    token = seal_sound(Sound("RE1", 4), sealer=ports.call_sealer, now=now)
    assert open_sound(token, sealer=ports.call_sealer, now=now + timedelta(minutes=59)) == Sound("RE1", 4)
    assert open_sound(token, sealer=ports.call_sealer, now=now + timedelta(minutes=61)) is None
    for other in ("", "RE1", token[:-2] + "AA"):
        assert open_sound(other, sealer=ports.call_sealer, now=now) is None


def test_title_said_aloud_is_played_until_somebody_writes_one(
    ports: Ports, wording: Wording, community: Community, spoken: Topic, pin: str
) -> None:
    phone = _call(ports, wording, "1", pin, "4").speak(5, "RE8")
    assert phone.says("call.staff.title_heard")
    phone.press("1")
    assert phone.says("call.staff.title_kept")
    phone.press("1")
    hearing = Telephone(ports, wording, ALONE, carrier_id="CA2").dial().press("2", "3")
    (play,) = [step for step in flat(hearing.steps) if isinstance(step, Play)]
    sound = open_sound(play.url, sealer=ports.call_sealer, now=ports.clock.now())
    assert sound
    assert sound.carrier_recording_id == "RE8"
    with ports.db.work() as tx:
        topics.set_title(tx, spoken.number, "村口路灯")
        tx.commit()
    hearing = Telephone(ports, wording, ALONE, carrier_id="CA3").dial().press("2", "3")
    assert "村口路灯" in hearing.heard
    assert not [step for step in flat(hearing.steps) if isinstance(step, Play)]


def test_title_that_was_not_confirmed_is_none(ports: Ports, wording: Wording, spoken: Topic, pin: str) -> None:
    phone = _call(ports, wording, "1", pin, "4").speak(5, "RE8").stay_silent(4)
    assert phone.says("call.staff.title_not_kept")
    with ports.db.read() as conn:
        found = topic_views.topic_by_id(conn, spoken.id)
    assert found
    assert found.title_recording_id is None
