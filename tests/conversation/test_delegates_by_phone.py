"""By text and key: a delegate answers, a resident books a time, the township's question is answered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from gateway.carriers.port import Play
from gateway.delegates import receiving, referring, views
from gateway.delegates.model import DayDraft
from gateway.kernel.db import metadata
from gateway.kernel.errors import Conflict
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.roll.model import Community
from gateway.topics import actions as topics
from gateway.topics.model import topic_number
from gateway.township import consulting
from gateway.township.model import ConsultationDraft
from gateway.township.store import tally
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, ENGLISH, Telephone, a_village, flat
from tests.conversation.test_calls_guests import on_sqlite, placed
from tests.conversation.test_judging_by_phone import done, send
from tests.conversation.texting import Texting, resident
from tests.delegates.office import a_guest
from tests.fakes import StillClock
from tests.followup.promising import told
from tests.meetings.gathering import work
from tests.polls.village import Village


@pytest.fixture
def community(ports: Ports) -> Community:
    return a_village(ports)


@pytest.fixture
def guest(ports: Ports, community: Community) -> int:
    return a_guest(ports, Village(community.id, []))


def guest_phone(guest: int) -> PhoneNumber:
    return PhoneNumber(f"+86139{guest:08}")


@pytest.fixture
def referral(ports: Ports, clock: StillClock, wording: Wording, community: Community, guest: int) -> int:
    """Li's topic is put to the delegate."""
    li, now = resident(ports, community, "10019").id, clock.now()
    with ports.db.work() as tx:
        made = topics.raise_topic(tx, community.id, li, "村口的桥栏杆松了", at=now)
        topics.screen(tx, made.number, True, "", at=now, wording=wording)
        key = referring.refer(tx, made.id, guest, now + timedelta(days=9), at=now, wording=wording).id
        tx.commit()
    send(ports)
    return key


@pytest.fixture
def day(ports: Ports, clock: StillClock, wording: Wording, community: Community, guest: int) -> int:
    """Three times in three days, announced to Li and Anna."""
    people, now = [resident(ports, community, code).id for code in ("10019", "30031")], clock.now()
    with ports.db.work() as tx:
        draft = DayDraft(community.id, guest, "村委会", now + timedelta(days=3), 20, 3)
        number = receiving.plan_day(tx, draft, at=now).number
        receiving.announce(tx, number, people, at=now, wording=wording)
        tx.commit()
    send(ports)
    return number


def booked(ports: Ports, day: int) -> list[int | None]:
    with ports.db.read() as conn:
        return [one.resident_id for one in views.slots(conn, day)]


@pytest.mark.parametrize(("text", "said"), [("下周三来修", "下周三来修"), ("1", "我来办"), ("2", "不归我管")])
def test_delegate_answers_by_text(
    ports: Ports, wording: Wording, guest: int, referral: int, text: str, said: str
) -> None:
    assert referral
    phone = Texting(ports, wording, guest_phone(guest))
    assert phone.text(text) == phone.says("answering.passed_on")
    assert said in told(ports, "referral_answer")[0][1]
    assert phone.text("再说一句") != phone.says("answering.passed_on")


@on_sqlite
def test_delegate_answers_aloud_and_whoever_backs_it_hears_it(
    ports: Ports, wording: Wording, clock: StillClock, guest: int, referral: int
) -> None:
    phone = Telephone(ports, wording, guest_phone(guest)).dial()
    phone.press("4").speak(14, "RE7").press("1")
    assert phone.says("call.delegate.noted")
    [(_, text)] = told(ports, "referral_spoken")
    with ports.db.read() as conn:
        found = views.referral(conn, referral)
        assert found
        number = topic_number(found.topic_id)
        assert found.is_spoken
        assert views.waiting_for(conn, guest) == []
    assert number in text
    asker = Telephone(ports, wording, ALONE, carrier_id="CA2").dial()
    asker.press("2").press("2").press(number)
    assert "录音答复说" in asker.heard
    assert any(isinstance(step, Play) for step in flat(asker.steps))
    work(ports, lambda tx: referring.write_down(tx, referral, "下周三来修", at=clock.now(), wording=wording))
    assert "下周三来修" in told(ports, "referral_answer")[0][1]
    again = Telephone(ports, wording, ALONE, carrier_id="CA3").dial()
    again.press("2").press("2").press(number)
    assert "录音答复说" not in again.heard
    with pytest.raises(Conflict):
        work(ports, lambda tx: referring.write_down(tx, referral, "再写", at=clock.now(), wording=wording))


@on_sqlite
def test_call_that_tells_of_a_spoken_answer_plays_it(
    ports: Ports, wording: Wording, clock: StillClock, community: Community, guest: int, referral: int
) -> None:
    people, li = metadata.tables["resident"], resident(ports, community, "10019").id
    work(ports, lambda tx: tx.execute(update(people).where(people.c.id == li).values(channel="call")))
    work(
        ports,
        lambda tx: referring.answer_aloud(
            tx, referral, f"RE{8:032}", 9, at=clock.now(), wording=wording, guest_id=guest
        ),
    )
    send(ports)
    call = placed(ports, wording, ALONE, "referral_spoken")
    call.dial().press("1").press("4")
    assert any(isinstance(step, Play) for step in flat(call.steps))
    call.press("1")
    assert call.says("call.outbound.thanks")


def test_delegate_answers_by_key(ports: Ports, wording: Wording, guest: int, referral: int) -> None:
    assert referral
    phone = Telephone(ports, wording, guest_phone(guest)).dial()
    assert "您来办吗" in phone.heard
    phone.press("1")
    assert "我来办" in told(ports, "referral_answer")[0][1]


def test_time_is_booked_moved_and_given_back_by_text(
    ports: Ports, wording: Wording, community: Community, day: int
) -> None:
    li, anna = resident(ports, community, "10019").id, resident(ports, community, "30031").id
    phone, other = Texting(ports, wording, ALONE), Texting(ports, wording, ENGLISH)
    assert "约好了" in phone.text("1")
    assert booked(ports, day) == [li, None, None]
    assert "booked" in other.text("1")
    assert "约好了" in phone.text("2")
    assert booked(ports, day) == [None, anna, li]
    assert "不来" in phone.text("3")
    assert booked(ports, day) == [None, anna, None]
    phone.text("查13")
    assert "约好了" in phone.text(f"约{day}")
    assert "不来" in phone.text(f"约{day} 取消")
    assert phone.text("约") == phone.says("unclear.hint.booking")


def test_time_is_chosen_by_key(ports: Ports, wording: Wording, community: Community, day: int) -> None:
    li = resident(ports, community, "10019").id
    phone = Telephone(ports, wording, ALONE).dial()
    assert "您想约几点" in phone.heard
    phone.press("2")
    assert "约好了" in phone.heard
    assert booked(ports, day) == [None, li, None]


def test_question_of_the_township_is_answered_by_text_and_key(
    ports: Ports, clock: StillClock, wording: Wording, community: Community
) -> None:
    now = clock.now()
    options = {"zh": ("周六", "周日"), "en": ("Saturday", "Sunday")}
    question = {"zh": "集市放在哪天？", "en": "When shall the market be?"}
    draft = ConsultationDraft(community.id, (community.id,), question, options, now + timedelta(days=5))
    number = work(ports, lambda tx: consulting.ask(tx, draft, at=now, wording=wording)).number
    send(ports)
    phone = Texting(ports, wording, ALONE)
    assert "周日" in phone.text("2")
    assert "1到2" in phone.text("3")
    assert "周六" in phone.text("1")
    other = Telephone(ports, wording, ENGLISH).dial()
    assert "When shall the market be" in other.heard
    other.press("2")
    with ports.db.read() as conn:
        assert tally(conn, number)[community.id] == {None: 3, 1: 1, 2: 1}


def test_star_leads_back_to_the_question_that_was_put_off(
    ports: Ports, clock: StillClock, wording: Wording, community: Community
) -> None:
    done(ports, clock, wording, community)
    question, options = {"zh": "集市放在哪天？"}, {"zh": ("周六", "周日")}
    draft = ConsultationDraft(community.id, (community.id,), question, options, clock.now() + timedelta(days=5))
    work(ports, lambda tx: consulting.ask(tx, draft, at=clock.now(), wording=wording))
    phone = Telephone(ports, wording, ALONE).dial()
    assert "栏杆" in phone.heard
    phone.press("3")
    assert "集市放在哪天" in phone.heard
    phone.press("*")
    assert "栏杆" in phone.heard
